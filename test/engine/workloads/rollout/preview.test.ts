import t from 'tap';
import { plainSecret } from '../../../../src/engine/secret/secret.ts';
import { type PreviewInput, previewRollout } from '../../../../src/engine/workloads/rollout/preview.ts';
import { reloaderMarksOf } from '../../../../src/engine/workloads/rollout/reloader.ts';
import { aWorkload, fixedUse, liveUse } from '../../../helpers/engine/workload.ts';

const SECRET = plainSecret({ namespace: 'shop', name: 'app' });
const PREVIEWED: PreviewInput = { secret: SECRET, restarts: true, keys: ['JWT_SECRET'] };

const WORKLOADS = [
  aWorkload({ kind: 'CronJob', name: 'nightly' }),
  aWorkload({ name: 'files', uses: new Map([['app', liveUse('JWT_SECRET')]]) }),
  aWorkload({ name: 'api' }),
  aWorkload({ name: 'other', uses: new Map([['app', fixedUse('CSRF_SECRET')]]) }),
];

t.test('lists the restarts of consumers in order', async (t) => {
  t.same(previewRollout(PREVIEWED, WORKLOADS), {
    restarts: ['Deployment/api', 'Deployment/files', 'CronJob/nightly'].map((workload) => ({
      workload,
      keys: ['JWT_SECRET'],
    })),
    reloads: [],
    passed: [],
    stale: [],
  });
});

t.test('without a restart policy, consumers that read at their start become stale', async (t) => {
  const { restarts, passed, stale } = previewRollout({ ...PREVIEWED, restarts: false }, WORKLOADS);
  t.same(restarts, []);
  t.match(passed, [
    { workload: 'Deployment/files', reason: /its volume is updated automatically/ },
    { workload: 'CronJob/nightly', reason: /next Job/ },
  ]);
  const reason = /no policy with restart: true/;
  t.match(stale, [{ workload: 'Deployment/api', keys: ['JWT_SECRET'], reason }]);
  t.equal(stale.length, 1);
});

t.test('a workload that opted out follows by a volume, or becomes stale', async (t) => {
  const workloads = WORKLOADS.map((workload) => ({ ...workload, optedOut: true }));
  const { restarts, passed, stale } = previewRollout(PREVIEWED, workloads);
  t.same(restarts, []);
  t.match(passed, [{ workload: 'Deployment/files' }, { workload: 'CronJob/nightly' }]);
  t.match(stale, [{ workload: 'Deployment/api', reason: /lockstep.dev\/restart: "false"/ }]);
});

t.test('passes a paused workload, with the reason', async (t) => {
  const paused = aWorkload({ progress: { kind: 'held', reason: 'is paused' } });
  t.same(previewRollout(PREVIEWED, [paused]).passed, [{ workload: 'Deployment/api', reason: 'is paused' }]);
});

t.test('workloads with annotations of Reloader are restarted by it, with and without a policy', async (t) => {
  const reloader = reloaderMarksOf(
    { 'reloader.stakater.com/auto': 'true' },
    { annotations: {}, variables: [] },
  );
  const workloads = WORKLOADS.map((workload) => ({ ...workload, reloader }));
  for (const restarts of [true, false]) {
    const preview = previewRollout({ ...PREVIEWED, restarts }, workloads);
    t.same(
      preview.reloads.map(({ workload }) => workload),
      ['Deployment/api', 'Deployment/files'],
    );
    t.same(preview.stale, []);
  }
});

t.test('all consumers of an immutable Secret become stale', async (t) => {
  const { restarts, passed, stale } = previewRollout(
    { ...PREVIEWED, secret: { ...SECRET, immutable: true } },
    WORKLOADS,
  );
  t.same([restarts, passed], [[], []]);
  t.equal(stale.length, 3);
  t.match(stale[0], { reason: /immutable/ });
});
