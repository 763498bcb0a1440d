import t, { type Test } from 'tap';
import type { WorkloadKind } from '../../../src/engine/workloads/rollout/workload-kinds.ts';
import { WORKLOAD_RESOURCES } from '../../../src/kube/objects/workload-object.ts';
import { readWorkload, restartWorkload } from '../../../src/kube/objects/workloads.ts';
import { add, jsonPatch, mergePatch, stolenToken } from '../../helpers/api/stolen-token.ts';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import type { Loose } from '../../helpers/cluster/kustomize.ts';
import { until } from '../../testbed/process/until.ts';

const KINDS: readonly WorkloadKind[] = ['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob'];
const STAMP = 'lockstep.dev/secret-version';

const cluster = await aCluster(t, { controllers: true });
const { api, errorMessage: said } = await stolenToken(cluster, 'lockstep-controller');

function pathOf(kind: WorkloadKind, name: string, namespace = 'shop'): string {
  const { apiVersion, plural } = WORKLOAD_RESOURCES[kind];
  return `/apis/${apiVersion}/namespaces/${namespace}/${plural}/${name}`;
}
const stored = async (kind: WorkloadKind, name: string): Promise<Loose> =>
  (await cluster.request(pathOf(kind, name))).json();

t.before(async () => {
  const items = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
    ...KINDS.flatMap((kind) => [bare(kind), full(kind), large(kind)]),
    { ...bare('Deployment'), metadata: { name: 'bare', namespace: 'kube-system' } },
  ];
  const input = { apiVersion: 'v1', kind: 'List', items };
  await cluster.apply(input, '--server-side');
  const attempt = mergePatch(pathOf('Deployment', 'bare'), { spec: { replicas: 3 } });
  await until('the guard', [], async () =>
    /workloads-guard/.test(await said({ ...attempt, query: { dryRun: 'All' } })),
  );
});

for (const kind of KINDS)
  t.test(`${kind}: lets the controller restart it, and change nothing else of its pods`, async (t) => {
    for (const name of ['bare', 'full', 'large']) {
      await isRefusedBeyond(t, kind, name, name === 'large' ? 1 : undefined);
      for (const stamp of ['1', '2'])
        await until('a restart', [], async () => {
          const workload = await readWorkload(api, 'shop', `${kind}/${name}`);
          // The workload's own controller may write its status at the same time.
          return restartWorkload(api, workload!, stamp, new Date()).then(
            () => true,
            (error) => error.code !== 'LOCKSTEP_CLUSTER_CONFLICT' && Promise.reject(error),
          );
        });
      const { template } = specsOf(await stored(kind, name)).job;
      t.equal(template.metadata.annotations[STAMP], '2');
    }
  });

t.test('lets the controller restart nothing in the system namespaces', async (t) => {
  const change = { spec: { template: { metadata: { annotations: { [STAMP]: '1' } } } } };
  const message = await said(mergePatch(pathOf('Deployment', 'bare', 'kube-system'), change));
  t.match(message, /may restart nothing in namespace kube-system/);
});

t.test('ignores labels and annotations of the workload, because other webhooks set some', async (t) => {
  const change = {
    metadata: { labels: { a: 'b' }, annotations: { 'example.com/written-by': 'lockstep' } },
  };
  t.equal(await said(mergePatch(pathOf('Deployment', 'bare'), change)), '');
});

t.test('type-checks each policy expression in the API server', async (t) => {
  const { stdout } = await cluster.kubectl('get validatingadmissionpolicies -o json'.split(' '));
  for (const { metadata, status } of JSON.parse(stdout).items)
    t.same(status.typeChecking?.expressionWarnings ?? [], [], metadata.name);
});

async function isRefusedBeyond(t: Test, kind: WorkloadKind, name: string, most?: number): Promise<void> {
  const before = await stored(kind, name);
  for (const [where, change] of beyond(kind).slice(0, most)) {
    const message = await said(jsonPatch(pathOf(kind, name), [change]));
    t.match(message, `and nothing else of what runs; this changes more in: ${where}`, `${kind} ${name}`);
  }
  t.same((await stored(kind, name)).spec, before.spec);
}

function beyond(kind: WorkloadKind): readonly (readonly [where: string, change: object])[] {
  const isJob = kind === 'CronJob';
  const at = isJob ? '/spec/jobTemplate/spec/template' : '/spec/template';
  const job = [
    ['spec', add('/spec/suspend', false)],
    ['spec of jobTemplate', add('/spec/jobTemplate/spec/parallelism', 9)],
    ['jobTemplate', add('/spec/jobTemplate/metadata', { labels: { a: 'b' } })],
  ] as const;
  return [
    ['the pod template', add(`${at}/spec/containers/-`, { name: 'second', image: 'second' })],
    ['the pod template', add(`${at}/spec/containers/0/image`, 'another')],
    ['the pod template', add(`${at}/spec/hostNetwork`, true)],
    ['the pod template', add(`${at}/spec/serviceAccountName`, 'another')],
    [
      'annotations of the pod template',
      add(`${at}/metadata/annotations`, { 'sidecar.istio.io/inject': 'true' }),
    ],
    ['metadata of the pod template', add(`${at}/metadata/labels/more`, 'yes')],
    ['metadata', add('/metadata/finalizers', ['example.com/never'])],
    ...(isJob ? job : [['spec', add('/spec/minReadySeconds', 77)] as const]),
  ];
}

/** `job` holds the pod template. */
function specsOf({ spec }: Loose): { readonly job: Loose } {
  return { job: spec.jobTemplate?.spec ?? spec };
}

interface Fields {
  readonly container?: object;
  readonly pod?: object;
  readonly annotations?: object;
}

function made(kind: WorkloadKind, name: string, { container, pod, annotations }: Fields): object {
  const labels = { app: `${kind}-${name}`.toLowerCase() };
  const metadata = { labels, ...(annotations && { annotations }) };
  const containers = [{ name: 'main', image: 'main', ...container }];
  const spec = { containers, nodeName: 'nowhere', ...pod };
  const own = {
    apiVersion: WORKLOAD_RESOURCES[kind].apiVersion,
    kind,
    metadata: { name, namespace: 'shop' },
  };
  if (kind === 'CronJob') {
    const template = { metadata, spec: { ...spec, restartPolicy: 'Never' } };
    return { ...own, spec: { schedule: '0 0 1 1 *', suspend: true, jobTemplate: { spec: { template } } } };
  }
  const replicas = kind === 'DaemonSet' ? {} : { replicas: 0 };
  // Kubernetes 1.30 requires it.
  const service = kind === 'StatefulSet' ? { serviceName: name } : {};
  const selector = { matchLabels: labels };
  return { ...own, spec: { selector, template: { metadata, spec }, ...replicas, ...service } };
}

/** A workload without any optional field. */
function bare(kind: WorkloadKind): object {
  return made(kind, 'bare', {});
}

function full(kind: WorkloadKind): object {
  return made(kind, 'full', {
    container: { envFrom: [{ secretRef: { name: 'app' } }], resources: { limits: { cpu: '1' } } },
    pod: {
      initContainers: [{ name: 'first', image: 'first' }],
      volumes: [{ name: 'app', secret: { secretName: 'app' } }],
      affinity: { podAntiAffinity: {} },
      tolerations: [{ operator: 'Exists' }],
      securityContext: { runAsUser: 1 },
    },
    annotations: { team: 'a', [STAMP]: '0' },
  });
}

/** About half a megabyte, to test the cost budget of the expressions. */
function large(kind: WorkloadKind): object {
  const env = Array.from({ length: 5000 }, (_, n) => ({ name: `NAME_${n}`, value: 'x'.repeat(80) }));
  return made(kind, 'large', { container: { env } });
}
