import t from 'tap';
import {
  olderPodsOf,
  progressOf,
  type RollingWorkload,
} from '../../../../src/engine/workloads/rollout/progress.ts';
import type { WorkloadKind } from '../../../../src/engine/workloads/rollout/workload-kinds.ts';

const SEEN = { observedGeneration: 2 };

function progress(
  kind: WorkloadKind,
  status: RollingWorkload['status'],
  spec: RollingWorkload['spec'] = { replicas: 3 },
) {
  const reported = progressOf(kind, { metadata: { generation: 2 }, spec, status: { ...SEEN, ...status } });
  return reported.kind === 'underway'
    ? reported.why
    : 'reason' in reported
      ? `${reported.kind}: ${reported.reason}`
      : reported.kind;
}

t.test('a Deployment is rolled out when all its pods are new and available', async (t) => {
  const done = { replicas: 3, updatedReplicas: 3, availableReplicas: 3 };
  t.equal(progress('Deployment', done), 'done');
  t.match(progress('Deployment', { ...done, observedGeneration: 1 }), /has not seen the change yet/);
  t.match(progress('Deployment', { ...done, updatedReplicas: 1 }), '1 of 3 pods have been replaced');
  t.match(progress('Deployment', { ...done, replicas: 4 }), '1 pod of before still there');
  t.match(progress('Deployment', { ...done, availableReplicas: 2 }), '2 of 3 pods are available');
});

t.test('uses the singular for one pod', async (t) => {
  const one = { replicas: 1, updatedReplicas: 1 };
  t.match(progress('Deployment', one, { replicas: 1 }), '0 of 1 pod is available');
  t.match(progress('Deployment', {}, { replicas: 1 }), '0 of 1 pod has been replaced');
  t.match(progress('StatefulSet', {}, { replicas: 1 }), '0 of 1 pod is ready');
});

t.test('a Deployment without replicas is rolled out as soon as that is seen', async (t) => {
  t.equal(progress('Deployment', {}, { replicas: 0 }), 'done');
  t.match(progress('Deployment', { observedGeneration: 1 }, { replicas: 0 }), /not seen/);
});

t.test('a Deployment that its controller has given up has failed', async (t) => {
  const conditions = [{ type: 'Progressing', reason: 'ProgressDeadlineExceeded' }];
  const reported = (reason: string) => `failed: exceeded its progress deadline: ${reason}`;
  t.equal(progress('Deployment', { conditions }), reported('0 of 3 pods have been replaced'));
  const surge = { conditions, replicas: 2, updatedReplicas: 1, availableReplicas: 1 };
  t.equal(
    progress('Deployment', surge, { replicas: 1 }),
    reported('1 pod is not available'),
    'an old pod that is available is no reason',
  );
  const full = [...conditions, { type: 'ReplicaFailure', reason: 'FailedCreate' }];
  t.equal(
    progress('Deployment', { ...surge, conditions: full }, { replicas: 1 }),
    reported('its pods can not be made (FailedCreate)'),
  );
  t.match(
    progress('Deployment', { conditions, observedGeneration: 1 }),
    /not seen/,
    'that was the one before',
  );
});

t.test('a Deployment that Reloader has paused is resumed by it', async (t) => {
  const annotations = { 'deployment.reloader.stakater.com/paused-at': '2026-11-25T12:00:00Z' };
  const paused = { metadata: { generation: 2, annotations }, spec: { paused: true }, status: SEEN };
  t.match(progressOf('Deployment', paused), { kind: 'underway', why: /pause-period/ });
  t.match(progressOf('Deployment', { ...paused, spec: { paused: false } }), {
    kind: 'underway',
    why: /replaced/,
  });
});

t.test('a paused Deployment is held', async (t) => {
  t.match(progress('Deployment', {}, { paused: true }), /^held: is paused/);
});

t.test('a StatefulSet is rolled out when its pods are ready and as many as wanted are new', async (t) => {
  const done = { readyReplicas: 3, updatedReplicas: 3 };
  t.equal(progress('StatefulSet', done), 'done');
  t.match(progress('StatefulSet', { ...done, observedGeneration: 0 }), /not seen/);
  t.match(progress('StatefulSet', { ...done, readyReplicas: 2 }), '2 of 3 pods are ready');
  t.match(progress('StatefulSet', { ...done, updatedReplicas: 2 }), '2 of 3 pods have been replaced');
  const partitioned = {
    replicas: 3,
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } },
  };
  t.equal(progress('StatefulSet', { ...done, updatedReplicas: 1 }, partitioned), 'done');
});

t.test('a DaemonSet is rolled out when it is on all its nodes', async (t) => {
  const done = { desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 2 };
  t.equal(progress('DaemonSet', done, {}), 'done');
  t.equal(progress('DaemonSet', { desiredNumberScheduled: 0 }, {}), 'done', 'no node is meant');
  t.match(progress('DaemonSet', { ...done, observedGeneration: 1 }, {}), /not seen/);
  t.match(
    progress('DaemonSet', { ...done, updatedNumberScheduled: 1 }, {}),
    '1 of 2 pods have been replaced',
  );
  t.match(progress('DaemonSet', { ...done, numberAvailable: 1 }, {}), '1 of 2 pods are available');
});

t.test('does not wait for a workload with the strategy OnDelete', async (t) => {
  const spec = { updateStrategy: { type: 'OnDelete' } };
  t.match(progress('StatefulSet', {}, spec), /^held: .*OnDelete/);
  t.match(progress('DaemonSet', {}, spec), /^held: .*OnDelete/);
});

t.test('a person must replace the older pods of a paused, partitioned or OnDelete workload', async (t) => {
  const older = (
    kind: WorkloadKind,
    spec: RollingWorkload['spec'],
    updated: number,
    observedGeneration = 2,
  ) => {
    const status = { observedGeneration, replicas: 3, readyReplicas: 3, updatedReplicas: updated };
    return olderPodsOf(
      progressOf(kind, { metadata: { generation: 2 }, spec: { replicas: 3, ...spec }, status }),
    );
  };
  for (const [kind, spec, reason] of [
    ['Deployment', { paused: true }, /^it is paused/],
    ['StatefulSet', { updateStrategy: { type: 'OnDelete' } }, /^it replaces .*delete them$/],
    ['StatefulSet', { updateStrategy: { rollingUpdate: { partition: 2 } } }, /^its partition keeps 2 pods/],
  ] as const) {
    t.match(older(kind, spec, 1), reason);
    t.equal(older(kind, spec, 3), undefined, kind);
  }
  t.match(
    older('Deployment', { paused: true }, 3, 1),
    /paused/,
    'its controller has not seen the template yet',
  );
  t.equal(older('Deployment', {}, 1), undefined, 'its controller replaces them');
});

t.test('a Rollout of Argo is restarted when its controller has replaced each older pod', async (t) => {
  const restartAt = '2026-11-25T10:00:01Z';
  const done = { observedGeneration: '2', availableReplicas: 3, restartedAt: restartAt };
  const spec = { replicas: 3, restartAt };
  t.equal(progress('Rollout', done, spec), 'done');
  t.equal(progress('Rollout', { ...done, restartedAt: null }, { replicas: 3, restartAt: null }), 'done');
  t.match(progress('Rollout', { ...done, observedGeneration: '1' }, spec), /not seen/);
  for (const restartedAt of [undefined, null, 'x', '2026-11-25T09:00:00Z'])
    t.match(progress('Rollout', { ...done, restartedAt } as object, spec), 'its pods are being replaced');
  t.match(progress('Rollout', { ...done, availableReplicas: 2 }, spec), '2 of 3 pods are available');
  t.equal(progress('Rollout', done, { ...spec, paused: true }), 'done', 'a restart needs no promotion');
  t.match(
    progress('Rollout', { ...done, conditions: [{ type: 'InvalidSpec' }] }, spec),
    /^failed: has an invalid spec/,
  );
  const late = [{ type: 'Progressing', reason: 'ProgressDeadlineExceeded' }];
  t.match(
    progress('Rollout', { ...done, availableReplicas: 1, conditions: late }, spec),
    /^failed: exceeded its progress deadline: 1 of 3/,
  );
  t.equal(progress('Rollout', { ...done, conditions: late }, spec), 'done', 'that was the canary before');
});

t.test('a CronJob is ready for its next Job', async (t) => {
  t.equal(progress('CronJob', {}, {}), 'done');
});

t.test('a workload without a status is not observed', async (t) => {
  const fresh = { metadata: { generation: 1 }, spec: {} };
  for (const kind of ['Deployment', 'Rollout', 'StatefulSet', 'DaemonSet'] as const) {
    t.equal(progressOf(kind, fresh).kind, 'underway');
    t.equal(progressOf(kind, { ...fresh, status: { conditions: null } }).kind, 'underway');
  }
});
