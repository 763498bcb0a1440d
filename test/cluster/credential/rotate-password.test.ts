import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { aCanary, canarySearcher } from '../../helpers/canary/canary.ts';
import { start } from '../../helpers/cluster/lockstep.ts';
import { lockstepOn } from '../../helpers/cluster/versioned-secret.ts';
import { canLogIn, deviationsOf, stateBefore } from '../../helpers/credential/deviations.ts';
import { aTeam, type Team, type TeamOptions } from '../../helpers/credential/team.ts';
import { aWorld, untilInStep } from '../../helpers/credential/world.ts';
import type { ControllerReplica } from '../../testbed/lockstep/controller.ts';
import { entryPoint } from '../../testbed/lockstep/release.ts';
import type { Daemon } from '../../testbed/process/daemon.ts';
import { until } from '../../testbed/process/until.ts';

// lockstep rotate, rollback and history of Secrets that are logins on a real server.
const world = await aWorld(t);
const { cluster, postgres, controllers } = world;
const printed: string[] = [];
const passwords = new Set<string>();
const lockstep = lockstepOn(t, cluster.kubeconfig, printed);

interface Named extends Team {
  readonly name: string;
}

async function aLogin(namespace: string, options: TeamOptions = {}): Promise<Named> {
  const team = await aTeam(world, namespace, options);
  return { ...team, name: `${namespace}/app` };
}

async function note(team: Team): Promise<void> {
  await team.secret();
  for (const one of team.passwords) passwords.add(one);
}

const daemons: Daemon[] = [];

async function aLeader(name: string): Promise<ControllerReplica> {
  const replica = await controllers.start(name, { LOCKSTEP_PROPAGATION_SECONDS: '1' });
  daemons.push(replica.daemon);
  await until('a leader', [replica.daemon], replica.leads);
  return replica;
}

const rowsOf = ({ role }: Team): Promise<readonly object[]> =>
  postgres.sql(
    `SELECT a.rolname, rolpassword, shobj_description(a.oid, 'pg_authid') FROM pg_authid a WHERE a.rolname LIKE '${role}%'`,
  );

/** How it is in the server and in the cluster, so that a difference can be seen. */
async function stateOf(team: Team): Promise<object> {
  const { place, secret } = team;
  const rows = await rowsOf(team);
  const { items } = (await cluster.request(`/api/v1/namespaces/${place.namespace}/secrets`)).json();
  return { rows, secret: await secret(), items };
}

t.test('without a controller, each command is refused with the reason, and nothing is written', async (t) => {
  const missing = await aLogin('missing', { admin: true, spec: { adminSecretName: 'none' } });
  const away = await aLogin('away', { at: { host: '127.0.0.1', port: 9 } });
  for (const [args, message] of [
    [
      [missing.name, '--dry-run'],
      /the password in Secret missing\/app is not changed: there is no Secret none/,
    ],
    [
      [away.name, '--dry-run'],
      /the password in Secret away\/app is not changed: nothing listens at the address in the Secret/,
    ],
    [
      [away.name, '--key', 'POSTGRES_PASSWORD', '--key', 'JWT'],
      /POSTGRES_PASSWORD changes together with its server: give that key alone/,
    ],
    [[away.name, '--key', 'JWT', '--from-secret'], /no RedisCredential names that password, so no server/],
    [[away.name], /no controller leads in the namespace lockstep-system, so nothing was written/],
  ] as const) {
    const { exitCode, stderr, stdout } = await lockstep('rotate', ...args);
    t.match({ exitCode, stderr, stdout }, { exitCode: 2, stderr: message, stdout: '' });
  }
  t.same([await missing.record(), await away.record()], [undefined, undefined]);
  await note(missing);
  await note(away);
});

let controller: ControllerReplica;

t.test('a leader', async () => {
  controller = await aLeader('controller');
});

for (const strategy of ['SingleUser', 'AlternatingUsers'] as const) {
  const suffix = strategy.toLowerCase();

  t.test(`${strategy}: the controller completes the change, and rolls back as well`, async (t) => {
    const team = await aLogin(`led-${suffix}`, { strategy });
    await untilInStep(team, [controller.daemon]);
    const first = await team.secret();
    const done = await lockstep('rotate', team.name);
    t.match(done, { exitCode: 0, stderr: '' }, done.stdout);
    t.match(
      done.stdout,
      /^the controller changes the password in Secret \S+ and on its server, also if you do not wait for it$/m,
    );
    t.match(
      done.stdout,
      /^version 2, by lockstep-controller: password changed: requested \(.*POSTGRES_PASSWORD.*\)$/m,
    );
    t.match(
      done.stdout,
      /^Secret and server have the password of version 2, and its consumers are rolled out: \d+s$/m,
    );
    t.same(
      await deviationsOf(team, postgres, { secret: first, version: 1 }, { versions: 1, isChanged: true }),
      [],
    );

    const reported = await lockstep('history', team.name);
    t.match(reported.stdout, /password changed: requested/);
    t.match(reported.stdout, /^the server was last proven to have the login of version 2$/m);

    const preview = await lockstep('rollback', team.name, '--to', '1', '--dry-run');
    t.match(preview, { exitCode: 0, stderr: '' });
    t.match(
      preview.stdout,
      /^the server would give .* the password of version 1, and Secret \S+ would follow$/m,
    );
    const second = await stateBefore(team);
    const back = await lockstep('rollback', team.name, '--to', '1');
    t.match(back, { exitCode: 0, stderr: '' }, back.stdout);
    t.match(back.stdout, /^version 3, by lockstep-controller: rolled back to 1[ ,]/m);
    t.same(await deviationsOf(team, postgres, second, { versions: 1, isChanged: true }), []);
    t.equal((await team.secret()).POSTGRES_PASSWORD, first.POSTGRES_PASSWORD);

    // What is no login is none of the server's business.
    await team.edit({ FLAG: 'on' });
    const inServer = await rowsOf(team);
    const other = await lockstep('rollback', team.name, '--to', '3');
    t.match(other, { exitCode: 0, stderr: '' });
    t.match(other.stdout, /^Secret \S+ is rolled back to version 3, as a new version: removes FLAG$/m);
    t.same(await rowsOf(team), inServer);
    await note(team);
  });
}

t.test('a paused consumer that still has the password from before is named', async (t) => {
  const team = await aLogin('paused');
  await untilInStep(team, [controller.daemon]);
  await cluster.mustRun(['-n', 'paused', 'rollout', 'pause', 'deployment/api']);
  const passed = 'Deployment/api: it is paused; kubectl rollout resume restarts it';
  const { exitCode, stdout } = await lockstep('rotate', team.name);
  t.equal(exitCode, 0);
  const [said, consumer] = stdout.trimEnd().split('\n').slice(-2);
  t.match(
    said,
    /^Secret and server have the password of version 2, and not all its consumers are rolled out: \d+s$/,
  );
  t.equal(consumer, `  ${passed}`);
  const eventNotes = async (): Promise<readonly string[]> => {
    const { items } = (await cluster.request('/api/v1/namespaces/paused/events')).json();
    return items
      .filter(({ reason }: { readonly reason: string }) => reason === 'PasswordChangeComplete')
      .map(({ message }: { readonly message: string }) => message);
  };
  await until('the Event', [controller.daemon], async () => (await eventNotes()).length > 0);
  const text = `Secret and server have the password, and not all consumers are rolled out. ${passed}.`;
  t.same([...new Set(await eventNotes())], [text]);
  await note(team);
});

t.test('find-value --rotate changes a leaked password of a login, and nothing has it any more', async (t) => {
  const team = await aLogin('leaked', { copies: [{ namespace: 'leaked-copies', name: 'copy', readers: 0 }] });
  await untilInStep(team, [controller.daemon]);
  const before = await team.secret();
  const leaked = before.POSTGRES_PASSWORD ?? '';
  const report = join(cluster.dir, 'leaks.json');
  writeFileSync(
    report,
    JSON.stringify([{ RuleID: 'leak', Secret: before.DATABASE_URL }, { Secret: leaked }]),
  );
  const done = await lockstep('find-value', '--report', report, '-A', '--yes');
  t.match(done, { exitCode: 1, stderr: '' }, done.stdout);
  t.same(done.stdout.match(/^to do: .*$/gm), ['to do: lockstep rotate leaked/app']);
  t.match(
    done.stdout,
    /^Secret and server have the password of version 2, and its consumers are rolled out: \d+s$/m,
  );
  const { POSTGRES_USER: role = '', POSTGRES_PASSWORD: password = '' } = await team.secret();
  t.not(password, leaked);
  t.same(
    [await canLogIn(postgres, { role, password }), await canLogIn(postgres, { role, password: leaked })],
    [true, false],
  );
  const { stdout } = await lockstep('find-value', '--report', report, '-A', '-o', 'json');
  const left: { readonly at: string }[] = JSON.parse(stdout).values.flatMap(
    ({ places }: { readonly places: readonly { readonly at: string }[] }) => places,
  );
  t.same([...new Set(left.map(({ at }) => at))].sort(), ['login', 'versions']);
  await note(team);
});

t.test('one command applies a password that was changed only in the Secret', async (t) => {
  const team = await aLogin('story', { admin: true, pods: 3 });
  const password = aCanary(24);
  await team.edit({ POSTGRES_PASSWORD: password });
  const done = await lockstep('rotate', team.name, '--from-secret');
  t.match(done, { exitCode: 0, stderr: '' }, done.stdout);
  t.ok(await canLogIn(postgres, { role: team.role, password }));
  const { POSTGRES_PASSWORD, DATABASE_URL = '' } = await team.secret();
  t.equal(POSTGRES_PASSWORD, password);
  t.equal(new URL(DATABASE_URL).password, password);
  const again = await lockstep('rotate', team.name, '--from-secret');
  t.match(again, { exitCode: 0, stdout: /^Secret and server are in sync: there was nothing to change$/m });
  await note(team);
});

t.test('a dry run does everything before the first change, and writes nothing', async (t) => {
  const team = await aLogin('rehearsed', { strategy: 'AlternatingUsers' });
  await untilInStep(team, [controller.daemon]);
  const before = await stateOf(team);
  const { exitCode, stdout, stderr } = await lockstep('rotate', team.name, '--dry-run');
  t.match({ exitCode, stderr }, { exitCode: 0, stderr: '' }, stdout);
  t.match(stdout, /^the server would give the other login, app_rehearsed_alt, a new password/m);
  t.match(stdout, /^ {2}1\. Deployment\/api \(/m);
  t.match(stdout, /^nothing was written$/m);
  t.same(await stateOf(team), before);
  await postgres.sql(`ALTER ROLE ${team.role} NOLOGIN`);
  const unfit = await lockstep('rotate', team.name, '--dry-run');
  t.match(unfit, { exitCode: 1, stdout: /^it would not begin: .*NOLOGIN.*\nnothing was written$/m });
  await note(team);
});

t.test('the controller continues when the command is stopped in the middle', async (t) => {
  const team = await aLogin('ended', { pods: 2, deployment: { minReadySeconds: 300 } });
  await untilInStep(team, [controller.daemon]);
  const first = await team.secret();
  const args = [entryPoint(), 'rotate', team.name, '--kubeconfig', cluster.kubeconfig];
  const { child, exited, stdout } = start(t, { file: process.execPath, args });
  await until('the rollout', [], async () => stdout().includes('rollout: '));
  child.kill('SIGINT');
  t.equal(await exited, 1);
  t.match(stdout(), /^the controller continues it; lockstep history ended\/app shows its progress$/m);
  printed.push(stdout());
  t.equal((await team.record())?.login?.change?.phase, 'rollout');
  const { POSTGRES_PASSWORD: password = '' } = await team.secret();
  t.ok(await canLogIn(postgres, { role: team.role, password }), 'nobody is locked out');
  const again = start(t, { file: process.execPath, args });
  await until('the same change', [], () => again.stdout().includes('a change is under way'));
  await cluster.mustRun([
    'patch',
    'deployment',
    'api',
    '-n',
    'ended',
    '-p',
    '{"spec":{"minReadySeconds":0}}',
  ]);
  t.equal(await again.exited, 0, again.stdout() + again.stderr());
  printed.push(again.stdout());
  t.match(
    again.stdout(),
    /^a change is under way since \S+, in rollout: the password is changed: it was requested$/m,
  );
  t.same(
    await deviationsOf(team, postgres, { secret: first, version: 1 }, { versions: 1, isChanged: true }),
    [],
  );
  t.equal((await team.secret()).POSTGRES_PASSWORD, password, 'the same change');
  await note(team);
});

t.test('the leading controller executes the change, and the command reports it', async (t) => {
  const team = await aLogin('led', { strategy: 'AlternatingUsers', pods: 2 });
  const first = await team.secret();
  const done = await lockstep('rotate', team.name);
  t.match(done, { exitCode: 0, stderr: '' }, done.stdout);
  t.match(done.stdout, /^the controller changes the password in Secret led\/app and on its server/m);
  t.match(done.stdout, /^drain: /m);
  t.match(done.stdout, /^version 2, by lockstep-controller: password changed: requested /m);
  t.same(
    await deviationsOf(team, postgres, { secret: first, version: 1 }, { versions: 1, isChanged: true }),
    [],
  );
  const second = await stateBefore(team);
  const back = await lockstep('rollback', team.name, '--to', '1');
  t.match(back, { exitCode: 0, stderr: '' }, back.stdout);
  t.same(await deviationsOf(team, postgres, second, { versions: 1, isChanged: true }), []);
  t.equal((await team.secret()).POSTGRES_PASSWORD, first.POSTGRES_PASSWORD);
  const { stdout } = await lockstep('history', team.name, '-o', 'json');
  t.match(JSON.parse(stdout), {
    versions: [
      { reason: 'first-seen' },
      { reason: 'password-changed', cause: 'requested' },
      { reason: 'rolled-back', to: 1 },
    ],
    login: { verifiedVersion: 3, change: null, diverged: null },
  });

  await postgres.sql(
    `ALTER ROLE ${team.role} PASSWORD 'of somebody else'; ALTER ROLE ${team.role}_alt PASSWORD 'of somebody else'`,
  );
  const mended = await lockstep('rotate', team.name);
  t.match(mended, { exitCode: 0, stderr: '' }, mended.stdout);
  const { POSTGRES_USER: role = '', POSTGRES_PASSWORD: password = '' } = await team.secret();
  t.ok(await canLogIn(postgres, { role, password }));
  await note(team);
});

t.test(
  'a change stays in the record if the controller stops, and the next one completes it once',
  async (t) => {
    const team = await aLogin('left', { pods: 2, deployment: { minReadySeconds: 300 } });
    await untilInStep(team, [controller.daemon]);
    const first = await stateBefore(team);
    const args = [entryPoint(), 'rotate', team.name, '--kubeconfig', cluster.kubeconfig];
    const { exited, stdout } = start(t, { file: process.execPath, args });
    await until('the rollout', [controller.daemon], () => stdout().includes('rollout: '));
    t.equal(await controller.daemon.stop('SIGTERM'), 0);
    t.equal(await exited, 1);
    printed.push(stdout());
    t.match(
      stdout(),
      /^stopped: no controller leads any more; lockstep controller starts one\nthe request stays in the record, and a controller that leads continues it\nlockstep rotate left\/app --cancel withdraws a request that has not begun$/m,
    );
    t.equal((await team.record())?.login?.change?.phase, 'rollout');
    const { POSTGRES_PASSWORD: password = '' } = await team.secret();
    t.ok(await canLogIn(postgres, { role: team.role, password }), 'nobody is locked out');
    t.match(await lockstep('rotate', team.name), { exitCode: 2, stderr: /no controller leads/ });
    await cluster.mustRun([
      'patch',
      'deployment',
      'api',
      '-n',
      'left',
      '-p',
      '{"spec":{"minReadySeconds":0}}',
    ]);
    const next = await aLeader('next');
    await untilInStep(team, [next.daemon]);
    t.same(await deviationsOf(team, postgres, first, { versions: 1, isChanged: true }), []);
    t.equal((await team.secret()).POSTGRES_PASSWORD, password, 'the same change');
    await note(team);
  },
);

t.test('no part of a password was printed', async (t) => {
  printed.push(...daemons.map((daemon) => daemon.log()));
  const find = canarySearcher([...passwords].filter((text) => text.length > 8));
  for (const text of printed) t.same(find(text), []);
});
