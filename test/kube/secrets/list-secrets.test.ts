import t, { type Test } from 'tap';
import type { UnreadableSecret } from '../../../src/engine/diagnosis/audit/audit.ts';
import type { Secret } from '../../../src/engine/secret/secret.ts';
import { connect } from '../../../src/kube/client/connect.ts';
import { listSecrets } from '../../../src/kube/secrets/list-secrets.ts';
import { anApiServer, answerJson, aPage } from '../../helpers/api/fake-api-server.ts';

async function read(t: Test, items: readonly object[], namespace?: string) {
  const { kubeconfig, asked } = await anApiServer(t, (response) => answerJson(response, aPage(items)));
  const secrets: Secret[] = [];
  const unread: UnreadableSecret['unread'][] = [];
  for await (const secret of listSecrets(connect({ kubeconfig }), { namespace }))
    if ('unread' in secret) unread.push(secret.unread);
    else secrets.push(secret);
  return { secrets, unread, asked };
}

t.test('reads the relevant fields of a Secret, and nothing else', async (t) => {
  const owner = { kind: 'ExternalSecret', name: 'app', controller: true };
  const { secrets } = await read(t, [
    {
      metadata: {
        name: 'app',
        namespace: 'shop',
        labels: { app: 'shop' },
        annotations: { note: 'x' },
        ownerReferences: [{ kind: 'ConfigMap', name: 'other' }, owner],
        deletionTimestamp: '2026-11-25T00:00:00Z',
        managedFields: [{ manager: 'kubectl' }],
      },
      type: 'kubernetes.io/tls',
      immutable: true,
      data: { KEY: 'YWJj' },
    },
  ]);
  const [secret] = secrets;
  t.match(secret, {
    name: 'app',
    generateName: '',
    namespace: 'shop',
    type: 'kubernetes.io/tls',
    controller: 'ExternalSecret/app',
    immutable: true,
    deleting: true,
  });
  t.same([...(secret?.labels ?? [])], [['app', 'shop']]);
  t.same([...(secret?.annotations ?? [])], [['note', 'x']]);
  t.equal(
    secret?.data.get('KEY')?.withPlaintext(({ text }) => text),
    'abc',
  );
  t.equal(secret?.data.size, 1);
});

t.test('reads Secrets without optional fields, and keys such as `__proto__`', async (t) => {
  const bare = { metadata: { name: 'bare', namespace: 'shop' } };
  const odd = JSON.parse(
    '{"metadata":{"name":"odd","namespace":"shop"},"data":{"__proto__":"YQ==","constructor":"Yg==","EMPTY":null,"NONE":""}}',
  );
  const { secrets } = await read(t, [bare, odd, { ...bare, data: null }]);
  t.match(secrets[0], {
    type: 'Opaque',
    controller: undefined,
    immutable: false,
    deleting: false,
    data: new Map(),
  });
  const texts = [...(secrets[1]?.data ?? [])].map(([key, value]) => [
    key,
    value.withPlaintext(({ text }) => text),
  ]);
  t.same(texts, [
    ['__proto__', 'a'],
    ['constructor', 'b'],
    ['EMPTY', ''],
    ['NONE', ''],
  ]);
  t.equal(secrets[2]?.data.size, 0);
});

t.test('lists one or all namespaces, without the types that lockstep skips', async (t) => {
  const types = [
    'helm.sh/release.v1',
    'kubernetes.io/service-account-token',
    'bootstrap.kubernetes.io/token',
    'lockstep.dev/record',
  ];
  const selector = `fieldSelector=${types.map((type) => `type!=${type}`).join(',')}`;
  t.same((await read(t, [])).asked, [`/api/v1/secrets?limit=500&${selector}`]);
  t.same((await read(t, [], 'shop')).asked, [`/api/v1/namespaces/shop/secrets?limit=500&${selector}`]);
});

t.test('returns only the name of a Secret that is too large, in its place', async (t) => {
  const metadata = (name: string) => ({ name, namespace: 'shop', uid: '1', resourceVersion: '1' });
  const { secrets, unread } = await read(t, [
    { metadata: { ...metadata('large'), labels: { text: 'x'.repeat(17 * 1024 * 1024) } } },
    { metadata: metadata('next') },
    { metadata: { ...metadata('last'), labels: { text: 'x'.repeat(17 * 1024 * 1024) } } },
  ]);
  t.same(
    secrets.map(({ name }) => name),
    ['next'],
  );
  t.same(unread, [
    { namespace: 'shop', name: 'large' },
    { namespace: 'shop', name: 'last' },
  ]);
});
