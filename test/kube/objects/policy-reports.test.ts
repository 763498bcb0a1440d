import t, { type Test } from 'tap';
import { connect } from '../../../src/kube/client/connect.ts';
import {
  deletePolicyReport,
  hasPolicyReportCrd,
  policyReportNamespaces,
  readPolicyReport,
  writePolicyReport,
} from '../../../src/kube/objects/policy-reports.ts';
import { anApiServer, answerJson, aStatus, type RequestHandler } from '../../helpers/api/fake-api-server.ts';

async function aClusterThat(t: Test, answers: RequestHandler) {
  const { kubeconfig, asked } = await anApiServer(t, answers);
  return { cluster: connect({ kubeconfig }), asked };
}

const BEFORE = { isForeign: false, uid: 'u', resourceVersion: '7', document: {} };

t.test('supports reports if the API server has their version', async (t) => {
  const known = async (body: object, code = 200) => {
    const { cluster } = await aClusterThat(t, (response) => answerJson(response, body, code));
    return hasPolicyReportCrd(cluster);
  };
  t.equal(await known({ resources: [{ name: 'clusterpolicyreports' }, { name: 'policyreports' }] }), true);
  t.equal(await known({ resources: [{ name: 'clusterpolicyreports' }] }), false);
  t.equal(await known({}), false);
  t.equal(await known(aStatus(404, 'the server could not find the requested resource'), 404), false);
  await t.rejects(known(aStatus(403, 'forbidden'), 403), { code: 'LOCKSTEP_CLUSTER_REFUSED' });
});

t.test('detects a foreign report by its label', async (t) => {
  const read = async (labels: object | undefined) => {
    const metadata = { name: 'lockstep', namespace: 'shop', uid: 'u', resourceVersion: '7', labels };
    const { cluster, asked } = await aClusterThat(t, (response) => answerJson(response, { metadata }));
    const report = await readPolicyReport(cluster, 'shop');
    t.same(asked, ['/apis/wgpolicyk8s.io/v1alpha2/namespaces/shop/policyreports/lockstep']);
    return report;
  };
  t.match(await read({ 'app.kubernetes.io/managed-by': 'lockstep' }), {
    isForeign: false,
    resourceVersion: '7',
  });
  t.match(await read({ 'app.kubernetes.io/managed-by': 'kyverno' }), { isForeign: true });
  t.match(await read(undefined), { isForeign: true });
  const { cluster } = await aClusterThat(t, (response) => answerJson(response, aStatus(404, 'none'), 404));
  t.equal(await readPolicyReport(cluster, 'shop'), undefined);
});

t.test('conflicts with a report that changed since it was read', async (t) => {
  for (const code of [409, 404]) {
    const { cluster } = await aClusterThat(t, (response) => answerJson(response, aStatus(code, 'no'), code));
    await t.rejects(writePolicyReport(cluster, 'shop', {}, BEFORE), { code: 'LOCKSTEP_CLUSTER_CONFLICT' });
  }
  const { cluster } = await aClusterThat(t, (response) => answerJson(response, aStatus(409, 'no'), 409));
  await t.rejects(writePolicyReport(cluster, 'shop', {}, undefined), { code: 'LOCKSTEP_CLUSTER_CONFLICT' });
  await t.rejects(deletePolicyReport(cluster, 'shop', BEFORE), { code: 'LOCKSTEP_CLUSTER_CONFLICT' });
});

t.test('creates nothing, without an error, in a namespace that is gone or being deleted', async (t) => {
  const going = { ...aStatus(403, 'terminating'), details: { causes: [{ reason: 'NamespaceTerminating' }] } };
  for (const [code, body] of [
    [404, aStatus(404, 'namespaces "shop" not found')],
    [403, going],
  ] as const) {
    const { cluster } = await aClusterThat(t, (response) => answerJson(response, body, code));
    await t.resolves(writePolicyReport(cluster, 'shop', {}, undefined));
  }
  const { cluster } = await aClusterThat(t, (response) => answerJson(response, aStatus(404, 'none'), 404));
  await t.resolves(deletePolicyReport(cluster, 'shop', BEFORE));
});

t.test('lists the namespaces with a report, or none without the CRD', async (t) => {
  const items = ['shop', 'web'].map((namespace) => ({ metadata: { name: 'lockstep', namespace } }));
  const page = { kind: 'PolicyReportList', apiVersion: 'wgpolicyk8s.io/v1alpha2', metadata: {}, items };
  const { cluster, asked } = await aClusterThat(t, (response) => answerJson(response, page));
  t.same(await policyReportNamespaces(cluster), ['shop', 'web']);
  t.match(asked[0], 'fieldSelector=metadata.name=lockstep');
  const none = await aClusterThat(t, (response) => answerJson(response, aStatus(404, 'unknown'), 404));
  t.same(await policyReportNamespaces(none.cluster), []);
});
