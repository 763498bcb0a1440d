import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { connectAsServiceAccount } from '../../../src/kube/client/connect.ts';
import { NAMESPACES } from '../../../src/kube/objects/namespaces.ts';
import { type WatchHandler, watch } from '../../../src/kube/watch/watch.ts';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { serviceAccountPod } from '../../helpers/cluster/service-account.ts';
import { until } from '../../testbed/process/until.ts';

const cluster = await aCluster(t);
await cluster.mustRun(['create', 'namespace', 'shop']);
await cluster.mustRun(['create', 'serviceaccount', 'backend', '-n', 'shop']);
await cluster.mustRun(['create', 'clusterrole', 'reads', '--verb=list,watch', '--resource=namespaces']);
await cluster.mustRun([
  'create',
  'clusterrolebinding',
  'reads',
  '--clusterrole=reads',
  '--serviceaccount=shop:backend',
]);

// A binding counts a moment after it is stored.
await until('the right', [], async () => {
  const args = ['auth', 'can-i', 'watch', 'namespaces', '--as=system:serviceaccount:shop:backend'];
  return (await cluster.kubectl(args)).exitCode === 0;
});

t.test('the API server knows the ServiceAccount, in a call and in a watch', async (t) => {
  const pod = await serviceAccountPod(t, cluster, 'shop', 'backend');
  const api = connectAsServiceAccount(pod);
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  const { object } = await api.call({ method: 'POST', path, body });
  t.match(object, { status: { userInfo: { username: 'system:serviceaccount:shop:backend' } } });

  const stop = new AbortController();
  const names = await new Promise<readonly string[]>((resolve, reject) => {
    const handler: WatchHandler<{ readonly name: string }> = {
      onReplaced: (all) => resolve(all.map(({ name }) => name)),
      onChanged: () => {},
      onRemoved: () => {},
      onConnected: () => {},
      onDisconnected: reject,
    };
    void watch(api, NAMESPACES, handler, { signal: stop.signal, random: Math.random });
  });
  stop.abort();
  t.ok(names.includes('shop'));

  writeFileSync(join(pod.folder, 'token'), 'another one');
  await t.rejects(api.call({ path: '/api/v1/namespaces' }), { message: 'HTTP 401' });
});
