import t from 'tap';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import { deleteDerivedSecret, writeDerivedSecret } from '../../../src/kube/secrets/derived-secrets.ts';
import { patchSecret, readSecret } from '../../../src/kube/secrets/stored-secrets.ts';
import { mergePatch, stolenToken } from '../../helpers/api/stolen-token.ts';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { until } from '../../testbed/process/until.ts';

const CLOSED = ['kube-system', 'kube-public', 'kube-node-lease', 'lockstep-system'];
const GONE = { apiVersion: 'v1', kind: 'Secret', name: 'a', uid: '8b2f3a52-5b0e-4a43-9d0c-0d3b8a1f2c11' };

// Without Kubernetes' own controllers: they delete a token without a ServiceAccount, and a Secret whose owner is gone.
const cluster = await aCluster(t);
const { api, errorMessage: said } = await stolenToken(cluster, 'lockstep-controller');

const collection = (namespace = 'shop') => `/api/v1/namespaces/${namespace}/secrets`;
const create = (object: ReturnType<typeof secret>) =>
  said({ method: 'POST', path: collection(object.metadata.namespace), body: object });
const remove = (name: string, namespace?: string) =>
  said({ method: 'DELETE' as const, path: `${collection(namespace)}/${name}` });
const patch = (name: string, change: object, namespace?: string) =>
  said(mergePatch(`${collection(namespace)}/${name}`, change));

const secret = (
  name: string,
  metadata: { namespace?: string; [field: string]: unknown } = {},
  type = 'Opaque',
) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: 'shop', ...metadata },
  stringData: { KEY: 'before' },
  type,
});
const token = (name: string) => {
  const annotations = { 'kubernetes.io/service-account.name': 'default' };
  return secret(name, { annotations }, 'kubernetes.io/service-account-token');
};
const derivedOf = (name: string) => ({
  labels: { 'lockstep.dev/derived': 'true' },
  annotations: { 'lockstep.dev/derived-from': name },
});

t.before(async () => {
  const items = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
    secret('app'),
    token('token'),
    secret('release', {}, 'helm.sh/release.v1'),
    secret('moved-derived', derivedOf('other')),
    ...CLOSED.map((namespace) => secret('closed', { namespace })),
  ];
  await cluster.apply(items);
  // A dry run: until the guard is in force, a real DELETE would succeed, and the next one find no Secret to refuse.
  const attempt = {
    method: 'DELETE' as const,
    path: `${collection(CLOSED[0])}/closed`,
    query: { dryRun: 'All' },
  };
  await until('the guard', [], async () => /lockstep-controller-secrets-guard/.test(await said(attempt)));
});

t.test('lets the controller create only its own Secrets, so no token of another account', async (t) => {
  const sentence = /may create and delete no Secret but records and those that are marked as derived/;
  for (const [object, expected] of [
    [secret('new'), sentence],
    [secret('lockstep-record-new'), sentence],
    [secret('new', {}, 'lockstep.dev/record'), sentence],
    [secret('new-derived', derivedOf('other')), sentence],
    [secret('new-derived', derivedOf('new'), 'example.com/another'), sentence],
    [token('new'), /may write no Secret of type kubernetes\.io\/service-account-token/],
    [
      secret('bootstrap-token-abcdef', { namespace: 'kube-system' }, 'bootstrap.kubernetes.io/token'),
      /may write no Secret in namespace kube-system/,
    ],
    ...CLOSED.map((namespace): [ReturnType<typeof secret>, RegExp] => [
      secret('lockstep-record-new', { namespace }, 'lockstep.dev/record'),
      new RegExp(`may write no Secret in namespace ${namespace}`),
    ]),
  ] as const)
    t.match(await create(object), expected);
});

t.test('lets the controller delete only its own Secrets', async (t) => {
  for (const name of ['app', 'moved-derived']) t.match(await remove(name), /may create and delete no Secret/);
  for (const name of ['token', 'release']) t.match(await remove(name), /may write no Secret of type/);
  for (const namespace of CLOSED)
    t.match(await remove('closed', namespace), new RegExp(`no Secret in namespace ${namespace}`));
});

t.test('lets the controller change the data of a Secret, and not its owners or `immutable`', async (t) => {
  for (const change of [
    { immutable: true },
    { metadata: { ownerReferences: [GONE] } },
    { metadata: { finalizers: ['example.com/never'] } },
  ])
    t.match(
      await patch('app', change),
      /may change data, labels and annotations of a Secret, and nothing else/,
    );
  const change = { data: { KEY: 'YWZ0ZXI=' } };
  for (const name of ['token', 'release']) t.match(await patch(name, change), /may write no Secret of type/);
  for (const namespace of CLOSED)
    t.match(await patch('closed', change, namespace), /may write no Secret in namespace/);
});

t.test('allows the work of the controller', async (t) => {
  const values = (text: string) => new Map([['KEY', Sensitive.fromText(text)]]);
  const app = (await readSecret(api, { namespace: 'shop', name: 'app' }))!;
  const after = await patchSecret(api, app, { set: values('after'), remove: [] });
  t.not(after.resourceVersion, app.resourceVersion);
  const place = { namespace: 'shop', name: 'app-derived' };
  await writeDerivedSecret(api, app, values('one'), undefined);
  // For a Secret that was deleted and created again.
  await writeDerivedSecret(api, { ...app, uid: GONE.uid }, values('two'), await readSecret(api, place));
  const written = await readSecret(api, place);
  t.ok(written);
  await deleteDerivedSecret(api, written!);
});

t.test('does not apply to an administrator', async (t) => {
  const { exitCode } = await cluster.kubectl(['delete', 'secret', 'closed', '-n', 'kube-system']);
  t.equal(exitCode, 0);
});

t.test('counts denials in the API server', async (t) => {
  const { text } = await cluster.request('/metrics');
  const counted = text
    .split('\n')
    .filter((line) => line.startsWith('apiserver_validating_admission_policy_check_total'));
  const denied = counted.filter((line) => line.includes('enforcement_action="deny"'));
  t.ok(denied.some((line) => line.includes('policy="lockstep-controller-secrets-guard"')));
});
