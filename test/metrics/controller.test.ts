import t from 'tap';
import { type ControllerMetricsPage, createControllerMetrics } from '../../src/metrics/metrics.ts';
import { samplesOf } from '../helpers/pages/promql.ts';

const NONE = { Enforce: 0, Warn: 0, Audit: 0 };

/** Series of the controller that are not 0, as `name{label="value"}`. */
async function reported(metrics: ControllerMetricsPage): Promise<Record<string, number>> {
  const samples = [...samplesOf(await metrics.render())].filter(
    ({ metric, value }) =>
      metric.startsWith('lockstep_controller_') && !/_bucket$/.test(metric) && value !== 0,
  );
  return Object.fromEntries(
    samples.map(({ metric, labels, value }) => {
      const pairs = [...labels].map(([label, text]) => `${label}="${text}"`).join();
      return [metric.replace('lockstep_controller_', '') + (pairs && `{${pairs}}`), value];
    }),
  );
}

t.test('the series that alerts count exist from the start, at 0', async (t) => {
  const metrics = createControllerMetrics();
  t.same(await reported(metrics), {});
  const series = new Set(
    [...samplesOf(await metrics.render())].map(({ metric, labels }) => [metric, ...labels].join()),
  );
  for (const each of [
    'reconciles_total,outcome,error',
    'rollouts_total,result,stopped',
    'writes_total,resource,secrets',
    'secret_writes_total,reason,heal',
  ])
    t.ok(series.has(`lockstep_controller_${each}`), each);
});

t.test('each reconcile is counted by outcome, and each write by resource', async (t) => {
  const metrics = createControllerMetrics();
  metrics.recordReconcile('done', 250);
  metrics.recordReconcile('conflict', 750);
  for (const resource of ['records', 'secrets', 'records', 'workloads'] as const)
    metrics.recordWrite(resource);
  metrics.recordSecretWrite('heal');
  metrics.recordRollout('stopped');
  t.same(await reported(metrics), {
    'reconciles_total{outcome="done"}': 1,
    'reconciles_total{outcome="conflict"}': 1,
    reconcile_duration_seconds_sum: 1,
    reconcile_duration_seconds_count: 2,
    'writes_total{resource="records"}': 2,
    'writes_total{resource="secrets"}': 1,
    'writes_total{resource="workloads"}': 1,
    'secret_writes_total{reason="heal"}': 1,
    'rollouts_total{result="stopped"}': 1,
  });
});

t.test('findings are the present ones, and a policy without findings has no series', async (t) => {
  const metrics = createControllerMetrics();
  metrics.setFindings({ Enforce: 2, Warn: 1, Audit: 0 }, [
    { policy: 'shop', rule: 'placeholder', action: 'Enforce', count: 2 },
    { policy: 'shop', rule: 'weak', action: 'Warn', count: 1 },
  ]);
  t.match(await reported(metrics), {
    'findings{action="Enforce"}': 2,
    'policy_findings{policy="shop",rule="weak",action="Warn"}': 1,
  });
  metrics.setFindings(NONE, []);
  t.same(await reported(metrics), {});
  t.notMatch(await metrics.render(), 'shop');
});

t.test('a pod that no longer leads resets its gauges and keeps its counters', async (t) => {
  const metrics = createControllerMetrics();
  metrics.setLeader(true);
  metrics.setQueueDepth(3);
  metrics.setRolloutsStopped(1);
  metrics.setSecretsSuspended(1);
  metrics.setRecordsUnreadable(1);
  metrics.setKeysOverdue(4);
  metrics.recordResync(new Date(1_800_000_000_000), 1500);
  metrics.setFindings({ ...NONE, Warn: 1 }, [{ policy: 'shop', rule: 'weak', action: 'Warn', count: 1 }]);
  metrics.recordSecretWrite('rotate');
  t.match(await reported(metrics), {
    leader: 1,
    queue_depth: 3,
    keys_overdue: 4,
    resync_duration_seconds: 1.5,
    resync_last_success_timestamp_seconds: 1_800_000_000,
  });
  metrics.setLeader(false);
  t.same(await reported(metrics), { 'secret_writes_total{reason="rotate"}': 1 });
});

t.test('the pages of controller and webhook share no series', async (t) => {
  t.notMatch(await createControllerMetrics().render(), /lockstep_(admission|ready|tls|self_probe)/);
});
