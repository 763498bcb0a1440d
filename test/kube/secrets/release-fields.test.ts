import t from 'tap';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import { connect } from '../../../src/kube/client/connect.ts';
import {
  createSecret,
  patchSecret,
  readSecret,
  releaseFields,
  type StoredSecret,
} from '../../../src/kube/secrets/stored-secrets.ts';
import { aSecret } from '../../helpers/engine/engine.ts';
import { startCluster } from '../../testbed/cluster/cluster.ts';

/** Server-side apply of another tool, before and after a write of lockstep, on a real API server. */
const testbed = await startCluster();
t.teardown(() => testbed.stop());
const api = connect({ kubeconfig: testbed.kubeconfig });
const pathOf = (name: string) => `/api/v1/namespaces/default/secrets/${name}`;

async function read(name: string): Promise<StoredSecret> {
  const stored = await readSecret(api, { namespace: 'default', name });
  if (stored === undefined) throw new Error('it was made');
  return stored;
}

/** As Helm 4 does: server-side apply without force. Resolves with the error of kubectl. */
async function apply(name: string, values: Readonly<Record<string, string>>, field = 'stringData') {
  const content =
    field === 'data'
      ? { data: Object.fromEntries(Object.entries(values).map(([key, text]) => [key, base64(text)])) }
      : { stringData: values };
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, ...content });
  const args = ['apply', '--server-side', '--field-manager=helm', '-f', '-'];
  return (await testbed.kubectl(args, { input })).stderr;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const edit = (key: string, text: string) => ({ set: new Map([[key, Sensitive.fromText(text)]]), remove: [] });
const textOf = ({ secret }: StoredSecret, key: string) =>
  secret.data.get(key)?.withPlaintext(({ text }) => text);
const ownersOf = ({ owners }: StoredSecret) =>
  owners.map(({ manager, operation, fieldsV1 }) => [manager, operation, JSON.stringify(fieldsV1)]);

t.test('the API server recomputes the owners in a write of values', async (t) => {
  await apply('one', { A: 'first' }, 'data');
  const before = await read('one');
  await api.call({
    method: 'PATCH',
    path: pathOf('one'),
    contentType: 'application/merge-patch+json',
    body: { data: { A: base64('second') }, metadata: { managedFields: before.owners } },
  });
  t.match(await apply('one', { A: 'first' }, 'data'), /conflict with "lockstep" using v1: \.data\.A/);
});

for (const field of ['data', 'stringData'])
  t.test(`an apply of ${field} has no conflict after fields were given back`, async (t) => {
    await apply(field.toLowerCase(), { A: 'first', B: 'b' }, field);
    const before = await read(field.toLowerCase());
    const stored = await patchSecret(api, before, edit('A', 'second'));
    t.match(ownersOf(stored), [
      ['helm', 'Apply'],
      ['lockstep', 'Update', '{"f:data":{"f:A":{}}}'],
    ]);
    await releaseFields(api, stored, before.owners);
    const released = await read(field.toLowerCase());
    t.same(released.owners, before.owners);
    t.equal(textOf(released, 'A'), 'second');
    t.equal(await apply(field.toLowerCase(), { A: 'third', B: 'b' }, field), '');
    t.equal(textOf(await read(field.toLowerCase()), 'A'), 'third');
    if (field === 'stringData') return;
    await apply(field, { B: 'b' }, field);
    t.equal((await read(field)).secret.data.has('A'), false, 'its owner can delete the key again');
  });

t.test('without the owners before, a key has no owner, and an apply has no conflict', async (t) => {
  await apply('left', { A: 'first' }, 'data');
  const stored = await patchSecret(api, await read('left'), edit('A', 'second'));
  await releaseFields(api, stored);
  t.same(ownersOf(await read('left')), [['lockstep', 'Update', '{"f:type":{}}']]);
  t.equal(await apply('left', { A: 'third' }, 'data'), '');
});

t.test('of a Secret that lockstep has created, it owns the type alone', async (t) => {
  const labels = new Map([['chart', 'shop-1']]);
  await createSecret(api, aSecret({ A: 'first' }, { namespace: 'default', name: 'made', labels }));
  await releaseFields(api, await read('made'));
  t.same(ownersOf(await read('made')), [['lockstep', 'Update', '{"f:type":{}}']]);
  t.equal(await apply('made', { A: 'second' }, 'data'), '');
});

t.test('releases nothing twice, nothing of others, and nothing that changed since', async (t) => {
  await apply('twice', { A: 'first' }, 'data');
  const before = await read('twice');
  await releaseFields(api, before);
  t.equal((await read('twice')).resourceVersion, before.resourceVersion);
  const stored = await patchSecret(api, before, edit('A', 'second'));
  await testbed.mustRun(['label', 'secret/twice', 'x=y']);
  await t.rejects(releaseFields(api, stored, before.owners), { code: 'LOCKSTEP_CLUSTER_CONFLICT' });
});
