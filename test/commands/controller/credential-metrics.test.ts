import t from 'tap';
import { credentialMetricsObserver } from '../../../src/commands/controller/credential-metrics.ts';
import { GOOD } from '../../helpers/engine/engine.ts';
import { aLoginWorld } from '../../helpers/login/login-world.ts';

/** A world in which each call takes a second, and what was counted of it. */
function aWatchedWorld(options: Parameters<typeof aLoginWorld>[0] = {}) {
  let clock = 0;
  const ends: string[] = [];
  const steps: string[] = [];
  const windows: number[] = [];
  const verdicts = new Set<string>();
  const world = aLoginWorld({
    ...options,
    meanwhile: () => {
      clock += 500;
    },
  });
  const log = credentialMetricsObserver({
    metrics: {
      recordLogin: (verdict) => verdicts.add(verdict),
      recordPhase: (phase) => steps.push(phase),
      recordChange: (cause, end) => ends.push(`${cause} ${end}`),
      recordLoginUnavailable: (milliseconds) => windows.push(milliseconds),
    },
    now: () => clock,
  });
  Object.assign(world.needs, log.instrument('recon/reconciliation-secrets', { ...world.needs }));
  return { world, ends, steps, windows, verdicts, log };
}

t.test('a change in place is counted once, by its steps, and by how long nobody could log in', async (t) => {
  const { world, ends, steps, windows, verdicts } = aWatchedWorld();
  await world.rest();
  t.same([ends, steps, windows], [[], [], []], 'a login that is in step is none');
  world.wish({ kind: 'rotate' });
  await world.rest();
  t.same(ends, ['requested succeeded']);
  t.same(steps, ['preflight', 'apply', 'verify', 'publish', 'rollout', 'finalize']);
  t.equal(windows.length, 1);
  t.ok(windows.every((milliseconds) => milliseconds > 0));
  t.same([...verdicts], ['ok']);
});

t.test('of a pair nobody is locked out at any time', async (t) => {
  const { world, ends, windows } = aWatchedWorld({ strategy: 'AlternatingUsers' });
  await world.rest();
  world.wish({ kind: 'rotate' });
  await world.rest();
  t.same(ends, ['requested succeeded']);
  t.same(windows, []);
});

t.test(
  'of an edit the Secret was first: the answer of the server ends it, and it has no such stretch',
  async (t) => {
    const { world, ends, windows, verdicts } = aWatchedWorld();
    await world.rest();
    world.edit('POSTGRES_PASSWORD', GOOD.other);
    await world.rest();
    t.same(ends, ['edited succeeded']);
    t.same(windows, []);
    t.ok(verdicts.has('password-refused'));
  },
);

t.test('one whose consumers do not come up is undone, and both its stretches are told', async (t) => {
  const { world, ends, windows } = aWatchedWorld();
  await world.rest();
  world.failAt(2);
  world.wish({ kind: 'rotate' });
  await world.rest();
  t.same(ends, ['requested rolled-back']);
  t.equal(windows.length, 2);
});

t.test('one that is refused before anything was changed says so', async (t) => {
  const { world, ends, windows } = aWatchedWorld();
  await world.rest();
  world.refuse();
  world.wish({ kind: 'rotate' });
  await world.rest();
  t.same(ends, ['requested refused']);
  t.same(windows, []);
});

t.test('what is forgotten in the middle of a change is counted by its end all the same', async (t) => {
  const { world, ends, log } = aWatchedWorld();
  await world.rest();
  world.wish({ kind: 'rotate' });
  await world.step();
  log.forget('recon/reconciliation-secrets');
  await world.rest();
  t.same(ends, ['requested succeeded']);
});
