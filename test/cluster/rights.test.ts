import { execa } from 'execa';
import t, { type Test } from 'tap';
import { aCluster } from '../helpers/cluster.ts';
import { playKubelet } from '../helpers/kubelet.ts';
import { kustomize, type Loose, pick } from '../helpers/kustomize.ts';
import type { Cluster } from '../testbed/cluster.ts';
import { applyOverlay } from '../testbed/install.ts';
import { canListen, freePort } from '../testbed/ports.ts';
import { entryPoint } from '../testbed/release.ts';
import { until } from '../testbed/until.ts';

const ACCOUNT = 'system:serviceaccount:lockstep-system:lockstep-webhook';

t.test('as shipped', async (t) => {
  const cluster = await anInstall(t, 'manifests');

  await t.test('can-i --list shows no right on a Secret but the one by name', async (t) => {
    t.same(await rightsIn(cluster, 'lockstep-system'), [
      'mutatingwebhookconfigurations.admissionregistration.k8s.io lockstep: get patch',
      'namespaces: list watch',
      'secretpolicies.lockstep.dev/status: patch',
      'secretpolicies.lockstep.dev: list watch',
      'secrets lockstep-webhook-ca: get patch',
      'validatingwebhookconfigurations.admissionregistration.k8s.io lockstep: get patch',
    ]);
    t.notMatch((await rightsIn(cluster, 'default')).join('\n'), /secrets/);
  });

  await t.test('what whoever takes a pod over would reach for is refused', async (t) => {
    for (const right of OUT_OF_REACH) {
      const { stdout } = await cluster.kubectl(['auth', 'can-i', ...right.split(' '), `--as=${ACCOUNT}`]);
      t.equal(stdout, 'no\n', right);
    }
  });

  await t.test('each right is used, and no call is refused', (t) => eachRightIsUsed(t, cluster, 'manifests'));
});

t.test('with a certificate that they are given, the pods need less, and have less', async (t) => {
  const overlay = 'manifests/overlays/files';
  const cluster = await anInstall(t, overlay);
  t.ok((await grantedBy(overlay)).length < (await grantedBy('manifests')).length);
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
  'delete validatingwebhookconfiguration/lockstep',
  'patch namespaces',
  'get pods -n lockstep-system',
  'impersonate users',
  'bind clusterroles',
];

/** lockstep, installed and ready, by pods with the tokens of their ServiceAccount. */
async function anInstall(t: Test, overlay: string): Promise<Cluster> {
  const cluster = await aCluster(t, { controllers: true });
  const address = cluster.serviceIP(10);
  const port = (await canListen(address, 443)) ? 443 : await freePort(address);
  await applyOverlay(cluster, overlay, { address, port });
  if (overlay.endsWith('files'))
    await execa(process.execPath, [entryPoint(), 'certs', '--kubeconfig', cluster.kubeconfig]);
  playKubelet(t, cluster, { address, port });
  const ready = 'rollout status deployment/lockstep-webhook -n lockstep-system --timeout=90s';
  await cluster.kubectl(ready.split(' '), { orThrow: true });
  return cluster;
}

/** What `kubectl auth can-i --list` tells of the pods' account beyond what it tells of any other. */
async function rightsIn(cluster: Cluster, namespace: string): Promise<string[]> {
  const list = async (user: string) => {
    const args = ['auth', 'can-i', '--list', '-n', namespace, `--as=${user}`];
    const { stdout } = await cluster.kubectl(args, { orThrow: true });
    const rows = [...stdout.matchAll(/^(\S+) +\[\] +\[(.*?)\] +\[(.*?)\]$/gm)];
    return rows.map(([, resource, names, verbs]) => `${`${resource} ${names}`.trim()}: ${verbs}`);
  };
  const anyone = new Set(await list('system:serviceaccount:lockstep-system:default'));
  return (await list(ACCOUNT)).filter((right) => !anyone.has(right)).sort();
}

async function eachRightIsUsed(t: Test, cluster: Cluster, overlay: string): Promise<void> {
  await cluster.kubectl(['apply', '-f', '-'], { input: A_POLICY, orThrow: true });
  const granted = await grantedBy(overlay);
  // The self-probe comes a few seconds after a pod is ready.
  await until('each right to be used', [], async () => {
    const used = new Set((await calls(cluster)).flatMap(({ right }) => [right, withoutName(right)]));
    return granted.every((right) => used.has(right));
  });
  const made = await calls(cluster);
  const beyond = made.filter(
    ({ right }) => !granted.includes(right) && !granted.includes(withoutName(right)),
  );
  t.same(new Set(beyond.map(({ right }) => right)), new Set());
  t.same(
    made.filter(({ code }) => code === 403),
    [],
  );
}

const A_POLICY = {
  apiVersion: 'lockstep.dev/v1alpha1',
  kind: 'SecretPolicy',
  metadata: { name: 'shop' },
  spec: { match: { names: ['shop'] }, keys: {} },
};

/** `patch secrets lockstep-webhook-ca`: each right in the roles of the pods, the name only where it is bound to one. */
async function grantedBy(overlay: string): Promise<string[]> {
  const objects = await kustomize(overlay);
  const rules = ['ClusterRole', 'Role'].flatMap((kind) => pick(objects, kind, 'lockstep-webhook').rules);
  return rules.flatMap(({ apiGroups, resources, resourceNames = [''], verbs }: Loose) =>
    resources.flatMap((resource: string) =>
      verbs.flatMap((verb: string) =>
        resourceNames.map((name: string) => rightOf(verb, apiGroups[0], resource, name)),
      ),
    ),
  );
}

interface Call {
  /** With the name of the object, where there is one. */
  readonly right: string;
  readonly code: number;
}

/** What the pods have asked the API server for, as its audit log has it. */
async function calls(cluster: Cluster): Promise<Call[]> {
  // The last one may be half written.
  const lines = (await cluster.auditLog()).split('\n').slice(0, -1);
  return lines.flatMap((line) => {
    if (!line.includes(`"username":"${ACCOUNT}"`)) return [];
    const { verb, user, objectRef, responseStatus } = JSON.parse(line);
    if (user.username !== ACCOUNT || objectRef === undefined) return [];
    const { apiGroup = '', resource, subresource, name = '' } = objectRef;
    const what = subresource === undefined ? resource : `${resource}/${subresource}`;
    return [{ right: rightOf(verb, apiGroup, what, name), code: responseStatus?.code }];
  });
}

function rightOf(verb: string, group: string, resource: string, name: string): string {
  return [verb, group === '' ? resource : `${resource}.${group}`, name].join(' ').trim();
}

const withoutName = (right: string): string => right.split(' ', 2).join(' ');
