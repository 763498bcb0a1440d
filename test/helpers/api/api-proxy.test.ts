import t from 'tap';
import { connect } from '../../../src/kube/client/connect.ts';
import { aCluster } from '../cluster/cluster.ts';
import { anApiProxy } from './api-proxy.ts';

const cluster = await aCluster(t, { controllers: true });
const kubeconfig = await cluster.serviceAccountKubeconfig('default', 'default');
await cluster.mustRun([
  'create',
  'clusterrolebinding',
  'all',
  '--clusterrole=cluster-admin',
  '--serviceaccount=default:default',
]);
const proxy = await anApiProxy(t, kubeconfig);
const { call } = connect({ kubeconfig: proxy.kubeconfig });
const COLLECTION = '/api/v1/namespaces/default/configmaps';
const make = (name: string) =>
  call({
    method: 'POST',
    path: COLLECTION,
    body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } },
  });
const names = async (): Promise<readonly string[]> => {
  const { items } = (await cluster.request(COLLECTION)).json();
  return items.map(({ metadata }: { metadata: { name: string } }) => metadata.name);
};

t.test('a call passes, and is seen', async (t) => {
  const seen: string[] = [];
  proxy.onCall(({ method, path }) => {
    seen.push(`${method} ${path}`);
    return 'pass';
  });
  await make('passed');
  t.same(seen, [`POST ${COLLECTION}`]);
  t.ok((await names()).includes('passed'));
});

t.test('a call that is cut before is not carried out, one that is cut after is', async (t) => {
  proxy.onCall(() => 'cut-before');
  await t.rejects(make('before'));
  t.notOk((await names()).includes('before'));
  proxy.onCall(() => 'cut-after');
  await t.rejects(make('after'));
  t.ok((await names()).includes('after'));
  proxy.onCall(() => 'pass');
});

t.test('while the API server is away a watch ends and nothing comes through', async (t) => {
  const watch = await connect({ kubeconfig: proxy.kubeconfig }).open(
    { path: COLLECTION, query: { watch: true } },
    AbortSignal.timeout(60_000),
  );
  watch.once('error', () => {});
  const ended = new Promise((resolve) => watch.once('close', resolve));
  watch.resume();
  proxy.leave();
  await ended;
  await t.rejects(make('away'));
  proxy.comeBack();
  await make('back');
  t.notOk((await names()).includes('away'));
});
