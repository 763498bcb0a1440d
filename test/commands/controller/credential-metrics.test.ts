import t from 'tap';
import { credentialMetricsObserver } from '../../../src/commands/controller/credential-metrics.ts';
import { GOOD } from '../../helpers/engine/engine.ts';
import { aLoginWorld } from '../../helpers/login/login-world.ts';

/** A world in which each call takes a second, with its metrics. */
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
  world.override(log.instrument('recon/reconciliation-secrets', { ...world.deps }));
  return { world, ends, steps, windows, verdicts, log };
}

t.test('counts a single-user change once, with its phases and the time without a login', async (t) => {
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

t.test('counts no time without a login for alternating users', async (t) => {
  const { world, ends, windows } = aWatchedWorld({ strategy: 'AlternatingUsers' });
  await world.rest();
  world.wish({ kind: 'rotate' });
  await world.rest();
  t.same(ends, ['requested succeeded']);
  t.same(windows, []);
});

t.test('counts no time without a login after an edit, where the Secret changes first', async (t) => {
  const { world, ends, windows, verdicts } = aWatchedWorld();
  await world.rest();
  world.edit('POSTGRES_PASSWORD', GOOD.other);
  await world.rest();
  t.same(ends, ['edited succeeded']);
  t.same(windows, []);
  t.ok(verdicts.has('password-refused'));
});

t.test('counts both times of a change that is rolled back because a consumer is not healthy', async (t) => {
  const { world, ends, windows } = aWatchedWorld();
  await world.rest();
  world.failAt(2);
  world.wish({ kind: 'rotate' });
  await world.rest();
  t.same(ends, ['requested rolled-back']);
  t.equal(windows.length, 2);
});

t.test('counts a change that was refused before it began', async (t) => {
  const { world, ends, windows } = aWatchedWorld();
  await world.rest();
  world.refuse();
  world.wish({ kind: 'rotate' });
  await world.rest();
  t.same(ends, ['requested refused']);
  t.same(windows, []);
});

t.test('counts a change that was forgotten in the middle by its end', async (t) => {
  const { world, ends, log } = aWatchedWorld();
  await world.rest();
  world.wish({ kind: 'rotate' });
  await world.step();
  log.forget('recon/reconciliation-secrets');
  await world.rest();
  t.same(ends, ['requested succeeded']);
});
