import t from 'tap';
import type { RolloutEvent } from '../../../src/controllers/ports.ts';
import { advanceRollout, type RolloutNeeds } from '../../../src/controllers/secret/rollout.ts';
import type { Rollout } from '../../../src/engine/secret/record/record.ts';
import { plainSecret } from '../../../src/engine/secret/secret.ts';
import { type Workload, workloadId } from '../../../src/engine/workloads/rollout/consumers.ts';
import type { RolloutProgress } from '../../../src/engine/workloads/rollout/progress.ts';
import { LockstepError } from '../../../src/errors/errors.ts';
import { KEYS, NAMES, RolloutWorld, type WorldEvent } from '../../helpers/engine/rollout-world.ts';
import { aRollout, at, aWorkload } from '../../helpers/engine/workload.ts';
import { fc } from '../../helpers/property.ts';

const SECRET = plainSecret({ namespace: 'shop', name: 'app' });
const UNDERWAY: RolloutProgress = { kind: 'underway', why: '1 of 3 pods are available' };

/** A namespace whose functions return the current content of `workloads`. */
function aNamespace(...workloads: Workload[]) {
  const calls: string[] = [];
  const events: string[] = [];
  const state = { workloads, now: at(60), fault: undefined as Error | undefined };
  const needs: RolloutNeeds = {
    workloads: async (namespace) => {
      calls.push(`list ${namespace}`);
      return state.workloads;
    },
    workload: async (_namespace, id) => {
      calls.push(`get ${id}`);
      return state.workloads.find((workload) => workloadId(workload) === id);
    },
    templateChangedAt: async (workload) => {
      calls.push(`revised ${workloadId(workload)}`);
      return undefined;
    },
    restart: async (workload, stamp) => {
      calls.push(`restart ${workloadId(workload)} ${stamp}`);
      if (state.fault !== undefined) throw state.fault;
    },
    now: () => state.now,
  };
  const advance = async (rollout: Rollout) => {
    calls.length = 0;
    const { event, ...advance } = await advanceRollout(SECRET, rollout, needs);
    if (event !== undefined) events.push(spelled(event));
    return advance;
  };
  return { state, calls, events, advance };
}

const spelled = (event: RolloutEvent): string =>
  event.kind === 'finished'
    ? `finished ${event.workloads}`
    : `${event.kind} ${workloadId(event.workload)} ${event.version}${'reason' in event ? `: ${event.reason}` : ''}`;

const api = aWorkload({ name: 'api' });
const worker = aWorkload({ name: 'worker' });

t.test('one step is one restart, the last step finishes, and each event is recorded once', async (t) => {
  const { advance, calls, events } = aNamespace(worker, api);
  const first = await advance(aRollout());
  t.same(calls, ['list shop', 'revised Deployment/api', 'restart Deployment/api 2']);
  t.equal(first.requeueAfter, 100);
  const second = await advance(first.rollout ?? aRollout());
  t.same(calls, [
    'get Deployment/api',
    'list shop',
    'revised Deployment/worker',
    'restart Deployment/worker 2',
  ]);
  const third = await advance(second.rollout ?? aRollout());
  t.same(third, { rollout: undefined, requeueAfter: undefined });
  t.same(events, ['restarted Deployment/api 2', 'restarted Deployment/worker 2', 'finished 2']);
});

t.test('while a workload is awaited, no other one is read and nothing is written', async (t) => {
  const { advance, calls, state, events } = aNamespace(worker, aWorkload({ progress: UNDERWAY }));
  const rollout = aRollout({
    done: new Map([['Deployment/api', 2]]),
    current: { workload: 'Deployment/api', since: at(60) },
  });
  for (const [seconds, after] of [
    [60, 100],
    [61, 500],
    [90, 1000],
  ] as const) {
    state.now = at(seconds);
    const waiting = await advance(rollout);
    t.same(calls, ['get Deployment/api']);
    t.equal(waiting.rollout, rollout);
    t.equal(waiting.requeueAfter, after);
  }
  t.same(events, []);
});

t.test(
  'a workload that takes longer than ten minutes stops the rollout, which is reported once',
  async (t) => {
    const { advance, state, events } = aNamespace(worker, aWorkload({ progress: UNDERWAY }));
    state.now = at(1000);
    const rollout = aRollout({
      done: new Map([['Deployment/api', 2]]),
      current: { workload: 'Deployment/api', since: at(60) },
    });
    const stopped = await advance(rollout);
    t.equal(stopped.requeueAfter, 30_000);
    const again = await advance(stopped.rollout ?? rollout);
    t.equal(again.rollout, stopped.rollout);
    t.equal(again.requeueAfter, 30_000);
    t.same(events, [
      'stopped Deployment/api 2: was not rolled out within 10 minutes: 1 of 3 pods are available',
    ]);
  },
);

t.test('a step whose rollout was not stored runs again with the same effect', async (t) => {
  const { advance, calls } = aNamespace(api);
  await advance(aRollout());
  const before = [...calls];
  await advance(aRollout());
  t.same(calls, before);
});

t.test('a rollout without consumers records no event', async (t) => {
  const { advance, events } = aNamespace(aWorkload({ uses: new Map() }));
  t.same(await advance(aRollout()), { rollout: undefined, requeueAfter: undefined });
  t.same(events, []);
});

t.test('a workload that changes at the same moment is read again', async (t) => {
  const { advance, state, events } = aNamespace(api);
  state.fault = new LockstepError('CLUSTER_CONFLICT', ['restarting']);
  const rollout = aRollout();
  t.same(await advance(rollout), { rollout, requeueAfter: 100 });
  t.same(events, []);
});

t.test('a refused restart stops the rollout, which continues when the restart is allowed', async (t) => {
  const { advance, state, events } = aNamespace(api);
  state.fault = new LockstepError('RESTART_REFUSED', ['Deployment shop/api', 'this user may not patch it']);
  const stopped = await advance(aRollout());
  t.match(stopped, { rollout: { stopped: { workload: 'Deployment/api' } }, requeueAfter: 30_000 });
  const again = await advance(stopped.rollout ?? aRollout());
  t.equal(again.rollout, stopped.rollout, 'that is told once');
  state.fault = undefined;
  const restarted = await advance(stopped.rollout ?? aRollout());
  t.match(restarted.rollout, { stopped: undefined, current: { workload: 'Deployment/api' } });
  t.match(events, [/^stopped .*this user may not patch it/, 'restarted Deployment/api 2']);
});

t.test('any other error is passed to the caller', async (t) => {
  const { advance, state } = aNamespace(api);
  state.fault = new LockstepError('CLUSTER_TIMEOUT', ['https://x', 'restarting']);
  await t.rejects(advance(aRollout()), state.fault);
  for (const more of [{}, { code: 'LOCKSTEP_RESTART_REFUSED' }]) {
    state.fault = Object.assign(new TypeError('a bug'), more);
    await t.rejects(advance(aRollout()), state.fault);
  }
});

t.test('every consumer gets the newest value, whatever happens and wherever the process ends', async (t) => {
  const name = fc.constantFrom(...NAMES);
  const ticks = fc.constantFrom(0, 0, 1, 5, 700);
  const happening: fc.Arbitrary<WorldEvent> = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant('change'), ticks, key: fc.constantFrom(...KEYS) }),
    },
    { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom('advance', 'crash', 'rolled-out'), ticks }) },
    fc.record({ kind: fc.constantFrom('sicken', 'cure', 'delete', 'create'), ticks, name }),
    // Within the second of a change, its order could not be determined.
    fc.record({
      kind: fc.constant('edit'),
      ticks: fc.constant(1),
      name,
      stamp: fc.integer({ min: 1, max: 9 }),
    }),
  );
  const property = fc.asyncProperty(fc.array(happening, { maxLength: 40 }), async (happenings) => {
    const world = new RolloutWorld();
    for (const one of happenings) {
      await world.happen(one);
      if (one.kind === 'edit') await world.happen({ kind: 'cure', name: one.name, ticks: 1 });
    }
    await world.end();
    return world.faults.length === 0;
  });
  await t.resolves(fc.assert(property, { numRuns: 2000 }));
});
