import t from 'tap';
import { aCanary, canarySearcher } from '../../helpers/canary/canary.ts';
import { start } from '../../helpers/cluster/lockstep.ts';
import { lockstepOn } from '../../helpers/cluster/versioned-secret.ts';
import { canLogIn, deviationsOf, stateBefore } from '../../helpers/credential/deviations.ts';
import { aTeam, type Team, type TeamOptions } from '../../helpers/credential/team.ts';
import { aWorld } from '../../helpers/credential/world.ts';
import { entryPoint } from '../../testbed/lockstep/release.ts';
import { until } from '../../testbed/process/until.ts';

// lockstep rotate, rollback and history of Secrets that are logins on a real server: first while no controller runs, then while one does.
const world = await aWorld(t);
const { cluster, postgres, controllers } = world;
const printed: string[] = [];
const passwords = new Set<string>();
const lockstep = lockstepOn(t, cluster.kubeconfig, printed);
const QUICK = ['--propagation', '1s'];

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

for (const strategy of ['SingleUser', 'AlternatingUsers'] as const) {
  const suffix = strategy.toLowerCase();

  t.test(
    `${strategy}: without a controller the command completes the change, and rolls back as well`,
    async (t) => {
      const team = await aLogin(`alone-${suffix}`, { strategy });
      const first = await team.secret();
      const done = await lockstep('rotate', team.name, ...QUICK);
      t.match(done, { exitCode: 0, stderr: '' }, done.stdout);
      t.match(
        done.stdout,
        /^no controller leads: the password in Secret \S+ and on its server is changed from here$/m,
      );
      for (const phase of ['preflight', 'apply', 'verify', 'publish', 'rollout', 'finalize'])
        t.match(done.stdout, new RegExp(`^${phase}: `, 'm'));
      t.match(
        done.stdout,
        /^version 2, by lockstep: password changed: requested \(.*POSTGRES_PASSWORD.*\)$/m,
      );
      t.match(done.stdout, /^Deployment\/api is restarted$/m);
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
      const back = await lockstep('rollback', team.name, '--to', '1', ...QUICK);
      t.match(back, { exitCode: 0, stderr: '' }, back.stdout);
      t.match(back.stdout, /^version 3, by lockstep: rolled back to 1[ ,]/m);
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
    },
  );
}

t.test(
  'one command applies a password that was changed only in the Secret, without a controller',
  async (t) => {
    const team = await aLogin('story', { admin: true, pods: 3 });
    const password = aCanary(24);
    await team.edit({ POSTGRES_PASSWORD: password });
    const begun = performance.now();
    const done = await lockstep('rotate', team.name, '--from-secret', ...QUICK);
    const took = (performance.now() - begun) / 1000;
    t.comment(`in step ${took.toFixed(1)} s after the command`);
    t.match(done, { exitCode: 0, stderr: '' }, done.stdout);
    t.ok(took < 60, `${took} s`);
    t.ok(await canLogIn(postgres, { role: team.role, password }));
    const { POSTGRES_PASSWORD, DATABASE_URL = '' } = await team.secret();
    t.equal(POSTGRES_PASSWORD, password);
    t.equal(new URL(DATABASE_URL).password, password);
    const again = await lockstep('rotate', team.name, '--from-secret');
    t.match(again, { exitCode: 0, stdout: 'Secret and server are in sync: there is nothing to change\n' });
    await note(team);
  },
);

t.test('a dry run does everything before the first change, and writes nothing', async (t) => {
  const team = await aLogin('rehearsed', { strategy: 'AlternatingUsers' });
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

t.test('a change that is not possible is refused with the reason, and nothing is written', async (t) => {
  const missing = await aLogin('missing', { admin: true, spec: { adminSecretName: 'none' } });
  const away = await aLogin('away', { at: { host: '127.0.0.1', port: 9 } });
  for (const [args, message] of [
    [[missing.name], /the password in Secret missing\/app is not changed: there is no Secret none/],
    [
      [away.name],
      /the password in Secret away\/app is not changed: nothing listens at the address in the Secret/,
    ],
    [
      [away.name, '--key', 'POSTGRES_PASSWORD'],
      /POSTGRES_PASSWORD is the password of a login: leave --key out/,
    ],
    [[away.name, '--key', 'JWT', '--from-secret'], /cannot be used with/],
  ] as const) {
    const { exitCode, stderr, stdout } = await lockstep('rotate', ...args);
    t.match({ exitCode, stderr, stdout }, { exitCode: 2, stderr: message, stdout: '' });
  }
  t.same([await missing.record(), await away.record()], [undefined, undefined]);
  await note(missing);
  await note(away);
});

t.test('a command that was stopped in the middle continues when it runs again', async (t) => {
  const team = await aLogin('ended', { pods: 2, deployment: { minReadySeconds: 300 } });
  const first = await team.secret();
  const args = [entryPoint(), 'rotate', team.name, ...QUICK, '--kubeconfig', cluster.kubeconfig];
  const { child, exited, stdout } = start(t, { file: process.execPath, args });
  await until('the rollout', [], async () => stdout().includes('rollout: '));
  child.kill('SIGINT');
  t.equal(await exited, 1);
  t.match(stdout(), /^stops as soon as no client is locked out/m);
  t.match(stdout(), /^it continues when this command is given again, or when a controller leads$/m);
  printed.push(stdout());
  t.equal((await team.record())?.login?.change?.phase, 'rollout');
  const { POSTGRES_PASSWORD: password = '' } = await team.secret();
  t.ok(await canLogIn(postgres, { role: team.role, password }), 'nobody is locked out');
  await cluster.kubectl(
    ['patch', 'deployment', 'api', '-n', 'ended', '-p', '{"spec":{"minReadySeconds":0}}'],
    { orThrow: true },
  );
  const again = await lockstep('rotate', team.name, ...QUICK);
  t.match(again, { exitCode: 0, stderr: '' }, again.stdout);
  t.match(
    again.stdout,
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
  const { daemon, leads } = await controllers.start('controller', { LOCKSTEP_PROPAGATION_SECONDS: '1' });
  await until('a leader', [daemon], leads);
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
  printed.push(daemon.log());
});

t.test('no part of a password was printed', async (t) => {
  const find = canarySearcher([...passwords].filter((text) => text.length > 8));
  for (const text of printed) t.same(find(text), []);
});
