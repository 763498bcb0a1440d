import t from 'tap';
import { conflictBreaker } from '../../../src/commands/controller/conflict-breaker.ts';
import { eventDeduplicator, kubernetesEvents } from '../../../src/commands/controller/kubernetes-events.ts';
import { reconcile } from '../../../src/commands/controller/reconcile.ts';
import { reconcileLog } from '../../../src/commands/controller/reconcile-log.ts';
import { reconcileMetrics } from '../../../src/commands/controller/reconcile-metrics.ts';
import { fanOut, identityOf } from '../../../src/controllers/domain-event.ts';
import { LockstepError } from '../../../src/errors/errors.ts';
import type { Log } from '../../../src/log.ts';
import type { ControllerMetricsPage } from '../../../src/metrics/metrics.ts';
import { type DepsOverrides, withDeps } from '../../helpers/controllers/reconciler-deps.ts';
import { aSecretWorld } from '../../helpers/controllers/secret-world.ts';
import { aSecret, builtins, GOOD, STORY, STORY_URL } from '../../helpers/engine/engine.ts';

const PLACE = { namespace: 'recon', name: 'reconciliation-secrets' };
const WHOLE = { ...STORY, DATABASE_URL: STORY_URL };

/** A log for a Secret whose consumers are restarted, with its output. */
function aJournal() {
  const gauges = new Map<string, unknown>();
  const events: string[] = [];
  const lines: string[] = [];
  const metrics = new Proxy({}, { get: (_, name) => (value: unknown) => gauges.set(String(name), value) });
  const log = new Proxy({}, { get: () => (line: string) => lines.push(line) });
  const clock = (): number => performance.now();
  const report = fanOut(
    reconcileMetrics(metrics as ControllerMetricsPage),
    reconcileLog(log as Log, clock),
    kubernetesEvents({
      recordEvent: async ({ reason }) => void events.push(reason),
      now: clock,
    }),
  );
  const breaker = conflictBreaker(report, clock);
  const emit = fanOut(breaker.subscriber, report);
  const world = aSecretWorld({
    policies: builtins.map((policy) => ({ ...policy, heal: 'Always', restart: true })),
  });
  const stopped = { workload: 'Deployment/api', reason: 'is not healthy' };
  const deps = withDeps(world.deps, {
    emit,
    mayWrite: breaker.mayWrite,
    workloads: {
      advanceRollout: async (_, rollout) => ({ rollout: { ...rollout, stopped }, requeueAfter: 9 }),
    },
  });
  const step = (over: DepsOverrides = {}) => reconcile(PLACE, withDeps(deps, over), clock);
  return { emit, world, step, gauges, events, lines };
}

t.test('counts a stopped rollout until the Secret is deleted', async (t) => {
  const { world, step, gauges } = aJournal();
  world.write(aSecret(WHOLE));
  await step();
  world.edit('JWT_SECRET', GOOD.refresh.toLowerCase());
  await step();
  t.equal(gauges.get('setRolloutsStopped'), 1);
  world.remove();
  await step();
  t.equal(gauges.get('setRolloutsStopped'), 0);
  await step();
  t.equal(gauges.get('setRolloutsStopped'), 0, 'though the record stays');
});

t.test('counts overdue keys until the Secret is deleted, and reports them once', async (t) => {
  const { emit, world, step, gauges, events, lines } = aJournal();
  const held = world.write(aSecret(WHOLE));
  const since = new Date('2026-11-25T12:00:00Z');
  const keys = ['A', 'B'].map((key) => ({ key, policy: 'p', since }));
  for (let looks = 0; looks < 3; looks += 1) emit({ kind: 'keys-overdue', secret: identityOf(held), keys });
  t.equal(gauges.get('setKeysOverdue'), 2);
  t.same(events, ['KeyOverdue', 'KeyOverdue'], 'and not each time that it is looked at');
  t.equal(lines.length, 2);
  world.remove();
  await step();
  t.equal(gauges.get('setKeysOverdue'), 0);
});

t.test('repeats a report after a long time, marked as a repetition', async (t) => {
  let now = 0;
  const said = eventDeduplicator(() => now);
  t.equal(said.check('a', 'x'), 'first');
  t.equal(said.check('a', 'x'), undefined);
  t.equal(said.check('a', 'y'), 'first');
  t.equal(said.check('b', 'x'), 'first');
  now += 60 * 60 * 1000;
  t.equal(said.check('a', 'x'), 'repeated');
  said.delete('a');
  t.equal(said.check('a', 'x'), 'first');
});

t.test('remembers the reports of a bounded number of Secrets, the latest ones', async (t) => {
  const said = eventDeduplicator(() => 0);
  for (let secret = 0; secret < 60_000; secret += 1) said.check(`${secret}`, 'x');
  t.equal(said.check('59999', 'x'), undefined);
  t.equal(said.check('20000', 'x'), undefined);
  t.equal(said.check('0', 'x'), 'first', 'the oldest is forgotten');
  for (let version = 0; version < 2000; version += 1) said.check('a', `version ${version}`);
  t.equal(said.check('a', 'version 1999'), undefined);
  t.equal(said.check('a', 'version 0'), 'first');
});

t.test('reports a refused write once, counts it each time, and no conflict as a failure', async (t) => {
  const { world, step, gauges, events } = aJournal();
  world.write(aSecret({ ...WHOLE, POSTGRES_PASSWORD: GOOD.other }));
  const failing = (error: LockstepError): DepsOverrides => ({
    secrets: {
      patch: async () => {
        throw error;
      },
    },
  });
  const refused = failing(
    new LockstepError('SECRET_REFUSED', ['recon/reconciliation-secrets', 'a webhook says no']),
  );
  await t.rejects(step(refused), { code: 'LOCKSTEP_SECRET_REFUSED' });
  t.equal(gauges.get('recordReconcile'), 'forbidden');
  await t.rejects(step(refused), { code: 'LOCKSTEP_SECRET_REFUSED' });
  t.same(events, ['ReconcileFailed']);
  t.same(await step(failing(new LockstepError('CLUSTER_CONFLICT', ['writing']))), {
    kind: 'requeue',
    requeueAfter: 200,
  });
  t.equal(gauges.get('recordReconcile'), 'conflict');
  t.same(events, ['ReconcileFailed']);
});

t.test('logs a failure once until the reconcile succeeds', async (t) => {
  const { emit, world, step, lines } = aJournal();
  world.write(aSecret(WHOLE));
  const failed = { kind: 'reconcile-failed', secret: PLACE, error: new Error('away') } as const;
  for (let times = 0; times < 3; times += 1) emit(failed);
  t.same(lines, ['reconcile failed, retrying']);
  await step();
  emit(failed);
  t.same(lines, ['reconcile failed, retrying', 'reconcile failed, retrying']);
});

t.test('reports a Secret whose corrections another client reverts, until it is deleted', async (t) => {
  const { world, step, gauges, events } = aJournal();
  const drifted = aSecret({ ...WHOLE, POSTGRES_PASSWORD: GOOD.other });
  for (let writes = 0; writes < 8; writes += 1) {
    world.write(drifted);
    await step();
  }
  t.equal(world.patches.length, 6);
  t.equal(gauges.get('setSecretsSuspended'), 1);
  t.equal(events.filter((reason) => reason === 'ReconcileSuspended').length, 1);
  world.remove();
  await step();
  t.equal(gauges.get('setSecretsSuspended'), 0);
});

t.test('a change that lockstep undoes asks no person for anything', async (t) => {
  const { emit, world, lines } = aJournal();
  const secret = identityOf(world.write(aSecret(WHOLE)));
  emit({ kind: 'change-rolled-back', secret, id: 'c1', fault: 'Deployment/api is not healthy' });
  emit({ kind: 'change-refused', secret, id: 'c2', reason: 'a right is missing' });
  t.same(lines, ['a password change is rolled back', 'reconcile needs manual action']);
});
