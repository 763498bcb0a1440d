import t, { type Test } from 'tap';
import { newRecord } from '../../../src/engine/secret/record/record.ts';
import { connect } from '../../../src/kube/client/connect.ts';
import { deleteRecord, readRecord, writeRecord } from '../../../src/kube/record/records.ts';
import { anApiServer, answerJson, aStatus } from '../../helpers/api/fake-api-server.ts';
import { at, values } from '../../helpers/engine/record.ts';

const PLACE = { namespace: 'shop', name: 'app' };
const RECORD = newRecord('u1', values({ A: '1' }), { time: at(0), by: 'kubectl', why: { kind: 'seen' } });

async function answered(t: Test, body: object, code = 200) {
  const { kubeconfig, asked } = await anApiServer(t, (response) => answerJson(response, body, code));
  return { cluster: connect({ kubeconfig }), asked };
}
const stored = (rest: object = {}) => ({
  metadata: { resourceVersion: '7' },
  type: 'lockstep.dev/record',
  ...rest,
});

t.test('validates a Secret under the name of a record', async (t) => {
  const found = async (body: object, code = 200) =>
    readRecord((await answered(t, body, code)).cluster, PLACE);
  t.same(await found(aStatus(404, 'not found'), 404), { kind: 'absent' });
  for (const data of [undefined, null, {}, { index: null }])
    t.same(await found(stored({ data })), { kind: 'unreadable', reason: 'it has no index' });
  t.match(await found({ metadata: {}, data: {} }), { kind: 'unreadable', reason: /its type is not/ });
  t.match(await found(stored({ type: 'Opaque' })), { kind: 'unreadable', reason: /lockstep-record-app/ });
  const annotations = { 'lockstep.dev/record-of': 'other' };
  t.match(await found(stored({ metadata: { resourceVersion: '7', annotations } })), {
    reason: 'it says that it is the record of another Secret',
  });
});

t.test('reports why a record may not be read, written or deleted, without a quote', async (t) => {
  const reported = aStatus(403, 'secrets "lockstep-record-app" is forbidden: User "x" cannot do that');
  const forbidden = await answered(t, reported, 403);
  await t.rejects(readRecord(forbidden.cluster, PLACE), { code: 'LOCKSTEP_CLUSTER_REFUSED' });
  await t.rejects(writeRecord(forbidden.cluster, PLACE, RECORD, undefined), {
    code: 'LOCKSTEP_RECORD_REFUSED',
    message: /^the record of Secret shop\/app may not be written: .*User "x" cannot/,
  });
  const quoting = await answered(t, aStatus(400, 'admission webhook "x.y" denied the request: canary'), 400);
  await t.rejects(writeRecord(quoting.cluster, PLACE, RECORD, '7'), {
    message: 'the record of Secret shop/app may not be written: the admission webhook x.y denies it',
  });
  const terminating = await answered(
    t,
    { ...aStatus(403, 'no new content'), details: { causes: [{ reason: 'NamespaceTerminating' }] } },
    403,
  );
  await t.rejects(writeRecord(terminating.cluster, PLACE, RECORD, undefined), {
    code: 'LOCKSTEP_NAMESPACE_TERMINATING',
  });
  const busy = await answered(t, aStatus(409, 'changed'), 409);
  await t.rejects(deleteRecord(busy.cluster, PLACE, '7'), { code: 'LOCKSTEP_CLUSTER_CONFLICT' });
  const gone = await answered(t, aStatus(404, 'not found'), 404);
  await deleteRecord(gone.cluster, PLACE, '7');
  await t.rejects(writeRecord(gone.cluster, PLACE, RECORD, '7'), {
    code: 'LOCKSTEP_CLUSTER_CONFLICT',
  });
});

t.test('writes a record under a field manager, and returns its new version', async (t) => {
  const { cluster, asked } = await answered(t, stored({ metadata: { resourceVersion: '8' } }));
  t.equal(await writeRecord(cluster, PLACE, RECORD, undefined), '8');
  t.equal(await writeRecord(cluster, PLACE, RECORD, '8'), '8');
  t.same(asked, [
    '/api/v1/namespaces/shop/secrets?fieldManager=lockstep',
    '/api/v1/namespaces/shop/secrets/lockstep-record-app?fieldManager=lockstep',
  ]);
});
