import { execa } from 'execa';
import t, { type Test } from 'tap';
import {
  callsOf,
  callsWithoutRight,
  grantedRights,
  listedRights,
  unusedRights,
} from '../../helpers/api/rights.ts';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { fakeKubelet } from '../../helpers/cluster/fake-kubelet.ts';
import { aSecretPolicy } from '../../helpers/policy/secret-policy.ts';
import type { Cluster } from '../../testbed/cluster/cluster.ts';
import { applyOverlay } from '../../testbed/lockstep/install.ts';
import { entryPoint } from '../../testbed/lockstep/release.ts';
import { canListen, freePort } from '../../testbed/process/ports.ts';
import { until } from '../../testbed/process/until.ts';

const ROLE = 'lockstep-webhook';
const ACCOUNT = 'system:serviceaccount:lockstep-system:lockstep-webhook';

t.test('grants the rights of the manifests', async (t) => {
  const cluster = await anInstall(t, 'manifests');

  await t.test('lists no right on a Secret except the one by name', async (t) => {
    t.same(await listedRights(cluster, ACCOUNT, 'lockstep-system'), [
      'events: create',
      'mutatingwebhookconfigurations.admissionregistration.k8s.io lockstep: get patch',
      'namespaces: list watch',
      'secretpolicies.lockstep.dev/status: patch',
      'secretpolicies.lockstep.dev: list watch',
      'secrets lockstep-webhook-ca: get patch',
      'validatingwebhookconfigurations.admissionregistration.k8s.io lockstep: get patch',
    ]);
    t.notMatch((await listedRights(cluster, ACCOUNT, 'default')).join('\n'), /secrets/);
  });

  await t.test('denies each call that an attacker in a pod could try', async (t) => {
    for (const right of OUT_OF_REACH) {
      const { stdout } = await cluster.kubectl(['auth', 'can-i', ...right.split(' '), `--as=${ACCOUNT}`]);
      t.equal(stdout, 'no\n', right);
    }
  });

  await t.test('uses each right, and no call is refused', (t) => eachRightIsUsed(t, cluster, 'manifests'));
});

t.test('needs and has fewer rights with a given certificate', async (t) => {
  const overlay = 'manifests/overlays/files';
  const cluster = await anInstall(t, overlay);
  t.ok((await grantedRights(overlay, ROLE)).length < (await grantedRights('manifests', ROLE)).length);
  await eachRightIsUsed(t, cluster, overlay);
});

const OUT_OF_REACH = [
  'get secrets',
  'list secrets',
  'list secrets -n lockstep-system',
  'watch secrets -n lockstep-system',
  'create secrets -n lockstep-system',
  'delete secret/lockstep-webhook-ca -n lockstep-system',
  'update secret/lockstep-webhook-ca -n lockstep-system',
  'get secret/lockstep-webhook-ca -n default',
  'get secret/lockstep-webhook-tls -n lockstep-system',
  'create serviceaccounts/token -n lockstep-system',
  'patch secretpolicies',
  'patch validatingwebhookconfiguration/another',
  'patch validatingadmissionpolicies',
  'delete validatingadmissionpolicybindings',
  'delete validatingwebhookconfiguration/lockstep',
  'patch namespaces',
  'get pods -n lockstep-system',
  'impersonate users',
  'bind clusterroles',
];

/** An installed and ready lockstep, whose pods use the tokens of their ServiceAccount. */
async function anInstall(t: Test, overlay: string): Promise<Cluster> {
  const cluster = await aCluster(t, { controllers: true });
  const address = cluster.serviceIP(10);
  const port = (await canListen(address, 443)) ? 443 : await freePort(address);
  await applyOverlay(cluster, overlay, { address, port });
  if (overlay.endsWith('files'))
    await execa(process.execPath, [entryPoint(), 'certs', '--kubeconfig', cluster.kubeconfig]);
  fakeKubelet(t, cluster, { address, port });
  const ready = 'rollout status deployment/lockstep-webhook -n lockstep-system --timeout=90s';
  await cluster.mustRun(ready.split(' '));
  return cluster;
}

async function eachRightIsUsed(t: Test, cluster: Cluster, overlay: string): Promise<void> {
  await cluster.apply(A_POLICY);
  const granted = await grantedRights(overlay, ROLE);
  // The self-probe starts a few seconds after a pod is ready.
  await until('each right to be used', [], async () => {
    await cluster.kubectl(['create', '-f', '-'], { input: DENIED });
    return unusedRights(await callsOf(cluster, ACCOUNT), granted).length === 0;
  });
  const made = await callsOf(cluster, ACCOUNT);
  t.same(callsWithoutRight(made, granted), new Set());
  t.same(
    made.filter(({ code }) => code === 403),
    [],
  );
}

/** As the External Secrets operator would write it. */
const DENIED = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: {
    name: 'shop',
    namespace: 'default',
    ownerReferences: [
      {
        apiVersion: 'external-secrets.io/v1',
        kind: 'ExternalSecret',
        name: 'shop',
        uid: '8b2f3a52-5b0e-4a43-9d0c-0d3b8a1f2c11',
        controller: true,
      },
    ],
  },
  stringData: { JWT_SECRET: 'changeme' },
};

const A_POLICY = aSecretPolicy('shop', { match: { names: ['shop'] }, keys: {} });
