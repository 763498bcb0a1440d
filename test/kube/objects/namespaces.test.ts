import t, { type Test } from 'tap';
import { connect } from '../../../src/kube/client/connect.ts';
import { readLabelsOfNamespace } from '../../../src/kube/objects/namespaces.ts';
import { anApiServer, answerJson, aStatus } from '../../helpers/api/fake-api-server.ts';

const read = async (t: Test, body: unknown, code = 200) => {
  const { kubeconfig, server, asked } = await anApiServer(t, (response) => answerJson(response, body, code));
  return { labels: readLabelsOfNamespace(connect({ kubeconfig }), 'shop'), server, asked };
};

t.test('reads the labels of a namespace, or none', async (t) => {
  const { labels, asked } = await read(t, { metadata: { name: 'shop', labels: { env: 'prod' } } });
  t.same([...(await labels)], [['env', 'prod']]);
  t.same(asked, ['/api/v1/namespaces/shop']);
  t.equal((await (await read(t, { metadata: { name: 'shop' } })).labels).size, 0);
});

t.test('reports a namespace that is missing or forbidden in one sentence', async (t) => {
  const absent = await read(t, aStatus(404, 'namespaces "shop" not found'), 404);
  await t.rejects(absent.labels, { message: 'there is no namespace shop', exitCode: 2 });
  const forbidden = await read(t, aStatus(403, 'namespaces "shop" is forbidden'), 403);
  await t.rejects(forbidden.labels, {
    message:
      'this user may not get namespace shop; bind a role with this right to it, as kubectl create clusterrole lockstep-namespaces --verb=get --resource=namespaces makes one; kubectl auth can-i --list shows the rights that it has',
  });
  const broken = await read(t, aStatus(500, 'etcdserver: no leader'), 500);
  await t.rejects(broken.labels, {
    message: 'the API server refused while reading namespace shop: etcdserver: no leader',
  });
});
