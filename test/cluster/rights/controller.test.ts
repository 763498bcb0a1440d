import t, { type Test } from 'tap';
import { CHANGE_FINALIZER } from '../../../src/commands/adapters/change-finalizer.ts';
import {
  callsOf,
  callsWithoutRight,
  grantedRights,
  listedRights,
  unusedRights,
} from '../../helpers/api/rights.ts';
import { installRollouts, playArgo } from '../../helpers/cluster/argo.ts';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { fakeKubelet } from '../../helpers/cluster/fake-kubelet.ts';
import { aCredentialObject } from '../../helpers/login/postgres-credential.ts';
import { aRedisCredentialObject } from '../../helpers/login/redis-credential.ts';
import { aSecretPolicy } from '../../helpers/policy/secret-policy.ts';
import type { Cluster } from '../../testbed/cluster/cluster.ts';
import { applyOverlay } from '../../testbed/lockstep/install.ts';
import { canListen, freePort } from '../../testbed/process/ports.ts';
import { until } from '../../testbed/process/until.ts';

const ROLE = 'lockstep-controller';
const ACCOUNT = `system:serviceaccount:lockstep-system:${ROLE}`;
/** lockstep deletes a record thirty days after its Secret. The test does not wait for that. */
const LATER = ['delete secrets'];
const LABELS = { app: 'reader' };

const OUT_OF_REACH = [
  'deletecollection secrets',
  'update secrets',
  'create serviceaccounts/token -n lockstep-system',
  'get configmaps',
  'get pods',
  'create pods/exec',
  'create deployments',
  'delete deployments',
  'update secretpolicies',
  'patch secretpolicies',
  'patch validatingwebhookconfiguration/lockstep',
  'patch validatingadmissionpolicies',
  'delete validatingadmissionpolicybindings',
  'patch policyreport/another',
  'patch report.openreports.io/another',
  'patch namespaces',
  'get leases -n shop',
  'update lease/another -n lockstep-system',
  'delete lease/lockstep-controller -n lockstep-system',
  'create clusterroles',
  'bind clusterroles',
  'escalate clusterroles',
  'impersonate users',
];

const cluster = await aCluster(t, { controllers: true });
/** Server-side, because an annotation with the values would be a finding. */
const apply = (...items: readonly object[]) => cluster.apply(items, '--server-side');

t.before(async () => {
  await apply(
    reportCrd('wgpolicyk8s.io', 'v1alpha2', { kind: 'PolicyReport', plural: 'policyreports' }),
    namespace('shop'),
  );
  await installRollouts(cluster);
  playArgo(t, cluster);
  // Created before the webhooks validate them.
  await apply(drifted('shop'), drifted('kube-system'), weak(), ...readers());
  const address = cluster.serviceIP(10);
  const port = (await canListen(address, 443)) ? 443 : await freePort(address);
  await applyOverlay(cluster, 'manifests', { address, port });
  // Its Secret does not exist: the status reports that, and no change is left that keeps the object.
  await apply(
    policy(),
    withFinalizer(aCredentialObject({ secretName: 'nowhere' })),
    withFinalizer(aRedisCredentialObject({ secretName: 'nowhere' })),
  );
  fakeKubelet(t, cluster, { address, port }, ['webhook', 'controller']);
  const ready = 'rollout status deployment/lockstep-controller -n lockstep-system --timeout=90s';
  await cluster.mustRun(ready.split(' '));
});

t.test('lists its rights on Secrets, and none that grants new rights', async (t) => {
  t.same(await listedRights(cluster, ACCOUNT, 'default'), [
    'controllerrevisions.apps: get list',
    'cronjobs.batch: get list patch',
    'daemonsets.apps: get list patch',
    'deployments.apps: get list patch',
    'events: create',
    'namespaces: list watch',
    'policyreports.wgpolicyk8s.io lockstep: get list patch delete',
    'policyreports.wgpolicyk8s.io: create',
    'postgrescredentials.lockstep.dev/status: patch',
    'postgrescredentials.lockstep.dev: list watch patch',
    'rediscredentials.lockstep.dev/status: patch',
    'rediscredentials.lockstep.dev: list watch patch',
    'replicasets.apps: list',
    'reports.openreports.io lockstep: get list patch delete',
    'reports.openreports.io: create',
    'rollouts.argoproj.io: get list patch',
    'secretpolicies.lockstep.dev: list watch',
    'secrets: get list watch patch create delete',
    'statefulsets.apps: get list patch',
  ]);
  const more = (await listedRights(cluster, ACCOUNT, 'lockstep-system')).filter((right) =>
    /leases/.test(right),
  );
  t.same(more, [
    'leases.coordination.k8s.io lockstep-controller: get update',
    'leases.coordination.k8s.io: create',
  ]);
});

t.test('denies each other call that an attacker in its pod could try', async (t) => {
  for (const right of OUT_OF_REACH) {
    const { stdout } = await cluster.kubectl(['auth', 'can-i', ...right.split(' '), `--as=${ACCOUNT}`]);
    t.equal(stdout, 'no\n', right);
  }
});

t.test('uses each right, and no call is refused', (t) => eachRightIsUsed(t, cluster));

t.test('writes only in namespaces of its policy, and not in the system namespaces', async (t) => {
  const calls = await callsOf(cluster, ACCOUNT);
  const written = calls.filter(({ right }) => /^(create|patch|delete) (?!leases|secretpolicies)/.test(right));
  t.same(new Set(written.map(({ namespace }) => namespace)), new Set(['shop']));
  t.match(await value('kube-system'), /before/);
});

async function eachRightIsUsed(t: Test, cluster: Cluster): Promise<void> {
  const granted = (await grantedRights('manifests', ROLE)).filter((right) => !LATER.includes(right));
  const left = async () => unusedRights(await callsOf(cluster, ACCOUNT), granted);
  await until('the Secret to be healed', [], async () => /Vq7mT2xLr9KcW4nB8sZd/.test(await value('shop')));
  await until('a report', [], async () => !(await left()).includes('create policyreports.wgpolicyk8s.io'));
  await apply(unvalidated({ JWT_SECRET: 'changeme', JWT_REFRESH_SECRET: 'changeme' }));
  await until(
    'another report',
    [],
    async () => !(await left()).includes('patch policyreports.wgpolicyk8s.io lockstep'),
  );
  await cluster.mustRun('delete secret weak -n shop'.split(' '));
  const isUsed = (right: string) => until(right, [], async () => !(await left()).includes(right));
  await isUsed('delete policyreports.wgpolicyk8s.io lockstep');
  await apply(reportCrd('openreports.io', 'v1alpha1', { kind: 'Report', plural: 'reports' }));
  // The controller looks for the kind only when it writes the next report.
  await until(
    'the kind',
    [],
    async () => (await cluster.request('/apis/openreports.io/v1alpha1')).status === 200,
  );
  await apply(unvalidated({ JWT_SECRET: 'changeme' }));
  await isUsed('create reports.openreports.io');
  await apply(unvalidated({ JWT_SECRET: 'changeme', JWT_REFRESH_SECRET: 'changeme' }));
  await isUsed('patch reports.openreports.io lockstep');
  await cluster.mustRun('delete secret weak -n shop'.split(' '));
  let missing = await left();
  await until('each right to be used', [], async () => {
    missing = await left();
    return missing.length === 0;
  }).catch(() => t.same(missing, [], 'unused'));
  const made = await callsOf(cluster, ACCOUNT);
  t.same(callsWithoutRight(made, [...granted, ...LATER]), new Set());
  t.same(
    made.filter(({ code }) => code === 403),
    [],
  );
}

async function value(namespace: string): Promise<string> {
  const { json } = await cluster.request(`/api/v1/namespaces/${namespace}/secrets/shop`);
  return Buffer.from(json().data.DATABASE_URL, 'base64').toString();
}

const withFinalizer = <Of extends { readonly metadata: object }>({ metadata, ...rest }: Of): object => ({
  ...rest,
  metadata: { ...metadata, finalizers: [CHANGE_FINALIZER] },
});

function namespace(name: string): object {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

function secret(name: string, namespace: string, stringData: Readonly<Record<string, string>>) {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    stringData,
  };
}

function drifted(namespace: string) {
  return secret('shop', namespace, {
    POSTGRES_USER: 'app',
    POSTGRES_PASSWORD: 'Vq7mT2xLr9KcW4nB8sZd',
    POSTGRES_DB: 'shop',
    POSTGRES_HOST: 'db',
    DATABASE_URL: 'postgresql://app:before@db:5432/shop',
  });
}

function weak() {
  return secret('weak', 'shop', { JWT_SECRET: 'changeme' });
}

function unvalidated(stringData: Readonly<Record<string, string>>) {
  const annotations = { 'lockstep.dev/break-glass': 'a test' };
  return {
    ...secret('weak', 'shop', stringData),
    metadata: { name: 'weak', namespace: 'shop', annotations },
  };
}

function policy() {
  return aSecretPolicy('shop', {
    match: { names: ['shop'] },
    heal: 'Always',
    restart: true,
    keys: {
      DATABASE_URL: {
        derive: {
          template: 'postgresql://${POSTGRES_USER}:${POSTGRES_PASSWORD}@${POSTGRES_HOST}:5432/${POSTGRES_DB}',
        },
      },
      ...Object.fromEntries(
        ['POSTGRES_USER', 'POSTGRES_PASSWORD', 'POSTGRES_DB', 'POSTGRES_HOST'].map((key) => [key, {}]),
      ),
    },
  });
}

/** One workload of each kind without pods, so that each rollout is complete as soon as its controller has read it. */
function readers(): readonly object[] {
  const pod = {
    containers: [{ name: 'app', image: 'app', envFrom: [{ secretRef: { name: 'shop' } }] }],
  };
  const template = { metadata: { labels: LABELS }, spec: { ...pod, nodeSelector: { nowhere: 'yes' } } };
  const metadata = { name: 'reader', namespace: 'shop' };
  const selector = { matchLabels: LABELS };
  const job = { template: { spec: { ...pod, restartPolicy: 'Never' } } };
  return [
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { replicas: 0, selector, template } },
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata,
      spec: { replicas: 0, serviceName: 'reader', selector, template },
    },
    {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Rollout',
      metadata,
      spec: { replicas: 0, selector, template },
    },
    { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata, spec: { selector, template } },
    {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata,
      spec: { schedule: '0 0 1 1 *', suspend: true, jobTemplate: { spec: job } },
    },
  ];
}

/** The CRD that the API server needs to accept a report. */
function reportCrd(
  group: string,
  version: string,
  names: { readonly kind: string; readonly plural: string },
) {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${names.plural}.${group}`,
      annotations: {
        'api-approved.kubernetes.io': 'https://github.com/kubernetes-sigs/wg-policy-prototypes',
      },
    },
    spec: {
      group,
      scope: 'Namespaced',
      names,
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  };
}
