import t from 'tap';
import { eventDeduplicator } from '../../../src/commands/controller/event-deduplicator.ts';
import { createReconcileLog } from '../../../src/commands/controller/reconcile-log.ts';
import { reconcileSecret } from '../../../src/controllers/secret/reconciler.ts';
import type { Log } from '../../../src/log.ts';
import type { ControllerMetricsPage } from '../../../src/metrics.ts';
import { withDeps } from '../../helpers/controllers/reconciler-deps.ts';
import { aSecretWorld } from '../../helpers/controllers/secret-world.ts';
import { aSecret, builtins, GOOD, STORY, STORY_URL } from '../../helpers/engine/engine.ts';

const PLACE = { namespace: 'recon', name: 'reconciliation-secrets' };
const KEY = 'recon/reconciliation-secrets';
const WHOLE = { ...STORY, DATABASE_URL: STORY_URL };

/** A log for a Secret whose consumers are restarted, with its output. */
function aJournal() {
  const gauges = new Map<string, unknown>();
  const events: string[] = [];
  const lines: string[] = [];
  const metrics = new Proxy({}, { get: (_, name) => (value: unknown) => gauges.set(String(name), value) });
  const log = new Proxy({}, { get: () => (line: string) => lines.push(line) });
  const journal = createReconcileLog({
    log: log as Log,
    metrics: metrics as ControllerMetricsPage,
    recordEvent: async ({ reason }) => void events.push(reason),
  });
  const world = aSecretWorld({ policies: builtins.map((policy) => ({ ...policy, restart: true })) });
  const stopped = { workload: 'Deployment/api', reason: 'is not healthy' };
  const deps = withDeps(world.deps, {
    reports: { reportOverdueKeys: journal.reportOverdueKeys },
    workloads: {
      advanceRollout: async (_, rollout) => ({ rollout: { ...rollout, stopped }, requeueAfter: 9 }),
    },
  });
  const step = () => journal.reconcile(KEY, deps, (watched) => reconcileSecret(PLACE, watched));
  return { journal, world, step, gauges, events, lines };
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
  const { journal, world, step, gauges, events, lines } = aJournal();
  const held = world.write(aSecret(WHOLE));
  const since = new Date('2026-11-25T12:00:00Z');
  const keys = ['A', 'B'].map((key) => ({ key, policy: 'p', since }));
  for (let looks = 0; looks < 3; looks += 1) journal.reportOverdueKeys(held, keys);
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
