import { readFile } from 'node:fs/promises';
import t from 'tap';
import { readCaBundles, writeCaBundle } from '../../../src/kube/webhooks/ca-bundle.ts';
import { add, jsonPatch, mergePatch, stolenToken } from '../../helpers/api/stolen-token.ts';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import type { Loose } from '../../helpers/cluster/kustomize.ts';
import { until } from '../../testbed/process/until.ts';

const KINDS = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'] as const;
type Kind = (typeof KINDS)[number];
const GROUP = '/apis/admissionregistration.k8s.io/v1';
const pathOf = (kind: Kind) => `${GROUP}/${kind.toLowerCase()}s/lockstep`;

const cluster = await aCluster(t, { controllers: true });
const { api, kubeconfig, errorMessage: said } = await stolenToken(cluster, 'lockstep-webhook');
const { clusters } = JSON.parse(await readFile(kubeconfig, 'utf8'));
/** Any certificate will do. */
const caBundle: string = clusters[0].cluster['certificate-authority-data'];

const stored = async (kind: Kind): Promise<Loose> => (await cluster.request(pathOf(kind))).json();

await until('the guard', [], async () => {
  const labels = mergePatch(pathOf(KINDS[0]), { metadata: { labels: { tried: 'yes' } } });
  return /lockstep-webhook-guard/.test(await said({ ...labels, query: { dryRun: 'All' } }));
});

const ALL = [{ apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'], operations: ['*'] }];
const ANOTHER = {
  name: 'another.lockstep.dev',
  clientConfig: { url: 'https://192.0.2.1/' },
  admissionReviewVersions: ['v1'],
  sideEffects: 'None',
  rules: ALL,
};
const GONE = {
  apiVersion: 'v1',
  kind: 'Namespace',
  name: 'gone',
  uid: '8b2f3a52-5b0e-4a43-9d0c-0d3b8a1f2c11',
};
const BEYOND = [
  add('/webhooks/0/rules', ALL),
  add('/webhooks/0/clientConfig', { url: 'https://192.0.2.1/' }),
  add('/webhooks/0/clientConfig/service/name', 'another'),
  add('/webhooks/0/clientConfig/service/path', '/another'),
  add('/webhooks/0/failurePolicy', 'Fail'),
  add('/webhooks/0/namespaceSelector', {}),
  add('/webhooks/0/objectSelector', { matchLabels: { a: 'b' } }),
  add('/webhooks/0/timeoutSeconds', 30),
  add('/webhooks/0/matchPolicy', 'Exact'),
  add('/webhooks/0/name', 'renamed.lockstep.dev'),
  add('/webhooks/-', ANOTHER),
  { op: 'remove', path: '/webhooks/0/matchConditions' },
  { op: 'remove', path: '/webhooks/0' },
  { op: 'remove', path: '/webhooks' },
  // The garbage collector would delete an object whose owner does not exist.
  add('/metadata/ownerReferences', [GONE]),
  add('/metadata/annotations', { 'cert-manager.io/inject-ca-from': 'a/b' }),
  add('/metadata/finalizers', ['example.com/never']),
];

for (const kind of KINDS) {
  t.test(`${kind}: lets the webhook's account change only caBundle`, async (t) => {
    const before = await stored(kind);
    for (const change of BEYOND) {
      const message = await said(jsonPatch(pathOf(kind), [change]));
      t.match(message, /the account of lockstep's webhook may change caBundle/, JSON.stringify(change));
    }
    t.same(await stored(kind), before);
  });

  t.test(`${kind}: lets it write caBundle, with all optional fields and with none`, async (t) => {
    const write = async () => {
      const { resourceVersion } = (await stored(kind)).metadata;
      const pem = Buffer.from(caBundle, 'base64').toString('utf8');
      await writeCaBundle(api, await readCaBundles(api, kind), pem);
      const after = await stored(kind);
      t.not(after.metadata.resourceVersion, resourceVersion);
      const bundles = after.webhooks.map(({ clientConfig }: Loose) => clientConfig.caBundle);
      t.same(new Set(bundles), new Set([caBundle]));
    };
    await write();
    const bare = (await stored(kind)).webhooks.map(({ name }: Loose) => ({
      name,
      clientConfig: { service: { name: 'lockstep-webhook', namespace: 'lockstep-system' } },
      admissionReviewVersions: ['v1'],
      sideEffects: 'None',
    }));
    const emptied = await cluster.request(pathOf(kind), {
      method: 'PATCH',
      body: { webhooks: bare },
      contentType: 'application/merge-patch+json',
    });
    t.equal(emptied.status, 200, 'an administrator may');
    t.notMatch(emptied.text, /caBundle":/);
    await write();
    const removed = { op: 'remove', path: '/webhooks/0/clientConfig/caBundle' };
    t.equal(await said(jsonPatch(pathOf(kind), [removed])), '');
  });
}

t.test('grants no right on the guard', async (t) => {
  for (const plural of ['validatingadmissionpolicies', 'validatingadmissionpolicybindings'])
    for (const call of [
      { method: 'DELETE', path: `${GROUP}/${plural}/lockstep-webhook-guard` } as const,
      mergePatch(`${GROUP}/${plural}/lockstep-webhook-guard`, { metadata: { labels: { a: 'b' } } }),
    ])
      t.match(await said(call), /is forbidden: User "\S+:lockstep-webhook" cannot/);
});
