import { text } from 'node:stream/consumers';
import t, { type Test } from 'tap';
import { REPORT_APIS, type ReportApi } from '../../../src/engine/secret/finding/report-apis.ts';
import { connect } from '../../../src/kube/client/connect.ts';
import {
  deleteReport,
  installedReportApis,
  readReport,
  reportNamespaces,
  writeReport,
} from '../../../src/kube/objects/policy-reports.ts';
import { anApiServer, answerJson, aStatus, type RequestHandler } from '../../helpers/api/fake-api-server.ts';

async function aClusterThat(t: Test, answers: RequestHandler) {
  const { kubeconfig, asked } = await anApiServer(t, answers);
  return { cluster: connect({ kubeconfig }), asked };
}

const BEFORE = { isForeign: false, uid: 'u', resourceVersion: '7', document: {} };

const [OPEN_REPORTS, POLICY_REPORTS] = REPORT_APIS as [ReportApi, ReportApi];

t.test('finds the kinds of reports that the API server has, OpenReports first', async (t) => {
  const kinds = async (installed: Readonly<Record<string, object>>, code = 404) => {
    const { cluster } = await aClusterThat(t, (response, { pathname }) => {
      const body = installed[pathname];
      if (body === undefined) answerJson(response, aStatus(code, 'the server could not find it'), code);
      else answerJson(response, body);
    });
    return (await installedReportApis(cluster)).map(({ kind }) => kind);
  };
  const open = '/apis/openreports.io/v1alpha1';
  const policy = '/apis/wgpolicyk8s.io/v1alpha2';
  const policyReports = { resources: [{ name: 'clusterpolicyreports' }, { name: 'policyreports' }] };
  const reports = { resources: [{ name: 'clusterreports' }, { name: 'reports' }] };
  t.same(await kinds({ [policy]: policyReports }), ['PolicyReport']);
  t.same(await kinds({ [open]: reports, [policy]: policyReports }), ['Report', 'PolicyReport']);
  t.same(await kinds({ [policy]: { resources: [{ name: 'clusterpolicyreports' }] }, [open]: {} }), []);
  t.same(await kinds({}), []);
  await t.rejects(kinds({}, 403), { code: 'LOCKSTEP_CLUSTER_REFUSED' });
});

t.test('writes each kind with its own API and fields', async (t) => {
  for (const api of REPORT_APIS) {
    const sent: { method: string | undefined; body: string }[] = [];
    const { cluster, asked } = await aClusterThat(t, async (response) => {
      sent.push({ method: response.req.method, body: await text(response.req) });
      answerJson(response, {});
    });
    await writeReport(cluster, api, 'shop', { results: [] }, undefined);
    await writeReport(cluster, api, 'shop', { results: [] }, BEFORE);
    const path = `/apis/${api.apiVersion}/namespaces/shop/${api.plural}`;
    t.same(
      asked.map((one) => one.split('?')[0]),
      [path, `${path}/lockstep`],
    );
    t.same(
      sent.map(({ method }) => method),
      ['POST', 'PATCH'],
    );
    t.match(JSON.parse(sent[0]?.body ?? ''), { apiVersion: api.apiVersion, kind: api.kind, ...api.fields });
  }
});

t.test('detects a foreign report by its label', async (t) => {
  const read = async (labels: object | undefined) => {
    const metadata = { name: 'lockstep', namespace: 'shop', uid: 'u', resourceVersion: '7', labels };
    const { cluster, asked } = await aClusterThat(t, (response) => answerJson(response, { metadata }));
    const report = await readReport(cluster, POLICY_REPORTS, 'shop');
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
  t.equal(await readReport(cluster, POLICY_REPORTS, 'shop'), undefined);
});

t.test('conflicts with a report that changed since it was read', async (t) => {
  for (const code of [409, 404]) {
    const { cluster } = await aClusterThat(t, (response) => answerJson(response, aStatus(code, 'no'), code));
    await t.rejects(writeReport(cluster, OPEN_REPORTS, 'shop', {}, BEFORE), {
      code: 'LOCKSTEP_CLUSTER_CONFLICT',
    });
  }
  const { cluster } = await aClusterThat(t, (response) => answerJson(response, aStatus(409, 'no'), 409));
  await t.rejects(writeReport(cluster, OPEN_REPORTS, 'shop', {}, undefined), {
    code: 'LOCKSTEP_CLUSTER_CONFLICT',
  });
  await t.rejects(deleteReport(cluster, OPEN_REPORTS, 'shop', BEFORE), { code: 'LOCKSTEP_CLUSTER_CONFLICT' });
});

t.test('creates nothing, without an error, in a namespace that is gone or being deleted', async (t) => {
  const going = { ...aStatus(403, 'terminating'), details: { causes: [{ reason: 'NamespaceTerminating' }] } };
  for (const [code, body] of [
    [404, aStatus(404, 'namespaces "shop" not found')],
    [403, going],
  ] as const) {
    const { cluster } = await aClusterThat(t, (response) => answerJson(response, body, code));
    await t.resolves(writeReport(cluster, OPEN_REPORTS, 'shop', {}, undefined));
  }
  const { cluster } = await aClusterThat(t, (response) => answerJson(response, aStatus(404, 'none'), 404));
  await t.resolves(deleteReport(cluster, OPEN_REPORTS, 'shop', BEFORE));
});

t.test('lists the namespaces with a report, or none without the CRD', async (t) => {
  const items = ['shop', 'web'].map((namespace) => ({ metadata: { name: 'lockstep', namespace } }));
  const page = { kind: 'PolicyReportList', apiVersion: 'wgpolicyk8s.io/v1alpha2', metadata: {}, items };
  const { cluster, asked } = await aClusterThat(t, (response) => answerJson(response, page));
  t.same(await reportNamespaces(cluster, POLICY_REPORTS), ['shop', 'web']);
  t.match(asked[0], 'fieldSelector=metadata.name=lockstep');
  const none = await aClusterThat(t, (response) => answerJson(response, aStatus(404, 'unknown'), 404));
  t.same(await reportNamespaces(none.cluster, OPEN_REPORTS), []);
});
