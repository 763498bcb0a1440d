import t from 'tap';
import { buildUrl } from '../../../src/engine/value/uri/encode.ts';
import { aCanary } from '../../helpers/canary/canary.ts';
import { lockstepOn } from '../../helpers/cluster/versioned-secret.ts';
import { crashMatrix } from '../../helpers/crash/crash-matrix.ts';
import { aRedisTeamUnderKills } from '../../helpers/crash/team-under-kills.ts';
import { deviationsOf, stateBefore } from '../../helpers/credential/deviations.ts';
import { aDisturbedController } from '../../helpers/credential/disturbed-controller.ts';
import { finalState } from '../../helpers/credential/final-state.ts';
import { playReadiness, readyByLogin } from '../../helpers/credential/ready-by-login.ts';
import { rejectVersions } from '../../helpers/credential/reject-versions.ts';
import { aTeam, type Team } from '../../helpers/credential/team.ts';
import { aWorld, untilInStep } from '../../helpers/credential/world.ts';
import {
  aRedisLogin,
  aRedisTeam,
  REDIS_ADMIN_LINE,
  type RedisTeamOptions,
} from '../../helpers/redis/team.ts';
import { until } from '../../testbed/process/until.ts';
import { aRedis, aReplica, CLUSTER_NODE, type Redis } from '../../testbed/redis/redis.ts';

// Logins on real Redis servers, alone and next to one on PostgreSQL in the same Secret.
const world = await aWorld(t);
const { cluster, postgres } = world;
const redis = await aRedis(t, { acl: [REDIS_ADMIN_LINE] });
const primary = await aRedis(t);
const { controller, stepHooks } = await aDisturbedController(t, world, { LOCKSTEP_PROPAGATION_SECONDS: '1' });
const { daemon } = controller;
const printed: string[] = [];
const lockstep = lockstepOn(t, cluster.kubeconfig, printed);
const CHANGED = { versions: 1, isChanged: true };
const untilDone = (...teams: readonly Team[]) =>
  Promise.all(teams.map((team) => untilInStep(team, [daemon])));
const versionOf = async (team: Team): Promise<number> => (await team.record())?.versions.at(-1)?.number ?? 0;

const requirepass = aCanary(24);
const LOGINS: Readonly<Record<string, RedisTeamOptions & { readonly own?: Redis }>> = {
  'a user that changes itself': {
    values: {
      WORKER_URL: buildUrl({ scheme: 'redis', user: 'worker', password: aCanary(24), host: 'redis' }),
    },
  },
  'a user that an administrator changes': { admin: true, rules: ['on', '~*', '+@read', '+@connection'] },
  'the user default of a server with requirepass': {
    role: 'default',
    password: requirepass,
    own: await aRedis(t, { config: [`requirepass ${requirepass}`] }),
  },
};

for (const [index, [title, { own: server = redis, ...options }]] of Object.entries(LOGINS).entries())
  t.test(`lockstep rotate changes the password of ${title}`, async (t) => {
    const team = await aRedisTeam(world, server, `alone-${index}`, options);
    await untilDone(team);
    const before = await stateBefore(team);
    const { exitCode, stdout, stderr } = await lockstep('rotate', `alone-${index}/app`);
    t.match({ exitCode, stderr }, { exitCode: 0, stderr: '' }, stdout + stderr);
    t.match(
      stdout,
      /^version 2, by lockstep-controller: password changed: requested \(.*REDIS_PASSWORD, REDIS_URL.*\)$/m,
    );
    await untilDone(team);
    t.same(await deviationsOf(team, server, before, CHANGED), []);
    t.equal((await team.secret()).WORKER_URL, before.secret.WORKER_URL, 'the URL of another user');
    const { spec } = await team.deployment();
    t.equal(spec.template.metadata.annotations['lockstep.dev/secret-version'], '2');
    await server.restart();
    t.same(await deviationsOf(team, server, before, CHANGED), [], 'after a restart of the server');
  });

/** The Secret of the story: a login on PostgreSQL and one on Redis. */
async function aPair(namespace: string, password = aCanary(24)) {
  const login = await aRedisLogin(cluster, redis, namespace, { password });
  const sql = await aTeam(world, namespace, {
    values: login.values,
    password,
    deployment: { progressDeadlineSeconds: 5 },
    spec: { history: 10 },
  });
  const cache = await login.create();
  await untilDone(sql, cache);
  return { sql, cache, name: `${namespace}/app` };
}
type Pair = Awaited<ReturnType<typeof aPair>>;

/** Everything that is not as it must be, after a change of both, of one, or of none. */
async function wrongWith(
  { sql, cache }: Pair,
  before: PairState,
  changed: readonly Team[],
): Promise<readonly string[]> {
  await untilDone(sql, cache);
  const versions = (await versionOf(sql)) - before.sql.version;
  const isChanged = (team: Team) => ({ versions, isChanged: changed.includes(team) });
  return [
    ...(await deviationsOf(sql, postgres, before.sql, isChanged(sql))),
    ...(await deviationsOf(cache, redis, before.cache, isChanged(cache))),
  ];
}
const beforeOf = async ({ sql, cache }: Pair) => ({
  sql: await stateBefore(sql),
  cache: await stateBefore(cache),
});
type PairState = Awaited<ReturnType<typeof beforeOf>>;

t.test('two logins of one Secret change one without the other, and together', async (t) => {
  // The same password in both servers at the beginning.
  const pair = await aPair('pair');
  const { sql, cache, name } = pair;
  const first = await beforeOf(pair);
  const refused = await lockstep('rotate', name);
  t.match(refused, {
    exitCode: 2,
    stderr: /it holds several logins: name one by --key POSTGRES_PASSWORD or --key REDIS_PASSWORD/,
  });
  for (const team of [cache, sql]) {
    const before = await beforeOf(pair);
    const { exitCode, stdout, stderr } = await lockstep('rotate', name, '--key', team.kind.keys.password);
    t.match({ exitCode, stderr }, { exitCode: 0, stderr: '' }, stdout + stderr);
    t.same(await wrongWith(pair, before, [team]), [], team.kind.keys.password);
  }
  const between = await beforeOf(pair);
  await sql.edit({ POSTGRES_PASSWORD: aCanary(24), REDIS_PASSWORD: aCanary(24) });
  t.same(await wrongWith(pair, between, [sql, cache]), [], 'both were edited');

  const before = await beforeOf(pair);
  const back = await lockstep('rollback', name, '--to', '1');
  t.match(back, { exitCode: 0, stderr: '' }, back.stdout + back.stderr);
  t.same(await wrongWith(pair, before, [sql, cache]), [], 'rolled back');
  t.same(await sql.secret(), first.sql.secret, 'all values of version 1');
  const { stdout } = await lockstep('history', name);
  t.match(stdout, /^RedisCredential: the server was last proven to have the login of version 8$/m);
  t.match(stdout, /^PostgresCredential: the server was last proven to have the login of version 8$/m);
});

t.test('a consumer that fails rolls back one login, and the other stays proven', async (t) => {
  const pair = await aPair('failing');
  const { sql, cache } = pair;
  for (const team of [cache, sql]) {
    const before = await beforeOf(pair);
    await rejectVersions(cluster, 'failing', before.sql.version, 1);
    await team.requestChange({ kind: 'rotate' });
    await until(
      'the change to fail',
      [daemon],
      async () => (await team.record())?.login?.failed !== undefined,
    );
    t.same(await wrongWith(pair, before, []), [], team.kind.keys.password);
    t.same(await sql.secret(), before.sql.secret);
  }
});

const others = aCanary(24);
/** No login proves the user before. */
const allowed = (name: string) => ({ admin: true, spec: { allowedUsers: [`app_${name}`] } });
const BAD: Readonly<Record<string, RedisTeamOptions & { readonly server?: Redis; readonly says: RegExp }>> = {
  nopass: { rules: ['on', 'nopass', '~*', '+@all'], says: /not begun: .*needs no password \(nopass\)/ },
  'no-auth': {
    role: 'default',
    server: await aRedis(t),
    says: /not begun: .*without asking for a password, so nothing is proven; set one, as with requirepass/,
  },
  off: { rules: ['off', '~*', '+@all'], ...allowed('bad_off'), says: /is off/ },
  'not-allowed': { rules: ['off', '~*', '+@all'], admin: true, says: /user .* under spec\.allowedUsers/ },
  'no-password': {
    rules: ['on', 'resetpass', '~*', '+@all'],
    ...allowed('bad_no_password'),
    says: /no password on the server/,
  },
  'two-managers': {
    rules: ['on', `>${others}`, '~*', '+@all'],
    says: /not begun: .*has a password that lockstep does not know/,
  },
  stranger: {
    rules: ['on', 'resetpass', `>${others}`, '~*', '+@all'],
    says: /the server refuses this one|no password that is known opens the server/,
  },
  'no-rights': { rules: ['on', '~*', '+@read', '+@connection'], says: /not begun: .*name an administrator/ },
  replica: { server: await aReplica(t, primary), says: /is a replica/ },
  primary: { server: primary, says: /not begun: .*the server has replicas/ },
  cluster: { server: await aRedis(t, { config: [CLUSTER_NODE] }), says: /not begun: .*node of a cluster/ },
  sentinel: {
    role: 'default',
    password: others,
    server: await aRedis(t, { sentinel: true, config: [`requirepass ${others}`] }),
    says: /a Sentinel answers/,
  },
};

t.test('a login that lockstep must not change stays as it is, and a condition has the reason', async (t) => {
  await Promise.all(
    Object.entries(BAD).map(async ([name, { server = redis, says, ...options }]) => {
      const team = await aRedisTeam(world, server, `bad-${name}`, { pods: 0, ...options });
      const usersOf = () =>
        server.send(name === 'sentinel' ? ['ACL', 'LIST'] : ['ACL', 'GETUSER', team.role]);
      const before = [await team.secret(), await usersOf()];
      await until(`the login of ${name}`, [daemon], async () => (await team.record())?.login !== undefined);
      await team.requestChange({ kind: 'rotate' });
      let said = '';
      await until(`the reason of ${name}`, [daemon], async () => {
        said = JSON.stringify((await team.credential()).status?.conditions);
        return says.test(said);
      }).catch(() => t.match(said, says, name));
      t.same([await team.secret(), await usersOf()], before, name);
    }),
  );
});

t.test('a change ends well if its server crashes in the middle, with or without its users', async (t) => {
  // Only one of them has a file for its users, and starts with the new passwords again.
  const phases = {
    keeps: ['apply', 'publish', 'finalize'],
    loses: ['verify', 'publish', 'rollout', 'drain', 'finalize'],
  };
  const teams = Object.entries(phases).flatMap(([group, names]) =>
    names.map((phase) => ({ group, phase, password: aCanary(24) })),
  );
  const linesOf = (group: string) =>
    teams
      .filter((team) => team.group === group)
      .map(({ phase, password }) => `user app_${group}_${phase} on >${password} ~* &* +@all`);
  const servers: Readonly<Record<string, Redis>> = {
    keeps: await aRedis(t, { acl: linesOf('keeps') }),
    loses: await aRedis(t, { configFile: false, config: linesOf('loses') }),
  };
  const readers = Object.entries(servers).map(([group, server]) => playReadiness(t, cluster, server, group));
  const { promise: hasCrashed, resolve: crash } = Promise.withResolvers<unknown>();
  await Promise.all(
    teams.map(async ({ group, phase, password }) => {
      const namespace = `${group}-${phase}`;
      const server = servers[group]!;
      const deployment = readyByLogin('api', group);
      const team = await aRedisTeam(world, server, namespace, { password, deployment });
      await untilDone(team);
      const before = await stateBefore(team);
      // Each change waits in its own phase until all have reached theirs. One crash hits all of them.
      stepHooks.at(namespace, `record: ${phase}`, async () => {
        if (stepHooks.pending().length === 0)
          crash(Promise.all(Object.values(servers).map((one) => one.restart('SIGKILL'))));
        await hasCrashed;
      });
      await team.requestChange({ kind: 'rotate' });
      t.match(await finalState(team, server, [daemon]), { kind: 'in step', misses: [] }, namespace);
      const isChanged = (await team.record())?.login?.failed === undefined;
      if (group === 'keeps') t.ok(isChanged, 'it went on');
      const versions = (await versionOf(team)) - before.version;
      t.same(await deviationsOf(team, server, before, { versions, isChanged }), [], namespace);
    }),
  );
  const refused = readers[0]?.pods.filter(({ refusals }) => refusals > 0);
  t.same(refused, [], 'a server that keeps its users let its readers in at each moment');
});

t.test('the next controller completes a change after a kill at its main steps', async (t) => {
  await daemon.stop('SIGKILL');
  const attempt = await aRedisTeamUnderKills(t, world, redis);
  const only = /^(ACL SETUSER|PATCH secrets)/;
  const { table, trials, misses } = await crashMatrix('Redis, killed', [attempt], { pairs: false, only });
  t.comment(table);
  t.equal(trials, 5);
  t.same(misses, []);
});
