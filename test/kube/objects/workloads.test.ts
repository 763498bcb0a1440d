import t, { type Test } from 'tap';
import { workloadId } from '../../../src/engine/workloads/rollout/consumers.ts';
import { LockstepError } from '../../../src/errors/errors.ts';
import { connect } from '../../../src/kube/client/connect.ts';
import {
  readTemplateCreationTime,
  readWorkload,
  readWorkloads,
  restartWorkload,
} from '../../../src/kube/objects/workloads.ts';
import {
  anApiServer,
  answerJson,
  aPage,
  aStatus,
  type RequestHandler,
} from '../../helpers/api/fake-api-server.ts';
import { aWorkload } from '../../helpers/engine/workload.ts';

const metadata = {
  name: 'api',
  namespace: 'shop',
  uid: 'u1',
  resourceVersion: '7',
  creationTimestamp: '2026-11-25T12:00:00Z',
  generation: 2,
};
const template = {
  metadata: { annotations: { 'lockstep.dev/secret-version': '3' } },
  spec: { containers: [{ name: 'api', envFrom: [{ secretRef: { name: 'app' } }] }] },
};
const selector = { matchLabels: { app: 'api' } };

async function aCluster(t: Test, answering: RequestHandler) {
  const { kubeconfig, asked, server } = await anApiServer(t, answering);
  return { cluster: connect({ kubeconfig }), asked, server };
}

/** Each kind has the objects that are named by its plural; the others are empty. */
const holding =
  (objects: Readonly<Record<string, readonly object[]>>): RequestHandler =>
  (response, { pathname }) =>
    answerJson(response, aPage(objects[pathname.split('/').at(-1) ?? ''] ?? []));

t.test('reads the relevant fields of the kinds in a namespace', async (t) => {
  const deployment = {
    metadata: {
      ...metadata,
      annotations: { 'lockstep.dev/restart': 'false', 'deployment.kubernetes.io/revision': '4' },
    },
    spec: { replicas: 1, selector, template },
    status: { observedGeneration: 2, replicas: 1, updatedReplicas: 1, availableReplicas: 1 },
  };
  const cronJob = { metadata, spec: { jobTemplate: { spec: { template } } }, status: {} };
  const { cluster, asked } = await aCluster(t, holding({ deployments: [deployment], cronjobs: [cronJob] }));
  const found = await readWorkloads(cluster, 'shop');
  t.same(
    asked,
    [
      'argoproj.io/v1alpha1/namespaces/shop/rollouts',
      'apps/v1/namespaces/shop/deployments',
      'apps/v1/namespaces/shop/statefulsets',
      'apps/v1/namespaces/shop/daemonsets',
      'batch/v1/namespaces/shop/cronjobs',
    ].map((path) => `/apis/${path}?limit=500`),
  );
  t.same(found.map(workloadId), ['Deployment/api', 'CronJob/api']);
  t.match(found[0], {
    apiVersion: 'apps/v1',
    uid: 'u1',
    resourceVersion: '7',
    created: new Date('2026-11-25T12:00:00Z'),
    versionAnnotation: '3',
    optedOut: true,
    progress: { kind: 'done' },
    revision: {
      kind: 'replicasets',
      annotation: 'deployment.kubernetes.io/revision',
      value: '4',
      selector: 'app=api',
    },
  });
  for (const { uses } of found) t.same([...uses], [['app', { fixed: 'all', live: new Set() }]]);
  t.match(found[1], { apiVersion: 'batch/v1', optedOut: false, versionAnnotation: '3', revision: undefined });
});

t.test('an image says that the pods run Redis', async (t) => {
  const withImage = (image: string) => ({
    metadata,
    spec: { template: { spec: { containers: [{ image, ports: null }] } } },
  });
  const statefulsets = [withImage('redis:7'), withImage('api:7')];
  const { cluster } = await aCluster(t, holding({ statefulsets }));
  t.same(
    (await readWorkloads(cluster, 'shop')).map(({ runsRedis }) => runsRedis),
    [true, false],
  );
});

t.test('reads a workload without optional fields', async (t) => {
  const bare = { metadata, spec: {} };
  const { cluster } = await aCluster(
    t,
    holding({ deployments: [bare], statefulsets: [bare], cronjobs: [bare] }),
  );
  for (const workload of await readWorkloads(cluster, 'shop')) {
    t.match(workload, { versionAnnotation: undefined, optedOut: false, revision: undefined });
    t.equal(workload.uses.size, 0);
  }
});

t.test('ignores a workload that is being deleted, because its pods are not replaced', async (t) => {
  const deleted = {
    metadata: { ...metadata, deletionTimestamp: '2026-11-25T12:00:01Z' },
    spec: { template },
  };
  const { cluster } = await aCluster(t, (response, { pathname }) =>
    answerJson(response, pathname.endsWith('/api') ? deleted : aPage([deleted])),
  );
  t.same(await readWorkloads(cluster, 'shop'), []);
  t.equal(await readWorkload(cluster, 'shop', 'Deployment/api'), undefined);
});

t.test('ignores a kind that is not served, and reports one that may not be listed', async (t) => {
  const { cluster } = await aCluster(t, (response) => answerJson(response, aStatus(404, 'no such'), 404));
  t.same(await readWorkloads(cluster, 'shop'), []);
  t.equal(await readWorkload(cluster, 'shop', 'Deployment/api'), undefined);
  const forbidding = await aCluster(t, (response, { pathname }) => {
    // Every user may ask for an API group.
    const code = pathname === '/apis/argoproj.io/v1alpha1' ? 404 : 403;
    answerJson(response, aStatus(code, 'forbidden'), code);
  });
  const message =
    'this user may not list deployments in namespace shop; bind a role with this right to it, as kubectl create clusterrole lockstep-deployments --verb=list --resource=deployments.apps makes one';
  await t.rejects(readWorkloads(forbidding.cluster, 'shop'), {
    code: 'LOCKSTEP_WORKLOADS_FORBIDDEN',
    message: new RegExp(message),
  });
  await t.rejects(readWorkload(forbidding.cluster, 'shop', 'Deployment/api'), {
    code: 'LOCKSTEP_WORKLOADS_FORBIDDEN',
  });
});

t.test('reads Rollouts of Argo, with the template of a Deployment, whatever their fields hold', async (t) => {
  const { versionAnnotation: _, ...own } = { ...metadata, versionAnnotation: '' };
  const annotations = { 'lockstep.dev/secret-version': '7', 'rollout.argoproj.io/revision': '2' };
  const status = { observedGeneration: '2', availableReplicas: 1, stableRS: 'a', currentPodHash: 'a' };
  const restarted = { ...status, restartedAt: '2026-11-25T13:00:00Z' };
  const web = {
    metadata: { ...own, name: 'web', annotations },
    spec: { selector, template, restartAt: '2026-11-25T13:00:00Z' },
    status: restarted,
  };
  const byReference = {
    metadata: { ...own, name: 'ref' },
    spec: { workloadRef: { kind: 'Deployment', name: 'template' } },
    status,
  };
  const scaledDown = { metadata: { ...own, name: 'template' }, spec: { replicas: 0, template } };
  const { cluster } = await aCluster(
    t,
    holding({
      rollouts: [
        web,
        byReference,
        { metadata: { ...own, name: 'none' } },
        { metadata: { ...own, name: 'lost' }, spec: { workloadRef: { kind: 'Deployment', name: 'gone' } } },
        {
          metadata: { ...own, name: 'canary', annotations },
          spec: { template },
          status: { ...status, stableRS: 'b' },
        },
      ],
      deployments: [scaledDown, { metadata, spec: { replicas: 0, template } }],
    }),
  );
  const found = new Map((await readWorkloads(cluster, 'shop')).map((one) => [workloadId(one), one]));
  t.same([...found.keys()].sort(), [
    'Deployment/api',
    'Rollout/canary',
    'Rollout/lost',
    'Rollout/none',
    'Rollout/ref',
    'Rollout/web',
  ]);
  t.match(found.get('Rollout/web'), {
    apiVersion: 'argoproj.io/v1alpha1',
    versionAnnotation: '7',
    progress: { kind: 'done' },
    revision: { value: '2', selector: 'app=api', restartedAt: new Date('2026-11-25T13:00:00Z') },
  });
  t.match(found.get('Rollout/ref'), { versionAnnotation: undefined, revision: undefined });
  t.same([...(found.get('Rollout/ref')?.uses.keys() ?? [])], ['app']);
  for (const name of ['none', 'lost']) t.equal(found.get(`Rollout/${name}`)?.uses.size, 0);
  t.equal(found.get('Rollout/canary')?.revision, undefined, 'pods of two templates run');
});

t.test('builds no other path from an edited record', async (t) => {
  const { cluster, asked } = await aCluster(t, holding({}));
  for (const id of [
    'Secret/api',
    'Deployment/../x',
    'Deployment/..',
    'Deployment/a/b',
    'Deployment',
    '',
    '__proto__/a',
  ])
    t.equal(await readWorkload(cluster, 'shop', id), undefined);
  t.same(asked, []);
});

t.test('finds the current ReplicaSet by its number and owner', async (t) => {
  const revision = (value: string, uid: string, time: string) => ({
    metadata: {
      name: `api-${value}`,
      creationTimestamp: time,
      annotations: { 'deployment.kubernetes.io/revision': value },
      ownerReferences: [{ uid, controller: true }],
    },
  });
  const { cluster, asked } = await aCluster(
    t,
    holding({
      replicasets: [
        revision('4', 'other', '2026-11-25T12:00:01Z'),
        revision('3', 'u1', '2026-11-25T12:00:02Z'),
        revision('4', 'u1', '2026-11-25T12:00:03Z'),
        { metadata: { name: 'bare', creationTimestamp: '2026-11-25T12:00:04Z' } },
      ],
    }),
  );
  const its = {
    kind: 'replicasets',
    selector: 'app=api,tier in (a,b)',
    annotation: 'deployment.kubernetes.io/revision',
  } as const;
  const revised = (value: string) =>
    readTemplateCreationTime(cluster, aWorkload({ uid: 'u1', revision: { ...its, value } }));
  t.same(await revised('4'), new Date('2026-11-25T12:00:03Z'));
  t.equal(await revised('5'), undefined);
  t.equal(await readTemplateCreationTime(cluster, aWorkload()), undefined, 'it has none yet');
  t.equal(
    asked[0],
    '/apis/apps/v1/namespaces/shop/replicasets?limit=500&labelSelector=app=api,tier+in+(a,b)',
  );
});

t.test('sends a label selector as it is written', async (t) => {
  const matchExpressions = [
    { key: 'tier', operator: 'In', values: ['a', 'b'] },
    { key: 'old', operator: 'NotIn', values: ['yes'] },
    { key: 'app', operator: 'Exists' },
    { key: 'debug', operator: 'DoesNotExist' },
  ];
  const annotations = { 'deprecated.daemonset.template.generation': '2' };
  const daemonSet = {
    metadata: { ...metadata, annotations },
    spec: { selector: { matchExpressions }, template },
    status: { observedGeneration: 2 },
  };
  const { cluster } = await aCluster(t, holding({ daemonsets: [daemonSet] }));
  const [found] = await readWorkloads(cluster, 'shop');
  t.match(found?.revision, { selector: 'tier in (a,b),old notin (yes),app,!debug', value: '2' });
});

t.test('with OnDelete a revision counts when all pods have it', async (t) => {
  const stateful = (name: string, updatedReplicas: number) => ({
    metadata: { ...metadata, name },
    spec: { selector, template, updateStrategy: { type: 'OnDelete' } },
    status: { observedGeneration: 2, replicas: 2, updateRevision: 'new', updatedReplicas },
  });
  const statefulsets = [stateful('mixed', 1), stateful('new', 2)];
  const { cluster } = await aCluster(t, holding({ statefulsets }));
  const [mixed, replaced] = await readWorkloads(cluster, 'shop');
  t.equal(mixed?.revision, undefined);
  t.match(replaced?.revision, { name: 'new' });
});

t.test('names only the webhook of a refused restart', async (t) => {
  const refusedWith = async (code: number, message: string) => {
    const { cluster } = await aCluster(t, (response) => answerJson(response, aStatus(code, message), code));
    const error = await restartWorkload(cluster, aWorkload(), '3', new Date()).catch((cause) => cause);
    return error instanceof LockstepError ? error.message.replace(/^.*?(?=\()/, '') : error;
  };
  const quoting = 'spec.template.spec.containers[0].env[0]: Invalid value: "orchid-lantern-basalt"';
  t.equal(await refusedWith(422, quoting), '(HTTP 422)');
  t.equal(await refusedWith(403, 'deployments.apps "api" is forbidden'), '(this user may not patch it)');
  const webhook = `admission webhook "deny.example.com" denied the request: ${quoting}`;
  for (const code of [400, 404])
    t.equal(await refusedWith(code, webhook), '(the admission webhook deny.example.com denies it)');
  const policy = "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: orchid";
  t.equal(await refusedWith(422, policy), "(the ValidatingAdmissionPolicy 'p' denies it)");
  t.equal(await refusedWith(404, 'gone'), undefined, 'it was deleted meanwhile');
  t.match(await refusedWith(409, 'conflict'), /someone else changed it|run the command again/);
});
