import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { redisAdapter } from '../../../src/commands/adapters/redis-adapter.ts';
import type { RedisPort } from '../../../src/controllers/ports.ts';
import { advanceRollout } from '../../../src/controllers/secret/rollout.ts';
import { secretEventOf } from '../../../src/controllers/secret/secret-event.ts';
import type { Workload } from '../../../src/engine/workloads/rollout/consumers.ts';
import { Crash, textOf } from '../../helpers/controllers/secret-world.ts';
import { aSecret, GOOD } from '../../helpers/engine/engine.ts';
import { aWorkload, fixedUse } from '../../helpers/engine/workload.ts';
import { APP, aLoginWorld } from '../../helpers/login/login-world.ts';
import { logInRedis } from '../../helpers/redis/login.ts';
import { aRedis, aReplica, CLUSTER_NODE, type Redis } from '../../testbed/redis/redis.ts';

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');
const ADMIN_LINE = `user admin on #${hashOf('of the admin')} ~* &* +@all`;
const APP_LINE = `user ${APP} on #${hashOf(GOOD.password)} ~* +@all`;
const LOST = 'another password of the server';

const aServer = (t: Test): Promise<Redis> => aRedis(t, { acl: [ADMIN_LINE, APP_LINE] });

const ADMIN = {
  secret: aSecret({ username: 'admin', password: 'of the admin' }),
  uid: 'admin',
  resourceVersion: '1',
  written: { by: 'kubectl', time: new Date(0) },
};

/** The Secret of the story as a login on that Redis. */
function aRedisWorld({ host, port }: Redis, meanwhile = () => {}, user = 'POSTGRES_USER') {
  const world = aLoginWorld({
    meanwhile,
    spec: {
      keys: { user, password: 'POSTGRES_PASSWORD', database: '', system: 'redis' },
      server: { host, port },
    },
  });
  const { read } = world.deps.secrets;
  const readAdmin: typeof read = async (place) =>
    place.name === 'postgres-admin'
      ? { ...ADMIN, secret: { ...ADMIN.secret, name: place.name } }
      : await read(place);
  world.override({
    secrets: { read: readAdmin, readOther: readAdmin },
    redis: interrupted(redisAdapter(undefined, 60_000), meanwhile),
  });
  return world;
}

/** The same port. A test may crash before and after each call. */
function interrupted(port: RedisPort, meanwhile: () => void): RedisPort {
  const during =
    <Args extends readonly unknown[], Result>(call: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      meanwhile();
      const result = await call(...args);
      meanwhile();
      return result;
    };
  return {
    tryLogin: during(port.tryLogin),
    openServer: during(async (...target) => {
      const server = await port.openServer(...target);
      const { facts, user, changePasswords, save } = server;
      return {
        ...server,
        facts: during(facts),
        user: during(user),
        changePasswords: during(changePasswords),
        save: during(save),
      };
    }),
  };
}

type World = ReturnType<typeof aRedisWorld>;

const passwordIn = (world: World): string => textOf(world.held()?.secret.data, 'POSTGRES_PASSWORD') ?? '';
const opens = async (server: Redis, password: string): Promise<boolean> =>
  (await logInRedis(server, { user: APP, password })).kind === 'ok';
const passwordCount = async (server: Redis): Promise<number> => {
  const reply = (await server.send(['ACL', 'GETUSER', APP])) as readonly unknown[];
  return (reply[reply.indexOf('passwords') + 1] as readonly unknown[]).length;
};
const resetTo = (server: Redis, password: string) =>
  server.send(['ACL', 'SETUSER', APP, 'resetpass', `>${password}`]);

/** The change, and whether its end leaves the password from before. */
const SCENARIOS: Readonly<Record<string, (world: World, server: Redis) => Promise<unknown> | unknown>> = {
  'a rotation': (world) => world.wish({ kind: 'rotate' }),
  'an edit': (world) => world.edit('POSTGRES_PASSWORD', GOOD.other),
  'a rotation whose consumer fails': (world) => {
    world.failAt(2);
    world.wish({ kind: 'rotate' });
  },
  'a server that lost its users': async (world, server) => {
    await resetTo(server, LOST);
    await server.restart();
    world.pass(400_000);
  },
};

for (const [what, begin] of Object.entries(SCENARIOS)) {
  t.test(`${what} survives a crash after each call`, async (t) => {
    const server = await aServer(t);
    let crashes = 0;
    for (let isWhole = false; !isWhole; crashes += 1) {
      await resetTo(server, GOOD.password);
      let callsLeft = Number.POSITIVE_INFINITY;
      const world = aRedisWorld(server, () => {
        callsLeft -= 1;
        if (callsLeft === 0) throw new Crash();
      });
      await world.rest();
      await begin(world, server);
      callsLeft = crashes + 1;
      await world.rest();
      isWhole = callsLeft > 0;
      callsLeft = Number.POSITIVE_INFINITY;
      const { change, diverged } = world.record()?.login ?? {};
      const end = {
        opens: await opens(server, passwordIn(world)),
        passwords: await passwordCount(server),
        change: change?.phase,
        diverged,
      };
      const expected = { opens: true, passwords: 1, change: undefined, diverged: undefined };
      if (JSON.stringify(end) !== JSON.stringify(expected)) {
        t.same(end, expected, `crash ${crashes}`);
        return;
      }
    }
    t.comment(`${crashes} runs`);
    t.ok(crashes > 10);
  });
}

t.test('both passwords open the server while the consumers restart', async (t) => {
  const server = await aServer(t);
  const world = aRedisWorld(server);
  await world.rest();
  world.wish({ kind: 'rotate' });
  let refused = 0;
  let both = 0;
  for (let step = 0; step < 40 && (step < 2 || world.record()?.login?.change !== undefined); step += 1) {
    await world.step();
    const [old, current] = [await opens(server, GOOD.password), await opens(server, passwordIn(world))];
    if (!current) refused += 1;
    if (old && current && passwordIn(world) !== GOOD.password) both += 1;
    world.pass(200_000);
  }
  t.equal(refused, 0);
  t.ok(both > 0);
});

t.test('a server that loses the new password in any phase ends with one that opens it', async (t) => {
  for (const phase of ['verify', 'publish', 'rollout', 'drain', 'finalize']) {
    const server = await aServer(t);
    const world = aRedisWorld(server);
    await world.rest();
    world.wish({ kind: 'rotate' });
    for (let step = 0; step < 40 && world.record()?.login?.change?.phase !== phase; step += 1)
      await world.step();
    await resetTo(server, GOOD.password);
    await world.rest();
    t.ok(await opens(server, passwordIn(world)), phase);
    t.equal(await passwordCount(server), 1, phase);
    t.equal(world.record()?.login?.diverged, undefined, phase);
  }
});

t.test('a server that takes its password from the Secret restarts last', async (t) => {
  const server = await aRedis(t, { config: [ADMIN_LINE, `requirepass "${GOOD.password}"`] });
  const config = server.config();
  const world = aRedisWorld(server, undefined, 'REDIS_USERNAME');
  await world.rest();
  const now = () => world.deps.context.now();
  const aPod = (name: string) => ({
    name,
    password: passwordIn(world),
    stamp: undefined as string | undefined,
    since: now(),
  });
  const pods = [aPod('a-redis'), aPod('web')];
  const workloads = async () =>
    pods.map(({ name, stamp }) =>
      aWorkload({
        name,
        uses: new Map([['reconciliation-secrets', fixedUse('POSTGRES_PASSWORD')]]),
        versionAnnotation: stamp,
        created: new Date(0),
        runsRedis: name === 'a-redis',
      }),
    );
  const restarts: string[] = [];
  world.override({
    workloads: {
      advanceRollout: (secret, rollout) =>
        advanceRollout(secret, rollout, {
          workloads,
          workload: async (_, id) => (await workloads()).find(({ kind, name }) => id === `${kind}/${name}`),
          templateChangedAt: async ({ name }) => pods.find((pod) => pod.name === name)?.since,
          restart: async ({ name }, stamp) => {
            restarts.push(name);
            const password = passwordIn(world);
            Object.assign(pods.find((pod) => pod.name === name)!, { password, stamp, since: now() });
            if (name === 'web') return;
            writeFileSync(join(server.dir, 'redis.conf'), config.replace(GOOD.password, password));
            await server.restart();
          },
          now,
          propagation: 120_000,
        }),
    },
  });
  world.wish({ kind: 'rotate' });
  const end = () => world.record()?.login?.change === undefined && world.record()?.rollout === undefined;
  for (let step = 0; step < 60 && (step < 2 || !end()); step += 1) {
    await world.step();
    const { password } = pods.at(-1)!;
    t.match(await logInRedis(server, { user: 'default', password }), { kind: 'ok' }, `after step ${step}`);
    world.pass(30_000);
  }
  t.ok(end());
  t.not(passwordIn(world), GOOD.password);
  t.same(restarts, ['web', 'a-redis']);
});

for (const isResumed of [true, false]) {
  const end = isResumed ? 'until the Deployment is resumed' : 'for ten minutes, and then rolls back';
  t.test(`waits for the pods of a paused Deployment ${end}`, async (t) => {
    const server = await aServer(t);
    const world = aRedisWorld(server);
    await world.rest();
    const now = () => world.deps.context.now();
    const pod = { password: passwordIn(world), stamp: undefined as string | undefined, isPaused: true };
    const web = (): Workload =>
      aWorkload({
        name: 'web',
        uses: new Map([['reconciliation-secrets', fixedUse('POSTGRES_PASSWORD')]]),
        versionAnnotation: pod.stamp,
        created: new Date(0),
        progress: pod.isPaused
          ? {
              kind: 'held',
              reason: 'is paused',
              ...(pod.stamp !== undefined && { olderPods: 'it is paused' }),
            }
          : { kind: 'done' },
      });
    world.override({
      workloads: {
        advanceRollout: (secret, rollout, options) =>
          advanceRollout(secret, rollout, {
            workloads: async () => [web()],
            workload: async () => web(),
            templateChangedAt: async () => undefined,
            restart: async (_, stamp) => void Object.assign(pod, { stamp }),
            now,
            awaitsOlderPods: options.awaitsOlderPods,
          }),
      },
    });
    world.wish({ kind: 'rotate' });
    const isOver = () => world.record()?.login?.change === undefined;
    for (let step = 0; step < 80 && (step < 2 || !isOver()); step += 1) {
      await world.step();
      t.match(
        await logInRedis(server, { user: APP, password: pod.password }),
        { kind: 'ok' },
        `step ${step}`,
      );
      world.pass(30_000);
      if (isResumed && step === 10) Object.assign(pod, { isPaused: false, password: passwordIn(world) });
    }
    t.ok(isOver());
    t.equal(passwordIn(world) === GOOD.password, !isResumed);
    const steps = world.events.flatMap((event) => (event.kind === 'rollout-advanced' ? [event.step] : []));
    t.match(steps[0], { kind: 'held', reason: 'is paused' });
    if (!isResumed)
      t.match(steps[1], { kind: 'stopped', reason: 'was not rolled out within 10 minutes: it is paused' });
  });
}

t.test('says that a server without a file loses the password at a restart', async (t) => {
  for (const [options, expected] of [
    [{}, 0],
    [{ configFile: false }, 2],
  ] as const) {
    const server = await aRedis(t, { ...options, config: [ADMIN_LINE, APP_LINE] });
    const world = aRedisWorld(server);
    await world.rest();
    world.wish({ kind: 'rotate' });
    await world.rest();
    t.not(passwordIn(world), GOOD.password);
    const said = world.events.filter(({ kind }) => kind === 'password-not-saved').map(secretEventOf);
    t.equal(said.length, expected);
    t.same(new Set(said.map((event) => event?.identity)).size, Math.min(expected, 1), 'of one change');
  }
});

/** The obstacle, and a part of the reason. */
const REFUSALS: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['a foreign password', ['>of another manager'], /does not know/],
  ['a user that is off', ['off'], /off/],
  ['a user with nopass', ['nopass'], /needs no password \(nopass\); give it one with ACL SETUSER/],
];

for (const [what, rules, reason] of REFUSALS) {
  t.test(`refuses ${what} before anything is changed`, async (t) => {
    const server = await aServer(t);
    const world = aRedisWorld(server);
    await world.rest();
    await server.send(['ACL', 'SETUSER', APP, ...rules]);
    const before = await server.send(['ACL', 'LIST']);
    world.wish({ kind: 'rotate' });
    await world.rest();
    t.same(await server.send(['ACL', 'LIST']), before);
    t.equal(passwordIn(world), GOOD.password);
    t.match(JSON.stringify(world.record()?.login), reason);
  });
}

t.test('says that a user needs no password, if it became so in the middle of a change', async (t) => {
  const server = await aServer(t);
  const world = aRedisWorld(server);
  await world.rest();
  world.wish({ kind: 'rotate' });
  for (let step = 0; step < 40 && world.record()?.login?.change?.phase !== 'drain'; step += 1)
    await world.step();
  await server.send(['ACL', 'SETUSER', APP, 'nopass']);
  await world.rest();
  t.match(world.record()?.login, {
    change: undefined,
    failed: { reason: /user recon needs no password \(nopass\)/ },
  });
  t.equal(passwordIn(world), GOOD.password);
});

t.test('refuses a primary with replicas, and a cluster', async (t) => {
  const primary = await aServer(t);
  await aReplica(t, primary);
  await primary.send(['WAIT', '1', '60000']);
  const node = await aRedis(t, { config: [ADMIN_LINE, APP_LINE, CLUSTER_NODE] });
  for (const [server, reason] of [
    [primary, /has replicas/],
    [node, /node of a cluster/],
  ] as const) {
    const world = aRedisWorld(server);
    await world.rest();
    const statuses = world.events.filter(({ kind }) => kind === 'credential-status');
    t.match(JSON.stringify(statuses.at(-1)), reason, 'the condition says it before a change is due');
    world.wish({ kind: 'rotate' });
    await world.rest();
    t.equal(await passwordCount(server), 1);
    t.match(JSON.stringify(world.record()?.login), reason);
  }
});
