import t from 'tap';
import { rolloutPreviewLines } from '../../../src/report/history/rollout-preview.ts';

const KEYS = ['JWT_SECRET'];

t.test('lists restarted workloads, skipped workloads and stale consumers', async (t) => {
  const lines = rolloutPreviewLines({
    restarts: [
      { workload: 'Deployment/api', keys: KEYS },
      { workload: 'StatefulSet/worker', keys: ['CSRF_SECRET', 'JWT_SECRET'] },
    ],
    reloads: [{ workload: 'Deployment/web', keys: KEYS }],
    passed: [{ workload: 'Deployment/old', reason: 'is paused' }],
    stale: [{ workload: 'DaemonSet/agent', keys: KEYS, reason: 'no policy' }],
  });
  t.same(lines, [
    '2 workloads would be restarted, one after the other:',
    '  1. Deployment/api (JWT_SECRET)',
    '  2. StatefulSet/worker (CSRF_SECRET, JWT_SECRET)',
    'Reloader restarts when the Secret changes:',
    '  Deployment/web (JWT_SECRET)',
    'not restarted:',
    '  Deployment/old is paused',
    'keeps the old value until restarted by somebody:',
    '  DaemonSet/agent (JWT_SECRET): no policy',
  ]);
});

t.test('prints nothing if no workload reads the key', async (t) => {
  t.same(rolloutPreviewLines({ restarts: [], reloads: [], passed: [], stale: [] }), []);
});

t.test('a key that is no name of a key does no more than be seen', async (t) => {
  const [, line] = rolloutPreviewLines({
    restarts: [{ workload: 'Deployment/api', keys: ['A\u001b[31m'] }],
    reloads: [],
    passed: [],
    stale: [],
  });
  t.equal(line, '  1. Deployment/api (A\\u001b[31m)');
});
