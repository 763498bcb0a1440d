import t from 'tap';
import { UseIndex } from '../../../src/engine/diagnosis/uses/use-index.ts';
import { connect } from '../../../src/kube/client/connect.ts';
import { visitUses } from '../../../src/kube/references/uses.ts';
import { anApiServer, answerJson, aPage, aStatus } from '../../helpers/api/fake-api-server.ts';

const owned = (kind: string, name: string) => [{ kind, name, controller: true }];

const aPod = (key: string) => ({
  containers: [
    { name: 'web', env: [{ name: key, valueFrom: { secretKeyRef: { name: 'app', key, optional: true } } }] },
  ],
});

const anObject = (name: string, spec: object, more: object = {}) => ({
  metadata: { name, namespace: 'shop', uid: name, resourceVersion: '1', creationTimestamp: '', ...more },
  spec,
});

const withTemplate = (name: string, key: string, more: object = {}) =>
  anObject(name, { template: { spec: aPod(key) } }, more);

const OBJECTS: Readonly<Record<string, readonly object[]>> = {
  '/apis/argoproj.io/v1alpha1/rollouts': [
    anObject('canary', { workloadRef: { kind: 'Deployment', name: 'base' } }),
  ],
  '/apis/apps/v1/deployments': [
    withTemplate('web', 'NEW'),
    anObject('base', { replicas: 0, template: { spec: aPod('CANARY') } }),
  ],
  '/apis/batch/v1/cronjobs': [
    anObject('report', { jobTemplate: { spec: { template: { spec: aPod('J') } } } }),
  ],
  '/apis/batch/v1/jobs': [
    withTemplate('report-1', 'J', { ownerReferences: owned('CronJob', 'report') }),
    { ...withTemplate('ended', 'E'), status: { conditions: [{ type: 'Complete', status: 'True' }] } },
  ],
  '/apis/apps/v1/replicasets': [
    withTemplate('web-1', 'OLDEST', { ownerReferences: owned('Deployment', 'web') }),
    withTemplate('alone', 'R'),
  ],
  '/api/v1/pods': [
    anObject('web-1-x', aPod('OLD'), { ownerReferences: owned('ReplicaSet', 'web-1') }),
    anObject('report-1-x', aPod('J'), { ownerReferences: owned('Job', 'report-1') }),
    anObject('pg-1', aPod('PG'), { ownerReferences: owned('Cluster', 'pg') }),
    anObject('pg-2', aPod('PG'), { ownerReferences: owned('Cluster', 'pg') }),
    anObject('bare', aPod('B')),
  ],
};

t.test('pods, Jobs and ReplicaSets count as their workload', async (t) => {
  const { kubeconfig, asked } = await anApiServer(t, (response, url) => {
    if (url.pathname === '/apis')
      answerJson(response, {
        groups: [{ name: 'argoproj.io', preferredVersion: { groupVersion: 'argoproj.io/v1alpha1' } }],
      });
    else if (url.pathname === '/api/v1/serviceaccounts') answerJson(response, aStatus(403, 'no'), 403);
    else answerJson(response, aPage(OBJECTS[url.pathname] ?? []));
  });
  const cluster = connect({ kubeconfig });
  const scope = { namespace: undefined, excludedNamespaces: [] };
  const index = new UseIndex(({ name }) => name === 'app');
  const unread = await visitUses(cluster, scope, (object) => index.add(object));
  const ref = { source: 'Secret', namespace: 'shop', name: 'app' } as const;
  const readers = index
    .readersOf(ref)
    .map(({ kind, name, readings }) => `${kind}/${name} ${readings.map(({ key }) => key).join(' ')}`);
  t.same(readers, [
    'Deployment/web NEW OLD',
    'Rollout/canary CANARY',
    'CronJob/report J',
    'ReplicaSet/alone R',
    'Cluster/pg PG',
    'Pod/bare B',
  ]);
  t.same(
    index.readersOf(ref, 'OLD').map(({ name, workload }) => [name, workload?.uid]),
    [['web', 'web']],
  );
  t.same(index.readersOf({ ...ref, name: 'other' }), []);
  t.same(unread, ['serviceaccounts'], 'a missing right is named');
  t.ok(
    asked.every((path) => !path.includes('gateway')),
    'a kind that is not installed is not asked for',
  );
});
