import t from 'tap';
import {
  fixedKeys,
  inRolloutOrder,
  readKeys,
  secretUse,
  workloadId,
} from '../../../../src/engine/workloads/rollout/consumers.ts';
import { aWorkload, fixedUse, liveUse } from '../../../helpers/engine/workload.ts';

t.test('Deployments come first, then StatefulSets, DaemonSets and CronJobs, each by name', async (t) => {
  const workloads = [
    aWorkload({ kind: 'CronJob', name: 'a' }),
    aWorkload({ kind: 'DaemonSet', name: 'a' }),
    aWorkload({ kind: 'Deployment', name: 'b' }),
    aWorkload({ kind: 'StatefulSet', name: 'z' }),
    aWorkload({ kind: 'Deployment', name: 'B' }),
    aWorkload({ kind: 'Deployment', name: 'a' }),
  ];
  const expected = [
    'Deployment/B',
    'Deployment/a',
    'Deployment/b',
    'StatefulSet/z',
    'DaemonSet/a',
    'CronJob/a',
  ];
  t.same(inRolloutOrder(workloads).map(workloadId), expected);
});

t.test('a Redis server comes last, whatever its kind', async (t) => {
  const redis = aWorkload({ kind: 'Deployment', name: 'a', runsRedis: true });
  const workloads = [redis, aWorkload({ kind: 'CronJob', name: 'z' }), aWorkload({ name: 'b' })];
  t.same(inRolloutOrder(workloads).map(workloadId), ['Deployment/b', 'CronJob/z', 'Deployment/a']);
});

t.test('a workload reads nothing of a Secret that it does not name', async (t) => {
  const use = secretUse(aWorkload(), 'other');
  t.same(readKeys(use, ['JWT_SECRET']), []);
});

t.test('finds the keys that a workload reads, and those that it keeps', async (t) => {
  t.same(readKeys(fixedUse('A', 'B'), ['B', 'C']), ['B']);
  t.same(fixedKeys(liveUse('A', 'B'), ['B', 'C']), []);
  t.same(fixedKeys({ fixed: 'all', live: new Set() }, ['B', 'C']), ['B', 'C']);
});
