import t from 'tap';
import { openSessionsRefusal } from '../../../src/controllers/postgres/role-session.ts';
import type { RoleFacts } from '../../../src/engine/login/postgres/role-server.ts';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import { LockstepError } from '../../../src/errors/errors.ts';
import { textOf } from '../../helpers/controllers/secret-world.ts';
import { GOOD } from '../../helpers/engine/engine.ts';
import { crashAtPhase } from '../../helpers/login/crash-at-phase.ts';
import { APP, aLoginWorld } from '../../helpers/login/login-world.ts';

const PAIR = `${APP}_alt`;
const EACH_MINUTE = { schedule: { schedule: '* * * * *', timeZone: undefined, window: undefined } };
/** The message of the server after it refuses. */
const REFUSED = new LockstepError('POSTGRES_REFUSED', ['db:5432', 'no']).message;

type World = ReturnType<typeof aLoginWorld>;

const lastNumber = (world: World): number => world.record()?.versions.at(-1)?.number ?? 0;

/** A stopped rollout that does not concern the login. Returns a function that makes its workload healthy again. */
async function stopped(world: World): Promise<() => void> {
  const { advanceRollout: advance } = world.deps.workloads;
  world.failAt(lastNumber(world) + 1);
  world.edit('NOTE', 'of no matter');
  await world.settle();
  if (world.record()?.rollout?.stopped === undefined) throw new Error('it has not stopped');
  return () => world.override({ workloads: { advanceRollout: advance } });
}

t.test('SingleUser: a rollback that the server refuses ends as diverged', async (t) => {
  const world = aLoginWorld();
  await world.rest();
  world.wish({ kind: 'rotate' });
  world.deaf(1);
  const hasDied = crashAtPhase(world, 'rollback-apply', () => world.refuse());
  await world.rest();
  t.ok(hasDied());
  t.equal(world.record()?.login?.diverged?.reason, REFUSED);
});

t.test(
  'AlternatingUsers: a rollback completes if the server refuses to remove the new password',
  async (t) => {
    const world = aLoginWorld({ strategy: 'AlternatingUsers' });
    await world.rest();
    world.wish({ kind: 'rotate' });
    world.failAt(2);
    const hasDied = crashAtPhase(world, 'rollback-apply', () => world.refuse());
    await world.rest();
    t.ok(hasDied());
    t.match(world.record()?.login, { diverged: undefined, current: { role: APP }, failed: { undone: true } });
    t.ok(world.isOpen());
  },
);

t.test('a login stays in use if the server refuses to retire it', async (t) => {
  const world = aLoginWorld({ strategy: 'AlternatingUsers' });
  await world.rest();
  world.wish({ kind: 'rotate' });
  const hasDied = crashAtPhase(world, 'finalize', () => world.refuse());
  await world.rest();
  t.ok(hasDied());
  t.match(world.record()?.login, { diverged: undefined, failed: { undone: true, reason: REFUSED } });
  t.equal(world.written().role, APP);
  t.equal(world.server.get(APP)?.password, GOOD.password);
});

t.test('AlternatingUsers: an owner role that fails to take over loses its password again', async (t) => {
  const world = aLoginWorld({ strategy: 'AlternatingUsers' });
  await world.rest();
  world.wish({ kind: 'rotate' });
  await world.rest();
  t.equal(world.written().role, PAIR);
  world.wish({ kind: 'rotate' });
  world.failAt(lastNumber(world) + 1);
  await world.rest();
  t.match(world.record()?.login, { diverged: undefined, failed: { undone: true } });
  t.equal(world.written().role, PAIR);
  t.equal(world.server.get(APP)?.password, undefined);
  t.ok(world.isOpen());
});

t.test(
  'AlternatingUsers: a login that a client writes back during the rollback keeps its password',
  async (t) => {
    let isWatched = false;
    const world: World = aLoginWorld({
      strategy: 'AlternatingUsers',
      meanwhile: () => {
        if (isWatched && !world.isOpen()) throw new Error('nobody could log in');
      },
    });
    await world.rest();
    world.wish({ kind: 'rotate' });
    world.failAt(2);
    const hasDied = crashAtPhase(world, 'rollback-apply', () => {
      const { secret } = world.held() ?? {};
      const data = world.record()?.versions.find(({ number }) => number === 2)?.data;
      if (secret === undefined || data === undefined) throw new Error('it was there');
      world.write({ ...secret, data }, 'argocd');
      isWatched = true;
    });
    await world.rest();
    t.ok(hasDied());
    t.equal(world.written().role, PAIR);
    t.match(world.record()?.login, { diverged: undefined, current: { role: PAIR } });
  },
);

t.test('an edit that no login succeeds with is rolled back on the server and in the Secret', async (t) => {
  const world = aLoginWorld();
  await world.rest();
  world.edit('POSTGRES_PASSWORD', GOOD.other);
  world.deaf(1);
  await world.rest();
  t.match(world.record()?.login, { diverged: undefined, failed: { undone: true } });
  t.equal(textOf(world.held()?.secret.data, 'POSTGRES_PASSWORD'), GOOD.password);
  t.equal(world.server.get(APP)?.password, GOOD.password);
});

t.test('a stopped rollout refuses a rotation, and stays stopped', async (t) => {
  for (const spec of [EACH_MINUTE, {}]) {
    const world = aLoginWorld({ spec });
    await world.settle();
    await stopped(world);
    const before = world.written();
    if (spec === EACH_MINUTE) world.pass(400_000);
    else world.wish({ kind: 'rotate' });
    await world.step();
    t.match(world.record()?.login, {
      change: undefined,
      failed: { undone: false, reason: /^Deployment\/api has not taken up the version before/ },
    });
    t.ok(world.record()?.rollout?.stopped);
    t.same(world.written(), before);
    t.ok(world.isOpen());
  }
});

t.test('a server that was reset gets its password although a rollout has stopped', async (t) => {
  const world = aLoginWorld();
  await world.rest();
  world.wish({ kind: 'rotate' });
  await world.rest();
  const cure = await stopped(world);
  world.alter(APP, GOOD.password);
  world.failOver();
  cure();
  world.pass(400_000);
  await world.rest();
  t.match(world.record()?.login, { diverged: undefined, failed: undefined });
  t.ok(world.isOpen());
});

t.test('the status reports no restart after restart is switched off', async (t) => {
  const world = aLoginWorld();
  await world.rest();
  const { advanceRollout: advance } = world.deps.workloads;
  const { forSecret: credentialOf } = world.deps.credentials;
  const waiting: typeof advance = async (_, rollout) => ({ rollout, requeueAfter: 1000 });
  const unrestarted: typeof credentialOf = (place, system) => {
    const credential = credentialOf(place, system);
    const consumers = { restart: false, timeout: 600_000 };
    return credential && { ...credential, spec: { ...credential.spec, consumers } };
  };
  world.wish({ kind: 'rotate' });
  world.override({ workloads: { advanceRollout: waiting } });
  await world.settle();
  t.match(world.reported.at(-1)?.conditions[2]?.message, /are restarted/);
  world.reported.length = 0;
  world.override({ credentials: { forSecret: unrestarted } });
  await world.rest();
  t.ok(world.record()?.login?.rotated);
  t.notOk(world.reported.some(({ conditions }) => /restarted/.test(conditions[2]?.message ?? '')));
});

t.test('a role with sessions is not changed, except for an edit', async (t) => {
  const to = { role: APP, password: Sensitive.fromText(GOOD.password) };
  const left = (sessions: number | undefined, cause: 'requested' | 'edited') =>
    openSessionsRefusal({ sessions } as RoleFacts, { cause, to });
  t.equal(left(0, 'requested'), undefined);
  t.equal(left(undefined, 'requested'), undefined);
  t.equal(left(2, 'edited'), undefined);
  t.match(left(1, 'requested'), { kind: 'refused', reason: /still has one session, / });
  t.match(left(2, 'requested'), { kind: 'refused', reason: /still has 2 sessions, / });
});
