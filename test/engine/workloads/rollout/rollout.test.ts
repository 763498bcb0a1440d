import t from 'tap';
import { extendRollout } from '../../../../src/engine/secret/record/extend-rollout.ts';
import type { Rollout } from '../../../../src/engine/secret/record/record.ts';
import { type Workload, workloadId } from '../../../../src/engine/workloads/rollout/consumers.ts';
import type { RolloutProgress } from '../../../../src/engine/workloads/rollout/progress.ts';
import {
  concernsWorkload,
  nextDue,
  nextRolloutStep,
  type RolloutInput,
  type RolloutStep,
  rolloutAfterStep,
} from '../../../../src/engine/workloads/rollout/rollout.ts';
import { aRollout, at, aWorkload, fixedUse, liveUse } from '../../../helpers/engine/workload.ts';

const TEN_MINUTES = 600_000;
const UNDERWAY: RolloutProgress = { kind: 'underway', why: '1 of 3 pods are available' };
const FAILED: RolloutProgress = { kind: 'failed', reason: 'exceeded its progress deadline' };
const HELD: RolloutProgress = { kind: 'held', reason: 'is paused' };

const api = aWorkload({ name: 'api' });
const worker = aWorkload({ name: 'worker' });

function situation(
  rollout: Partial<Rollout>,
  workloads: readonly Workload[],
  rest: Partial<RolloutInput> = {},
): RolloutInput {
  return {
    rollout: aRollout(rollout),
    secret: 'app',
    workloads,
    revisedAt: undefined,
    now: at(60),
    timeout: TEN_MINUTES,
    ...rest,
  };
}

/** `restart Deployment/api 2` */
function step(...given: Parameters<typeof situation>): string {
  const reported = nextRolloutStep(situation(...given));
  if (reported.kind === 'finished') return reported.kind;
  const more = 'stamp' in reported ? (reported.stamp ?? '-') : '';
  const reason = 'reason' in reported ? reported.reason : '';
  return [reported.kind, workloadId(reported.workload), more, reason].filter((word) => word !== '').join(' ');
}

const waitingFor = (workload: string, seconds = 0): Partial<Rollout> => ({
  done: new Map([[workload, 2]]),
  current: { workload, since: at(seconds) },
});

const stoppedAt = (workload: string): Partial<Rollout> => ({
  done: new Map([[workload, 2]]),
  stopped: { workload, reason: 'was not rolled out' },
});

t.test('restarts only the workloads that read a changed key, in order', async (t) => {
  const other = aWorkload({ name: 'a', uses: new Map([['app', fixedUse('CSRF_SECRET')]]) });
  const stranger = aWorkload({ name: 'b', uses: new Map([['other', fixedUse('JWT_SECRET')]]) });
  t.equal(step({}, [worker, stranger, api, other]), 'restart Deployment/api 2');
  t.equal(
    step({ done: new Map([['Deployment/api', 2]]) }, [worker, stranger, api, other]),
    'restart Deployment/worker 2',
  );
  t.equal(step({}, [stranger, other]), 'finished');
  t.equal(step({}, []), 'finished');
});

t.test('restarts a workload that reads a volume, since few programs read a file again', async (t) => {
  t.equal(
    step({}, [aWorkload({ uses: new Map([['app', liveUse('JWT_SECRET')]]) })]),
    'restart Deployment/api 2',
  );
});

t.test('restarts a Redis server when each pod reads the new password', async (t) => {
  const redis = aWorkload({ name: 'a', runsRedis: true });
  const done = new Map([['Deployment/api', 2]]);
  t.equal(step({}, [redis, api], { propagation: 120_000 }), 'restart Deployment/api 2');
  t.match(nextRolloutStep(situation({ done }, [redis, api], { propagation: 120_000 })), {
    kind: 'wait',
    remaining: 60_000,
  });
  t.equal(step({ done }, [redis, api], { propagation: 60_000 }), 'restart Deployment/a 2');
  const restarted = { propagation: 120_000, revisedAt: at(30) };
  t.match(step({ done }, [redis, api], restarted), /^restart Deployment\/a/, 'its pods are younger');
});

t.test('skips a workload that opted out', async (t) => {
  t.equal(step({}, [aWorkload({ optedOut: true }), worker]), 'restart Deployment/worker 2');
});

t.test('waits until a workload is rolled out before the next restart', async (t) => {
  const busy = aWorkload({ progress: UNDERWAY });
  t.equal(step(waitingFor('Deployment/api'), [busy, worker]), 'wait Deployment/api');
  t.equal(step(waitingFor('Deployment/api'), [api, worker]), 'restart Deployment/worker 2');
  t.equal(
    step(waitingFor('Deployment/worker'), [aWorkload({ name: 'worker', progress: UNDERWAY })]),
    'wait Deployment/worker',
  );
});

t.test('stops waiting for a workload that is deleted or opts out', async (t) => {
  t.equal(step(waitingFor('Deployment/api'), [worker]), 'restart Deployment/worker 2');
  t.equal(step(stoppedAt('Deployment/api'), [worker]), 'restart Deployment/worker 2');
  const out = aWorkload({ progress: UNDERWAY, optedOut: true });
  t.equal(step(stoppedAt('Deployment/api'), [out, worker]), 'restart Deployment/worker 2');
});

t.test('stops the rollout on a failure, or after the timeout', async (t) => {
  const failed = aWorkload({ progress: FAILED });
  t.equal(
    step(waitingFor('Deployment/api'), [failed, worker]),
    'stopped Deployment/api exceeded its progress deadline',
  );
  const slow = aWorkload({ progress: UNDERWAY });
  t.equal(step(waitingFor('Deployment/api'), [slow], { now: at(600) }), 'wait Deployment/api');
  const reason = 'was not rolled out within 10 minutes: 1 of 3 pods are available';
  t.equal(step(waitingFor('Deployment/api'), [slow], { now: at(601) }), `stopped Deployment/api ${reason}`);
  const set = aWorkload({ kind: 'StatefulSet', progress: UNDERWAY });
  t.match(step(waitingFor('StatefulSet/api'), [set], { now: at(601) }), /delete the pod that is not ready/);
});

t.test('continues a stopped rollout when the workload is healthy', async (t) => {
  const slow = aWorkload({ progress: UNDERWAY });
  t.equal(step(stoppedAt('Deployment/api'), [slow, worker]), 'stopped Deployment/api was not rolled out');
  t.equal(
    step(stoppedAt('Deployment/api'), [aWorkload({ progress: FAILED })]),
    'stopped Deployment/api was not rolled out',
  );
  t.equal(step(stoppedAt('Deployment/api'), [api, worker]), 'restart Deployment/worker 2');
  t.equal(step(stoppedAt('Deployment/api'), [api]), 'finished');
});

t.test('annotates a paused workload without waiting for it', async (t) => {
  const paused = aWorkload({ progress: HELD });
  t.equal(step({}, [paused, worker]), 'passed Deployment/api 2 is paused');
  t.equal(step({ done: new Map([['Deployment/api', 2]]) }, [paused, worker]), 'restart Deployment/worker 2');
  t.equal(
    step(waitingFor('Deployment/api'), [paused, worker]),
    'passed Deployment/api - is paused',
    'paused meanwhile',
  );
});

t.test('waits for pods that a person must replace, if they lose their login', async (t) => {
  const rest = { awaitsOlderPods: true };
  const olderPods = 'it is paused';
  const paused = aWorkload({ progress: { ...HELD, olderPods } });
  t.equal(step({}, [paused], rest), 'restart Deployment/api 2');
  const waiting = waitingFor('Deployment/api');
  t.equal(step(waiting, [paused], rest), 'wait Deployment/api');
  t.equal(
    step(waiting, [paused], { ...rest, now: at(601) }),
    'stopped Deployment/api was not rolled out within 10 minutes: it is paused',
  );
  const partitioned = aWorkload({ progress: { kind: 'done', olderPods } });
  t.equal(step(waiting, [partitioned], rest), 'wait Deployment/api');
  t.equal(step(waiting, [partitioned]), 'finished');
  t.equal(step(waiting, [aWorkload({ progress: { kind: 'done' } })], rest), 'finished');
  t.equal(
    step(waiting, [{ ...paused, optedOut: true }], rest),
    'finished',
    'its owner lets the others continue',
  );
});

const LEFT: Partial<Workload> = { revision: { kind: 'replicasets', name: 'any' } };
const leftFor = (seconds: number): [Partial<Rollout>, Partial<RolloutInput>] => [
  { current: { workload: 'Deployment/api', since: at(0), leftToReloader: true } },
  { reloader: 'due', now: at(seconds) },
];

t.test('leaves the restart to Reloader, and waits two minutes for it', async (t) => {
  const left = aWorkload(LEFT);
  t.equal(step({}, [left, worker], { reloader: 'due' }), 'left Deployment/api');
  const [waiting, within] = leftFor(120);
  t.equal(step(waiting, [left, worker], within), 'wait Deployment/api');
  const [late, after] = leftFor(121);
  const wayOn =
    '(check that Reloader runs and watches this namespace, or run kubectl -n shop rollout restart deployment/api)';
  const reason = `was not restarted by Reloader within 2 minutes ${wayOn}`;
  t.equal(step(late, [left, worker], after), `stopped Deployment/api ${reason}`);
  const short = { ...after, now: at(61), timeout: 60_000 };
  t.match(step(late, [left, worker], short), /within 60 seconds/, 'the limit of a consumer counts too');
  const stopped = { stopped: { workload: 'Deployment/api', reason: 'x' } };
  t.equal(step(stopped, [left, worker], after), 'stopped Deployment/api x');
});

t.test('waits longer for a pause or a canary of Reloader, but not for ever', async (t) => {
  const [waiting, after] = leftFor(600);
  const canary = aWorkload({ revision: undefined });
  t.equal(step(waiting, [canary], after), 'wait Deployment/api');
  t.match(step(waiting, [canary], { ...after, now: at(601) }), /^stopped .* within 10 minutes/);
  const unready = aWorkload({ ...LEFT, progress: UNDERWAY });
  t.match(step(waiting, [unready], after), /^stopped .* within 2 minutes/, 'pods that lost their login');
});

t.test('a restart by Reloader, or by anybody, is followed to its end', async (t) => {
  const [waiting] = leftFor(5);
  const left = aWorkload(LEFT);
  for (const rest of [{ reloader: 'reloaded' }, { reloader: 'due', revisedAt: at(1) }] as const) {
    t.equal(step(waiting, [left], rest), 'restart Deployment/api -');
    t.equal(step({}, [left], rest), 'restart Deployment/api -', 'it may be faster than the first look');
    const stopped = { stopped: { workload: 'Deployment/api', reason: 'x' } };
    t.equal(step(stopped, [left], rest), 'restart Deployment/api -');
  }
  const restarted = nextRolloutStep(situation(waiting, [left], { reloader: 'reloaded' }));
  t.match(rolloutAfterStep(aRollout(waiting), restarted, at(9)), {
    done: new Map([['Deployment/api', 2]]),
    current: { workload: 'Deployment/api', since: at(9) },
  });
  const canary = aWorkload({ kind: 'Rollout', revision: undefined });
  t.equal(step({}, [canary], { reloader: 'reloaded' }), 'left Rollout/api', 'until its canary is promoted');
});

t.test('a CronJob, or a paused workload, holds up no other one', async (t) => {
  const rest = { reloader: 'due' } as const;
  t.equal(step({}, [aWorkload({ ...LEFT, kind: 'CronJob' })], rest), 'restart CronJob/api -');
  const paused = aWorkload({ ...LEFT, progress: HELD });
  t.equal(step({}, [paused], rest), 'passed Deployment/api - is paused');
  t.equal(
    step({}, [paused], { ...rest, awaitsOlderPods: true }),
    'left Deployment/api',
    'its pods would lose their login',
  );
});

t.test('Reloader gets its full time for each version', async (t) => {
  const [waiting] = leftFor(0);
  const version = {
    number: 3,
    time: at(100),
    keys: ['JWT_SECRET'],
    by: '',
    why: { kind: 'changed' } as const,
  };
  const extended = extendRollout(aRollout(waiting), { ...version, data: undefined }, { has: () => true });
  t.same(extended.current, { workload: 'Deployment/api', since: at(100), leftToReloader: true });
});

t.test('does not restart a workload that was created after the change', async (t) => {
  t.equal(step({}, [aWorkload({ created: at(1) })]), 'finished');
  t.equal(
    step({}, [aWorkload({ created: at(0) })]),
    'restart Deployment/api 2',
    'in the same second nobody knows',
  );
});

t.test('waits for a workload whose template is newer than the Secret, without a change', async (t) => {
  t.equal(step({}, [api], { revisedAt: at(1) }), 'restart Deployment/api -');
  const ours = aWorkload({ versionAnnotation: '2' });
  t.equal(
    step({}, [ours], { revisedAt: at(1) }),
    'restart Deployment/api 2',
    'it was us, which nobody has told',
  );
  t.equal(step({}, [api], { revisedAt: at(0) }), 'restart Deployment/api 2');
  t.equal(step({}, [api], { revisedAt: at(-1) }), 'restart Deployment/api 2');
});

t.test('distinguishes a copied annotation from its own', async (t) => {
  const copied = aWorkload({ versionAnnotation: '2' });
  t.equal(step({}, [copied], { revisedAt: at(-1) }), 'restart Deployment/api app=2');
  t.equal(
    step({}, [copied], { revisedAt: at(0) }),
    'restart Deployment/api 2',
    'ours: the process ended right after',
  );
  t.equal(step({}, [copied]), 'restart Deployment/api 2', 'ours: not seen by its controller yet');
});

t.test('restarts a workload once for several versions', async (t) => {
  const changes = [
    { number: 2, time: at(0), keys: ['JWT_SECRET'] },
    { number: 3, time: at(10), keys: ['CSRF_SECRET'] },
    { number: 4, time: at(20), keys: ['JWT_SECRET'] },
  ];
  const csrf = aWorkload({ name: 'csrf', uses: new Map([['app', fixedUse('CSRF_SECRET')]]) });
  t.equal(step({ changes }, [api, csrf]), 'restart Deployment/api 4');
  t.equal(
    step({ changes, done: new Map([['Deployment/api', 4]]) }, [api, csrf]),
    'restart Deployment/csrf 4',
  );
  t.equal(
    step(
      {
        changes,
        done: new Map([
          ['Deployment/api', 4],
          ['Deployment/csrf', 3],
        ]),
      },
      [api, csrf],
    ),
    'finished',
  );
});

t.test('a newer version does not wait for an earlier or a stopped one', async (t) => {
  const changes = [
    { number: 2, time: at(0), keys: ['JWT_SECRET'] },
    { number: 3, time: at(30), keys: ['JWT_SECRET'] },
  ];
  const first = aWorkload({ name: 'a' });
  const busy = aWorkload({ progress: UNDERWAY });
  t.equal(step({ ...waitingFor('Deployment/api'), changes }, [first, busy]), 'restart Deployment/api 3');
  t.equal(
    step({ done: new Map([['Deployment/api', 2]]), changes }, [aWorkload({ progress: FAILED })]),
    'restart Deployment/api 3',
  );
});

t.test('a newer version waits if the awaited workload does not read it', async (t) => {
  const changes = [
    { number: 2, time: at(0), keys: ['JWT_SECRET'] },
    { number: 3, time: at(30), keys: ['CSRF_SECRET'] },
  ];
  const csrf = aWorkload({ name: 'csrf', uses: new Map([['app', fixedUse('CSRF_SECRET')]]) });
  const busy = aWorkload({ progress: UNDERWAY });
  t.equal(step({ ...waitingFor('Deployment/api'), changes }, [busy, csrf]), 'wait Deployment/api');
});

t.test('a newer version waits if the stopped workload does not read it', async (t) => {
  const stopped = { workload: 'Deployment/api', reason: 'has failed' };
  const before = aRollout({ done: new Map([['Deployment/api', 2]]), stopped });
  const version = {
    number: 3,
    time: at(30),
    keys: ['CSRF_SECRET'],
    by: '',
    why: { kind: 'changed' },
    data: undefined,
  } as const;
  const after = extendRollout(before, version, { has: () => true });
  const csrf = aWorkload({ name: 'csrf', uses: new Map([['app', fixedUse('CSRF_SECRET')]]) });
  t.match(step(after, [aWorkload({ progress: FAILED }), csrf]), /^stopped Deployment.api /);
  t.equal(step(after, [aWorkload({ progress: { kind: 'done' } }), csrf]), 'restart Deployment/csrf 3');
  const healing = extendRollout(before, { ...version, keys: ['JWT_SECRET'] }, { has: () => true });
  t.equal(step(healing, [aWorkload({ progress: FAILED }), csrf]), 'restart Deployment/api 3');
});

t.test('records each step', async (t) => {
  const rollout = aRollout();
  const restart: RolloutStep = { kind: 'restart', workload: api, stamp: '2' };
  t.equal(rolloutAfterStep(rollout, { kind: 'finished' }, at(60)), undefined);
  t.equal(rolloutAfterStep(rollout, { kind: 'wait', workload: api, why: '' }, at(60)), rollout);
  const restarted = rolloutAfterStep(rollout, restart, at(60)) ?? rollout;
  t.same(restarted.current, { workload: 'Deployment/api', since: at(60) });
  t.same([...restarted.done], [['Deployment/api', 2]]);
  const stop: RolloutStep = { kind: 'stopped', workload: api, reason: 'has failed' };
  const stopped = rolloutAfterStep(restarted, stop, at(70)) ?? rollout;
  t.same(
    [stopped.current, stopped.stopped],
    [undefined, { workload: 'Deployment/api', reason: 'has failed' }],
  );
  t.equal(rolloutAfterStep(stopped, stop, at(80)), stopped);
  const passed = rolloutAfterStep(
    restarted,
    { kind: 'passed', workload: api, reason: '', stamp: undefined },
    at(70),
  );
  t.same([passed?.current, passed?.stopped], [undefined, undefined]);
});

t.test('tells whether one workload alone decided a step', async (t) => {
  const given = situation(waitingFor('Deployment/api'), [api]);
  t.notOk(concernsWorkload(nextRolloutStep(given), 'Deployment/api'), 'it is through: now the others count');
  const busy = situation(waitingFor('Deployment/api'), [aWorkload({ progress: UNDERWAY })]);
  t.ok(concernsWorkload(nextRolloutStep(busy), 'Deployment/api'));
  t.equal(nextDue(aRollout(), 'app', [])?.workload, undefined);
});
