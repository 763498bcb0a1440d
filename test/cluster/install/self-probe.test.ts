import t, { type Test } from 'tap';
import { type Cluster as Api, connect } from '../../../src/kube/client/connect.ts';
import { probe } from '../../../src/kube/webhooks/probe.ts';
import { createCa } from '../../../src/tls/ca.ts';
import {
  answering,
  closingServer,
  droppingServer,
  overPlainHttp,
  overTls,
  type WrongServer,
  withStatus,
} from '../../helpers/api/unreachable-servers.ts';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import type { Cluster } from '../../testbed/cluster/cluster.ts';
import { until } from '../../testbed/process/until.ts';

const DAY = 24 * 60 * 60 * 1000;
const now = new Date();
const lastMonth = new Date(now.getTime() - 30 * DAY);
const trusted = await createCa({ now: lastMonth, days: 90 });
const other = await createCa({ now, days: 1 });

const cluster = await aCluster(t);
const api = connect({ kubeconfig: cluster.kubeconfig });

/**
 * One way in which the API server can't reach lockstep: the program at the Service's address, and the changes of the
 * manifests.
 */
interface Fault {
  readonly it: string;
  readonly reason: string;
  readonly sentence: RegExp;
  readonly up?: (wrong: WrongServer) => Promise<void>;
  readonly service?: object | null;
  readonly webhook?: object | null;
  readonly secret?: null;
}

/** For what never answers. */
const BRIEF = { timeoutSeconds: 1 };

const FAULTS: readonly Fault[] = [
  { it: 'nobody listens', reason: 'refused', sentence: /no pod is ready, .* get pods,endpointslices\)$/ },
  {
    it: 'a firewall drops what is sent there',
    reason: 'firewall',
    sentence: /firewall: the control plane can't reach the pods' port 8443. On private clusters \(GKE, EKS/,
    up: droppingServer,
    webhook: BRIEF,
  },
  {
    it: 'what listens there never answers',
    reason: 'firewall',
    sentence: /gets no answer from lockstep in time/,
    up: (wrong) => overTls(wrong, () => {}),
    webhook: BRIEF,
  },
  { it: 'the connection is cut', reason: 'cut', sentence: /service mesh/, up: closingServer },
  {
    it: 'another CA issued the certificate',
    reason: 'untrusted',
    sentence: /caBundle of the webhook configurations holds no CA that issued it/,
    up: (wrong) => overTls({ ...wrong, authority: other }, answering({})),
  },
  {
    it: 'caBundle is empty',
    reason: 'untrusted',
    sentence: /caBundle/,
    up: (wrong) => overTls(wrong, answering({})),
    webhook: { caBundle: undefined },
  },
  {
    it: 'caBundle is no PEM',
    reason: 'ca-bundle',
    sentence: /caBundle of the webhook configurations is no certificate/,
    webhook: { caBundle: Buffer.from('nonsense').toString('base64') },
  },
  {
    it: 'the certificate is for another name',
    reason: 'wrong-name',
    sentence: /for another name than lockstep-webhook\.row-\d+\.svc; issue one for that name$/,
    up: (wrong) => overTls({ ...wrong, name: 'lockstep.example.com' }, answering({})),
  },
  {
    it: 'the certificate has expired',
    reason: 'clock',
    sentence: /it has expired, or one of the two clocks is wrong/,
    up: (wrong) => overTls({ ...wrong, issued: new Date(now.getTime() - 9 * DAY) }, answering({})),
  },
  {
    it: 'the certificate is of tomorrow',
    reason: 'clock',
    sentence: /by the API server's clock/,
    up: (wrong) => overTls({ ...wrong, issued: new Date(now.getTime() + DAY) }, answering({})),
  },
  ...[404, 405, 200].map((status) => ({
    it: `another program answers ${status}`,
    reason: 'other-program',
    sentence: /another program than lockstep .* describe service lockstep-webhook$/,
    up: (wrong: WrongServer) => overTls(wrong, withStatus(status)),
  })),
  {
    it: 'another program answers in plain HTTP',
    reason: 'other-program',
    sentence: /another program than lockstep/,
    up: overPlainHttp,
  },
  {
    it: 'lockstep is overwhelmed',
    reason: 'lockstep-failed',
    sentence: /its log says why: kubectl -n row-\d+ logs/,
    up: (wrong) => overTls(wrong, withStatus(503)),
  },
  { it: 'there is no Service', reason: 'no-service', sentence: /apply the manifests again/, service: null },
  {
    it: 'the Service has another port',
    reason: 'no-service',
    sentence: /no Service lockstep-webhook with port 443/,
    service: { ports: [{ port: 8443 }] },
  },
  {
    it: 'the Service is a name that does not resolve',
    reason: 'dns',
    sentence: /can't resolve/,
    service: { type: 'ExternalName', externalName: 'lockstep.invalid', clusterIP: undefined },
  },
  { it: 'there is no CA Secret', reason: 'absent', sentence: /no Secret lockstep-webhook-ca/, secret: null },
  {
    it: 'there is no webhook for the probe',
    reason: 'not-called',
    sentence: /did not ask lockstep/,
    webhook: null,
  },
  {
    it: 'another webhook allows it in its stead',
    reason: 'not-called',
    sentence: /another program answers/,
    up: (wrong) => overTls(wrong, answering({})),
  },
  {
    it: 'another webhook stands before it',
    reason: 'other-webhook',
    sentence: /another webhook than lockstep refuses the probe/,
    webhook: { name: 'policy.example.com' },
  },
  {
    it: 'another webhook refuses the write',
    reason: 'other-webhook',
    sentence: /pass over the namespace row-/,
    webhook: { name: 'policy.example.com' },
    up: (wrong) => overTls(wrong, answering({ allowed: false })),
  },
  {
    it: 'a reason that nobody foresaw',
    reason: 'unknown',
    sentence: /see for yourself: kubectl .* --dry-run=server$/,
    up: (wrong) => overTls(wrong, answering({ allowed: false })),
  },
];

t.test('states a sentence for each reason why lockstep is not reached', async (t) => {
  const rows = FAULTS.map((fault, index) => ({
    fault,
    namespace: `row-${index}`,
    host: cluster.serviceIP(20 + index),
  }));
  for (const row of rows) await install(t, row);
  for (const { fault, namespace } of rows) {
    await t.test(fault.it, async (t) => {
      // A new webhook configuration takes effect a little later. Until then no webhook is called.
      const asked = () => probe(api, namespace);
      if (fault.reason !== 'not-called') {
        await until('the webhook to count', [], async () => (await asked()).reason !== 'not-called');
      }
      const found = await asked();
      t.equal(found.reached, false);
      t.equal(found.reason, fault.reason);
      t.match(found.sentence, fault.sentence);
      t.notMatch(found.sentence, /\n|another program<|NAMESPACE/);
    });
  }
});

t.test('reports missing endpoints if the API server resolves them itself', async (t) => {
  // As on EKS: the API server calls the pods, and not the Service's address.
  const routing = await aCluster(t, { apiServerFlags: ['--enable-aggregator-routing=true'] });
  const fault = FAULTS[0]!;
  await install(t, { fault, namespace: 'row-0', host: routing.serviceIP(20) }, routing);
  const found = await untilCalled(connect({ kubeconfig: routing.kubeconfig }), 'row-0');
  t.equal(found.reason, 'no-endpoints');
  t.equal(found.sentence, 'no pod of lockstep is ready; see kubectl -n row-0 get pods');
});

t.test('names the missing right to patch the CA Secret', async (t) => {
  await cluster.mustRun(['create', 'serviceaccount', 'nobody', '-n', 'default']);
  const kubeconfig = await cluster.serviceAccountKubeconfig('default', 'nobody');
  const nobody = connect({ kubeconfig });
  t.match(await probe(nobody, 'row-0'), {
    reached: false,
    reason: 'forbidden',
    sentence: /has no right to patch/,
  });
  const someone = 'system:serviceaccount:default:someone';
  t.match(await probe(nobody, 'row-0', someone), { reason: 'impersonation' });
});

t.test('does not blame lockstep for an API server that is down', async (t) => {
  const gone = await aCluster(t);
  const api = connect({ kubeconfig: gone.kubeconfig });
  await gone.stop();
  t.match(await probe(api, 'row-0'), {
    reached: false,
    reason: 'unasked',
    sentence: /^cannot reach the API server .*ECONNREFUSED/,
  });
});

async function untilCalled(api: Api, namespace: string) {
  await until('the webhook to count', [], async () => (await probe(api, namespace)).reason !== 'not-called');
  return probe(api, namespace);
}

interface Row {
  readonly fault: Fault;
  readonly namespace: string;
  readonly host: string;
}

/** The objects that the probe needs, in a separate namespace, with one fault. */
async function install(t: Test, { fault, namespace, host }: Row, on: Cluster = cluster): Promise<void> {
  const name = `lockstep-webhook.${namespace}.svc`;
  await fault.up?.({ t, host, name, authority: trusted });
  const metadata = { name: 'lockstep-webhook', namespace };
  const { caBundle, ...webhook } = {
    caBundle: Buffer.from(trusted.cert).toString('base64'),
    ...(fault.webhook as { caBundle?: string }),
  };
  const items = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    fault.secret !== null && {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'lockstep-webhook-ca', namespace },
    },
    fault.service !== null && {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { clusterIP: host, ports: [{ port: 443 }], ...fault.service },
    },
    fault.webhook !== null && {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: namespace },
      webhooks: [
        {
          name: 'probe.lockstep.dev',
          clientConfig: { service: { ...metadata, path: '/validate' }, caBundle },
          admissionReviewVersions: ['v1'],
          sideEffects: 'None',
          failurePolicy: 'Fail',
          // A busy machine takes long for an answer, and no answer in time is another fault.
          timeoutSeconds: 10,
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
          rules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['secrets'], operations: ['UPDATE'] }],
          ...webhook,
        },
      ],
    },
  ];
  const input = { apiVersion: 'v1', kind: 'List', items: items.filter((item) => item !== false) };
  await on.mustRun(['apply', '-f', '-'], { input });
}
