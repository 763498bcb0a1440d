import { join } from 'node:path';
import pg from 'pg';
import t, { type Test } from 'tap';
import { run } from '../../../src/commands/program.ts';
import { newRecord } from '../../../src/engine/secret/record/record.ts';
import { recordObservation } from '../../../src/engine/secret/record/record-observation.ts';
import { connect } from '../../../src/kube/client/connect.ts';
import { CONTROLLER_LEASE, leaseClient } from '../../../src/kube/client/lease.ts';
import { readRecord, writeRecord } from '../../../src/kube/record/records.ts';
import { readSecret } from '../../../src/kube/secrets/stored-secrets.ts';
import { aCanary, canarySearcher } from '../../helpers/canary/canary.ts';
import { aLaptopController } from '../../helpers/cluster/laptop-controller.ts';
import { aShell } from '../../helpers/commands/commands.ts';
import { aTeam, DATABASE, type Team, type TeamOptions } from '../../helpers/credential/team.ts';
import { aWorld } from '../../helpers/credential/world.ts';
import { aPageShell } from '../../helpers/pages/page-shell.ts';
import { blocksOf, readPage, sectionOf } from '../../helpers/pages/pages.ts';
import { aPostgres } from '../../testbed/postgres/postgres.ts';
import { freePort } from '../../testbed/process/ports.ts';
import { until } from '../../testbed/process/until.ts';

// No controller runs until the command that the doctor names has written its request, so a staged fault stays.
const world = await aWorld(t, { host: '127.0.0.3' });
const { cluster, postgres } = world;
const api = connect({ kubeconfig: cluster.kubeconfig });
const shell = await aPageShell(join(t.testdir(), 'clone'), cluster.kubeconfig);
const secrets: string[] = [postgres.superuser.password];
const printed: string[] = [];

interface Told {
  readonly check: string;
  readonly outcome: string;
  readonly message: string;
  readonly fix: string;
  readonly names: readonly string[];
}

async function doctor(place: string, ...args: readonly string[]) {
  const reported = aShell();
  const kubeconfig = args.includes('--kubeconfig') ? [] : ['--kubeconfig', cluster.kubeconfig];
  const exitCode = await run(['doctor', place, ...kubeconfig, ...args], reported);
  printed.push(reported.printed.stdout, reported.printed.stderr);
  return { exitCode, ...reported.printed };
}

async function asked(team: Team, ...args: readonly string[]) {
  const { namespace, name } = team.place;
  const { stdout, stderr, exitCode } = await doctor(`${namespace}/${name}`, '--format', 'json', ...args);
  if (stdout === '') throw new Error(stderr);
  const checks = JSON.parse(stdout).checks as readonly Told[];
  const first = (check: string): Told | undefined => checks.find((reported) => reported.check === check);
  return { exitCode, checks, login: first('login'), first };
}

let teams = 0;

async function aStagedTeam(options: TeamOptions = {}): Promise<Team & { readonly password: string }> {
  const password = options.password ?? aCanary(24);
  secrets.push(password);
  const namespace = `stage-${++teams}`;
  // No login has proven the role yet.
  const allowedRoles = [options.role ?? `app_${namespace.replace('-', '_')}`];
  const spec = { ...(options.admin !== false && { allowedRoles }), ...options.spec };
  const team = await aTeam(world, namespace, { admin: true, pods: 0, ...options, spec, password });
  return { ...team, password };
}

/** Records what the Secret holds, as the controller does. */
async function note({ place }: Team): Promise<void> {
  const [held, found] = [await readSecret(api, place), await readRecord(api, place)];
  if (held === undefined || found.kind === 'unreadable') throw new Error('there is nothing to note');
  const { secret, uid, written, resourceVersion } = held;
  const change = { ...written, why: { kind: 'changed' } as const, resourceVersion };
  const record =
    found.kind === 'absent'
      ? newRecord(uid, secret.data, { ...written, why: { kind: 'seen' } })
      : recordObservation(found.record, secret.data, change, { history: 5, restarts: false });
  const before = found.kind === 'read' ? found.resourceVersion : undefined;
  await writeRecord(api, place, record, before);
}

/** A binding counts a moment after it is stored. */
const untilAllowed = (kubeconfig: string, verb: string, what: string, namespace: string) =>
  until(`the right to ${verb} ${what}`, [], async () => {
    const { exitCode } = await cluster.kubectl(['auth', 'can-i', verb, what, '-n', namespace], {
      kubeconfig,
    });
    return exitCode === 0;
  });

const newPassword = (): string => {
  const password = aCanary(24);
  secrets.push(password);
  return password;
};

const giveServer = ({ role }: Team, password: string, before = '') =>
  postgres.sql(`${before}ALTER ROLE ${role} PASSWORD ${pg.escapeLiteral(password)}`);

const urlOf = ({ role }: Team, password: string): string =>
  `postgresql://${role}:${encodeURIComponent(password)}@${postgres.host}:${postgres.port}/${DATABASE}`;

const editLogin = (team: Team, password: string) =>
  team.edit({ POSTGRES_PASSWORD: password, DATABASE_URL: urlOf(team, password) });

/** The SQL that psql would send, from a command that the doctor names. */
async function typeSql(t: Test, command: string): Promise<void> {
  t.match(command, new RegExp(`^psql -h 127\\.0\\.0\\.3 -p ${postgres.port} -U postgres -d \\w+ -c '`));
  for (const [, sql = ''] of command.matchAll(/-c '([^']*)'/g)) await postgres.sql(sql);
}

const lease = leaseClient(api, { namespace: 'lockstep-system', name: CONTROLLER_LEASE }, () => new Date());
const giveLeaseTo = async (holder: string) => lease.write({ holder, seconds: 60 }, await lease.read());

/** A controller that leads begins with the request. Without one it would act on the staged fault. */
async function runWithController(t: Test, team: Team, command: string) {
  await giveLeaseTo('a controller that does nothing');
  let isEnded = false;
  const result = shell.run(command).finally(() => {
    isEnded = true;
  });
  await until('the request', [], async () => {
    const login = (await team.record())?.login;
    return isEnded || login?.changeRequest !== undefined;
  });
  await giveLeaseTo('');
  const controller = await aLaptopController(t, cluster, '--server-networks', '127.0.0.0/8');
  await result;
  await controller.stop();
  return await result;
}

/** One command fixes the login. Nothing else is wrong, unless `exitCodeAfter` says so. */
async function fixes(
  t: Test,
  team: Team,
  { login }: Awaited<ReturnType<typeof asked>>,
  exitCodeAfter = 0,
  /** One of several commands of the fix. */
  command = login?.fix ?? '',
): Promise<void> {
  t.ok(login?.fix.includes(command), command);
  const { exitCode, output } = await runWithController(t, team, command);
  printed.push(output);
  t.equal(exitCode, 0, `${command}: ${output}`);
  secrets.push((await team.secret()).POSTGRES_PASSWORD ?? '');
  const after = await asked(team);
  t.match(after, { exitCode: exitCodeAfter, login: { outcome: 'ok' } }, JSON.stringify(after.checks));
}

const refused = (team: Team, what: RegExp, fix: string | RegExp) => ({
  exitCode: 1,
  login: {
    outcome: 'fault',
    message: new RegExp(
      `^the login of POSTGRES_PASSWORD, role ${team.role} on 127\\.0\\.0\\.3:\\d+, ${what.source}`,
    ),
    fix,
  },
});

t.test('prints one line for each passed check', async (t) => {
  const team = await aStagedTeam();
  await note(team);
  const { stdout, exitCode } = await doctor(`${team.place.namespace}/app`);
  t.equal(exitCode, 0, stdout);
  t.match(stdout, /^ok {7}login {7}POSTGRES_PASSWORD opens 127\.0\.0\.3:\d+ as app_stage_1$/m);
  t.match(stdout, /^ok {7}record {6}it holds version 1, of /m);
  t.match(stdout, /^ok {7}consumers {3}no workload of the namespace reads it$/m);
});

t.test('1: finds an older password on the server', async (t) => {
  const team = await aStagedTeam();
  await note(team);
  await editLogin(team, newPassword());
  await note(team);
  const end = await asked(team);
  const what = /is refused: the server has the password of version 1, and the Secret that of version 2$/;
  t.match(end, refused(team, what, `lockstep rotate ${team.place.namespace}/app --from-secret`));
  await fixes(t, team, end);
});

t.test('1: finds a Secret that was restored, and names the version and both commands', async (t) => {
  for (const [manager, sides, command] of [
    [
      'velero-server',
      /the Secret was restored from a backup with the password of version 1, and the server has the password of version 2$/,
      'rollback NAME --to 2',
    ],
    [
      'kubectl-edit',
      /the server has the password of version 2, and the Secret that of version 1 again$/,
      'rotate NAME --from-secret',
    ],
  ] as const) {
    const team = await aStagedTeam();
    const { namespace } = team.place;
    await note(team);
    const newer = newPassword();
    await editLogin(team, newer);
    await note(team);
    await giveServer(team, newer);
    const stringData = { POSTGRES_PASSWORD: team.password, DATABASE_URL: urlOf(team, team.password) };
    const patch = [
      'patch',
      'secret',
      'app',
      '-n',
      namespace,
      `--field-manager=${manager}`,
      '-p',
      JSON.stringify({ stringData }),
    ];
    await cluster.mustRun(patch);
    const end = await asked(team);
    const place = `${namespace}/app`;
    const follow = `lockstep rotate ${place} --from-secret sets the password of the Secret in the server`;
    const back = `lockstep rollback ${place} --to 2 restores version 2 of the Secret`;
    const fix = manager === 'velero-server' ? `${back}; ${follow}` : `${follow}; ${back}`;
    t.match(end, refused(team, new RegExp(`is refused: ${sides.source}`), fix));
    await fixes(t, team, end, 0, `lockstep ${command.replace('NAME', place)}`);
    const { POSTGRES_PASSWORD } = await team.secret();
    t.equal(POSTGRES_PASSWORD === newer, manager === 'velero-server');
  }
});

t.test('1: finds a password that another client changed on the server', async (t) => {
  const team = await aStagedTeam();
  await note(team);
  await giveServer(team, newPassword());
  const end = await asked(team);
  t.match(
    end,
    refused(
      team,
      /is refused: no login in this Secret has opened the server yet, and the server refuses this one\. The fix locks out each user who logs in with that password$/,
      `lockstep rotate ${team.place.namespace}/app --from-secret`,
    ),
  );
  await fixes(t, team, end);
});

t.test('1: finds that the server has the password of a URL or of a version', async (t) => {
  const team = await aStagedTeam();
  const [typed, newer] = [newPassword(), newPassword()];
  await team.edit({ POSTGRES_PASSWORD: typed });
  await note(team);
  const fix = `lockstep rotate ${team.place.namespace}/app --from-secret`;
  const holds =
    /is refused: the server has the password that DATABASE_URL holds, and the Secret that of version 1$/;
  t.match(await asked(team), refused(team, holds, fix));
  await editLogin(team, newer);
  await note(team);
  const end = await asked(team);
  const held =
    /is refused: the server has the password that DATABASE_URL held in version 1, and the Secret that of version 2$/;
  t.match(end, refused(team, held, fix));
  await fixes(t, team, end);
});

t.test('needs an administrator with only the least rights of the docs, without pg_authid', async (t) => {
  const [some = ''] = blocksOf(
    sectionOf(await readPage('docs/tasks/create-an-administrator.md'), '## Least privileges'),
  ).map(({ text }) => text);
  const team = await aStagedTeam({ admin: { role: 'lockstep', password: 'of the administrator' } });
  await postgres.sql(
    `${some.replace(/\bapp\b/g, team.role).replace(/\bshop\b/g, DATABASE)}; ALTER ROLE lockstep PASSWORD 'of the administrator'`,
  );
  await note(team);
  await editLogin(team, newPassword());
  await note(team);
  const fix = `lockstep rotate ${team.place.namespace}/app --from-secret`;
  t.match(await asked(team), refused(team, /is refused: the server has the password of version 1,/, fix));
  await giveServer(team, newPassword());
  const unseen = await asked(team);
  t.match(
    unseen,
    refused(
      team,
      /is refused: no login in this Secret .*\. lockstep sees more after GRANT SELECT \(rolname, rolpassword\) ON pg_authid\./,
      fix,
    ),
  );
  await postgres.sql('GRANT SELECT (rolname, rolpassword) ON pg_authid TO lockstep');
  t.match(
    await asked(team),
    refused(team, /is refused: no login in this Secret .*\. The fix locks out/, fix),
  );
  await postgres.sql(`ALTER ROLE ${team.role} PASSWORD NULL`);
  t.match(await asked(team), refused(team, /is refused: the role has no password on the server/, fix));
  await postgres.sql('REVOKE SELECT (rolname) ON pg_authid FROM lockstep');
  const half = await asked(team);
  t.match(half, refused(team, /is refused: no login in this Secret .*\. lockstep sees more/, fix));
  await fixes(t, team, half);
});

t.test('finds a refused connection without TLS, and a server without TLS', async (t) => {
  const secured = await aPostgres(t, { host: '127.0.0.5', tls: { names: ['127.0.0.5'] } });
  for (const [lines, mode, message] of [
    [
      ['hostnossl all all all reject', 'host all all all scram-sha-256'],
      'disable',
      /refuses a connection without TLS$/,
    ],
    [['hostssl all all all scram-sha-256'], 'disable', /refuses a connection without TLS$/],
    [['hostnossl all all all scram-sha-256'], 'require', /takes role \S+ only without TLS \(pg_hba\.conf\)$/],
    [['host all all all ident'], 'disable', /asks role \S+ for another login than SCRAM or MD5$/],
  ] as const) {
    const at = { host: secured.host, port: secured.port };
    const team = await aStagedTeam({ at, spec: { server: { ...at, tls: { mode } } } });
    await secured.sql(`CREATE ROLE ${team.role} LOGIN PASSWORD ${pg.escapeLiteral(team.password)}`);
    await secured.admit(lines);
    const { login } = await asked(team);
    t.match(login, { message }, `${mode}: ${lines[0]}`);
    t.match(login?.fix, mode === 'disable' ? /tls\.mode: require|line scram-sha-256/ : /tls\.mode: disable/);
  }
  const plain = { host: postgres.host, port: postgres.port };
  const team = await aStagedTeam({ spec: { server: { ...plain, tls: { mode: 'require' } } } });
  t.match((await asked(team)).login, { outcome: 'fault', message: /has no TLS$/, fix: /ssl = on/ });
});

t.test('2: finds a missing role', async (t) => {
  const team = await aStagedTeam();
  await postgres.sql(`ALTER ROLE ${team.role} RENAME TO "${team.role}x"`);
  const end = await asked(team);
  t.match(
    end,
    refused(
      team,
      /is refused: the server has no such role$/,
      /CREATE ROLE .* && lockstep rotate .* --from-secret$/,
    ),
  );
  const [sql = '', command = ''] = end.login?.fix.split(' && ') ?? [];
  await typeSql(t, sql);
  await fixes(t, team, { ...end, login: { ...end.login!, fix: command } });
  const folded = await aStagedTeam();
  await folded.edit({ POSTGRES_USER: folded.role.toUpperCase() });
  t.match(
    (await asked(folded)).login?.message,
    new RegExp(`no such role; there is one called ${folded.role}$`),
  );
});

t.test('3: finds an expired password', async (t) => {
  const team = await aStagedTeam();
  await postgres.sql(`ALTER ROLE ${team.role} VALID UNTIL '2026-01-01T00:00:00Z'`);
  const end = await asked(team);
  t.match(
    end,
    refused(team, /is refused: the password of the role has expired on 2026-01-01T00:00:00/, /VALID UNTIL/),
  );
  await typeSql(t, end.login?.fix ?? '');
  t.match(await asked(team), { exitCode: 0, login: { outcome: 'ok' } });
});

t.test('4: finds a role without a password', async (t) => {
  const team = await aStagedTeam();
  await postgres.sql(`ALTER ROLE ${team.role} PASSWORD NULL`);
  const end = await asked(team);
  t.match(
    end,
    refused(
      team,
      /is refused: the role has no password on the server \(PASSWORD NULL\)$/,
      `lockstep rotate ${team.place.namespace}/app --from-secret`,
    ),
  );
  await fixes(t, team, end);
});

t.test('5: finds an md5 verifier where SCRAM is required', async (t) => {
  const team = await aStagedTeam();
  await giveServer(team, team.password, "SET password_encryption = 'md5'; ");
  const end = await asked(team);
  t.match(
    end,
    refused(
      team,
      /is refused although the password is right: the server has it as an md5 hash, and pg_hba\.conf asks for scram-sha-256$/,
      `lockstep rotate ${team.place.namespace}/app --from-secret`,
    ),
  );
  await fixes(t, team, end);
});

t.test('6: finds another spelling of the password on the server', async (t) => {
  const team = await aStagedTeam();
  await team.edit({ POSTGRES_PASSWORD: `${team.password}\n` });
  const end = await asked(team);
  t.match(
    end,
    refused(
      team,
      /is refused: the server has the password without what follows its first line, as the image of PostgreSQL reads it$/,
      `kubectl -n ${team.place.namespace} get secret app -o yaml | lockstep render --context "$(kubectl config current-context)" - | kubectl replace -f -`,
    ),
  );
  t.match(end.first('values'), {
    outcome: 'fault',
    message: /^if it were created now, lockstep would correct POSTGRES_PASSWORD$/,
  });
  const { exitCode, output } = await shell.run(end.login?.fix ?? '');
  t.equal(exitCode, 0, output);
  t.match(await asked(team), { exitCode: 0, login: { outcome: 'ok' } });
  for (const [encode, server, exitCodeAfter] of [
    [encodeURIComponent, 'as it is before it is encoded for a URL', 0],
    // The login works afterwards, and a policy still says that the password is base64.
    [(text: string) => Buffer.from(text).toString('base64'), 'as it is before it is encoded in base64', 1],
  ] as const) {
    const plain = `${newPassword()}@/`;
    await editLogin(team, encode(plain));
    await giveServer(team, plain);
    const what = new RegExp(`is refused: the server has the password ${server}$`);
    const found = await asked(team);
    t.match(found, refused(team, what, `lockstep rotate ${team.place.namespace}/app --from-secret`));
    await fixes(t, team, found, exitCodeAfter);
  }
  t.match((await asked(team)).first('values'), {
    outcome: 'fault',
    names: [/^data\[POSTGRES_PASSWORD\]: .* \[lockstep\/double-base64\]/],
  });
});

t.test('7: finds a password that looks like a hash and was stored as one', async (t) => {
  const hash = `md5${'0123456789abcdef'.repeat(2)}`;
  const team = await aStagedTeam({ password: hash });
  const end = await asked(team);
  t.match(
    end,
    refused(
      team,
      /is refused: what the Secret holds looks like the hash of a password/,
      /^lockstep rotate (\S+) --from-secret && lockstep rotate \1$/,
    ),
  );
  await fixes(t, team, end);
});

t.test('8: finds another server at the address of the application', async (t) => {
  const stale = await aPostgres(t, { host: '127.0.0.4' });
  const { host, port } = postgres;
  const team = await aStagedTeam({
    at: { host: stale.host, port: stale.port },
    spec: { server: { host, port } },
  });
  await stale.sql(`CREATE ROLE ${team.role} LOGIN PASSWORD '${newPassword()}'`);
  const end = await asked(team);
  t.equal(end.exitCode, 1);
  const [right, wrong] = end.checks.filter(({ check }) => check === 'login');
  t.match(right, { outcome: 'ok', message: /opens 127\.0\.0\.3:/ });
  t.match(wrong, {
    outcome: 'fault',
    message:
      /on 127\.0\.0\.4:\d+, is refused, while the same login opens 127\.0\.0\.3:\d+: another server answers there, or a pooler/,
    fix: `kubectl -n ${team.place.namespace} patch secret app --type merge -p '{"stringData":{"POSTGRES_HOST":"127.0.0.3"}}'`,
  });
  t.equal((await shell.run(wrong?.fix ?? '')).exitCode, 0);
  t.equal((await team.secret()).POSTGRES_HOST, '127.0.0.3');
});

t.test('separates other faults from 28P01: NOLOGIN, a missing database, no right to connect', async (t) => {
  const team = await aStagedTeam();
  await postgres.sql(`ALTER ROLE ${team.role} NOLOGIN`);
  const end = await asked(team);
  t.match(end, refused(team, /is refused: the role may not log in \(NOLOGIN\)$/, /ALTER ROLE/));
  await typeSql(t, end.login?.fix ?? '');
  await postgres.sql(`CREATE DATABASE closed_${teams}`);
  await postgres.sql(`REVOKE CONNECT ON DATABASE closed_${teams} FROM PUBLIC`);
  for (const [database, message] of [
    [`absent_${teams}`, /has the right password, but the database absent_\d+ is not there$/],
    [`closed_${teams}`, /has the right password, but it may not connect to the database/],
  ] as const) {
    await team.edit({
      POSTGRES_DB: database,
      DATABASE_URL: urlOf(team, team.password).replace(/app$/, database),
    });
    const found = await asked(team);
    t.match(found, { exitCode: 1, login: { outcome: 'fault', message } });
    await typeSql(t, found.login?.fix ?? '');
    t.match(await asked(team), { exitCode: 0, login: { outcome: 'ok' } });
  }
});

t.test('works without an administrator by logins, and otherwise names the person to ask', async (t) => {
  const team = await aStagedTeam({ admin: false });
  await note(team);
  await editLogin(team, newPassword());
  t.match((await asked(team)).login?.message, /the server has the password of version 1/);
  await postgres.sql(`ALTER ROLE ${team.role} PASSWORD NULL`);
  const end = await asked(team);
  t.match(
    end,
    refused(
      team,
      /is refused: no login in this Secret has opened .*\. Only an administrator sees the reason: no login of an administrator is known$/,
      `lockstep doctor ${team.place.namespace}/app --admin-secret NAME`,
    ),
  );
  await cluster.mustRun([
    'create',
    'secret',
    'generic',
    'dba',
    '-n',
    team.place.namespace,
    '--from-literal=username=postgres',
    `--from-literal=password=${postgres.superuser.password}`,
  ]);
  t.match((await asked(team, '--admin-secret', 'dba')).login?.message, /PASSWORD NULL/);
  t.match(
    (await asked(team, '--admin-secret', 'nobody')).login?.message,
    /: there is no Secret [-\w]+\/nobody$/,
  );
});

t.test('names fixes for people without a PostgresCredential', async (t) => {
  const team = await aStagedTeam();
  await note(team);
  await editLogin(team, newPassword());
  await note(team);
  const { namespace } = team.place;
  await cluster.mustRun(['delete', 'postgrescredential', 'app', '-n', namespace]);
  const end = await asked(team, '--admin-secret', 'admin');
  t.match(
    end,
    refused(
      team,
      /is refused: the server has the password of version 1, and the Secret a newer one$/,
      `lockstep rollback ${namespace}/app --to 1`,
    ),
  );
  t.match(end.first('credential'), {
    outcome: 'ok',
    message: /^no PostgresCredential or RedisCredential names it/,
  });
  const { exitCode, output } = await shell.run(end.login?.fix ?? '');
  t.equal(exitCode, 0, output);
  t.match(await asked(team), { exitCode: 0, login: { outcome: 'ok' } });
});

t.test('corrects a URL only if the corrected login opens the server', async (t) => {
  const team = await aStagedTeam();
  const { namespace } = team.place;
  await cluster.mustRun(['delete', 'postgrescredential', 'app', '-n', namespace]);
  const stale = newPassword();
  const logins = async () => {
    const { checks, first } = await asked(team);
    const found = checks.filter(({ check }) => check === 'login');
    return { values: first('values'), logins: found.map(({ outcome, message }) => `${outcome}: ${message}`) };
  };
  // The URL works, and a correction would replace its password.
  await team.edit({ POSTGRES_PASSWORD: stale });
  const edit = `kubectl -n ${namespace} edit secret app`;
  t.match(await logins(), {
    values: { outcome: 'fault', message: /the login of DATABASE_URL opens its server/, fix: edit },
    logins: [
      /^fault: the login of POSTGRES_PASSWORD, .* is refused: the password of DATABASE_URL opens this server$/,
      /^ok: DATABASE_URL opens /,
    ],
  });
  await team.edit({ POSTGRES_PASSWORD: team.password });
  t.match(await logins(), { values: { outcome: 'ok' }, logins: [/^ok: POSTGRES_PASSWORD opens /] });
  // The URL has another password than its base key, which works.
  await team.edit({ DATABASE_URL: urlOf(team, stale) });
  const { values, logins: seen } = await logins();
  t.match(seen, [
    /^ok: POSTGRES_PASSWORD opens /,
    /^fault: the login of DATABASE_URL, .* is refused: the password of POSTGRES_PASSWORD opens this server$/,
  ]);
  t.equal((await shell.run(values?.fix ?? '')).exitCode, 0, `${values?.fix}`);
  t.match(await logins(), { values: { outcome: 'ok' }, logins: [/^ok: POSTGRES_PASSWORD opens /] });
  t.equal((await team.secret()).DATABASE_URL, urlOf(team, team.password));
});

t.test('lists the consumers, and those that still have the previous version', async (t) => {
  const team = await aStagedTeam({ pods: 1 });
  await note(team);
  const { namespace } = team.place;
  await cluster.mustRun(['rollout', 'status', 'deployment/api', '-n', namespace]);
  t.match((await asked(team)).first('consumers'), {
    outcome: 'ok',
    message: '1 workload reads it, with the values that it holds',
    names: ['Deployment/api: up to date'],
  });
  const newer = newPassword();
  // The API server reports whole seconds.
  await new Promise((resolve) => setTimeout(resolve, 1100));
  await editLogin(team, newer);
  await note(team);
  await giveServer(team, newer);
  const end = await asked(team);
  t.match(end, { exitCode: 1, login: { outcome: 'ok' } });
  t.match(end.first('consumers'), {
    outcome: 'fault',
    message: '1 of 1 workloads that read it still has its old values',
    fix: `kubectl -n ${namespace} rollout restart deployment/api`,
    names: ['Deployment/api: its pods began before version 2 of DATABASE_URL, POSTGRES_PASSWORD'],
  });
  const { exitCode, output } = await shell.run(
    `${end.first('consumers')?.fix} && kubectl -n ${namespace} rollout status deployment/api`,
  );
  t.equal(exitCode, 0, output);
  t.match(await asked(team), { exitCode: 0 });
});

t.test('reports an unreachable server as unknown, and completes all other checks', async (t) => {
  // Without an administrator the Secret itself names the server.
  const at = { host: '127.0.0.3', port: await freePort('127.0.0.3') };
  const team = await aStagedTeam({ at, admin: false });
  const end = await asked(team);
  t.match(end, {
    exitCode: 2,
    login: { outcome: 'unknown', message: /: nothing listens at 127\.0\.0\.3:/ },
  });
  await team.edit({
    POSTGRES_HOST: 'db',
    DATABASE_URL: urlOf(team, team.password).replace('127.0.0.3', 'db'),
  });
  t.match((await asked(team)).login, {
    outcome: 'unknown',
    message: new RegExp(
      `^the login of POSTGRES_PASSWORD: there is no host db\\.${team.place.namespace}\\.svc$`,
    ),
    fix: /^kubectl -n lockstep-system exec /,
  });
});

t.test('does what its rights permit, and names the missing ones', async (t) => {
  const team = await aStagedTeam();
  const { namespace } = team.place;
  const user = ['-n', namespace];
  await cluster.mustRun(['create', 'serviceaccount', 'reader', ...user]);
  await cluster.mustRun([
    'create',
    'role',
    'reader',
    '--verb=get',
    '--resource=secrets',
    '--resource-name=app',
    ...user,
  ]);
  await cluster.mustRun([
    'create',
    'rolebinding',
    'reader',
    '--role=reader',
    `--serviceaccount=${namespace}:reader`,
    ...user,
  ]);
  const kubeconfig = await cluster.serviceAccountKubeconfig(namespace, 'reader');
  await untilAllowed(kubeconfig, 'get', 'secret/app', namespace);
  const end = await asked(team, '--kubeconfig', kubeconfig);
  t.match(end, { exitCode: 2, login: { outcome: 'ok' } });
  for (const check of ['values', 'credential', 'record', 'consumers'])
    t.match(end.first(check), { outcome: 'unknown', fix: /docs\/reference\/doctor\.md/ }, check);
  const { exitCode, stderr } = await doctor(`${namespace}/admin`, '--kubeconfig', kubeconfig);
  t.equal(exitCode, 2);
  t.match(stderr, /^lockstep: [^\n]*forbidden[^\n]*\n$/);
  t.match(await doctor(`${namespace}/nothing`), { exitCode: 2, stderr: /^lockstep: there is no Secret / });
});

t.test('needs no more rights than docs/reference/doctor.md lists or the controller has', async (t) => {
  const team = await aStagedTeam({ pods: 1 });
  await note(team);
  await postgres.sql(`ALTER ROLE ${team.role} PASSWORD NULL`);
  const { namespace } = team.place;
  const [block] = blocksOf(
    sectionOf(await readPage('docs/reference/doctor.md'), '### Rights of the diagnosis'),
  );
  const input = block?.text
    .replaceAll('namespace: shop', `namespace: ${namespace}`)
    .replace('postgres-admin', 'admin');
  await cluster.apply(input ?? '');
  await cluster.mustRun(['create', 'serviceaccount', 'doctor', '-n', namespace]);
  const bound = ['doctor', `--serviceaccount=${namespace}:doctor`];
  const role = 'lockstep-secret-doctor';
  await cluster.mustRun(['create', 'rolebinding', ...bound, `--role=${role}`, '-n', namespace]);
  await cluster.mustRun(['create', 'clusterrolebinding', ...bound, `--clusterrole=${role}`]);
  const kubeconfig = await cluster.serviceAccountKubeconfig(namespace, 'doctor');
  await untilAllowed(kubeconfig, 'get', 'secret/app', namespace);
  // By the other binding.
  await untilAllowed(kubeconfig, 'list', 'secretpolicies', namespace);
  const end = await asked(team, '--kubeconfig', kubeconfig);
  t.same(
    end.checks.filter(({ outcome }) => outcome === 'unknown'),
    [],
  );
  t.match(end.login?.message, /PASSWORD NULL/);
  const inside = await asked(team, '--kubeconfig', world.kubeconfig);
  t.same(
    inside.checks.filter(({ outcome }) => outcome === 'unknown'),
    [],
  );
});

t.test('prints no part of a password', async (t) => {
  t.ok(printed.length > 40);
  t.same(canarySearcher(secrets.filter((value) => value.length >= 12))(printed.join('\n')), []);
});
