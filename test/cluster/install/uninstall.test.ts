import { join } from 'node:path';
import t from 'tap';
import { CHANGE_FINALIZER } from '../../../src/commands/adapters/change-finalizer.ts';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { fakeKubelet } from '../../helpers/cluster/fake-kubelet.ts';
import { kustomize } from '../../helpers/cluster/kustomize.ts';
import { aCredentialObject } from '../../helpers/login/postgres-credential.ts';
import { aSecretPolicy } from '../../helpers/policy/secret-policy.ts';
import { applyOverlay } from '../../testbed/lockstep/install.ts';
import { canListen, freePort } from '../../testbed/process/ports.ts';
import { until } from '../../testbed/process/until.ts';

const MANIFESTS = join(import.meta.dirname, '..', '..', '..', 'manifests');
/** The commands of docs/tasks/uninstall.md. */
const LIST = 'get secretpolicies,postgrescredentials,rediscredentials -A';
const UNINSTALL = `delete -k ${MANIFESTS} --ignore-not-found --timeout=60s`;
const PASSWORD = 'Vq7mT2xLr9KcW4nB8sZd';

const cluster = await aCluster(t, { controllers: true });
const address = cluster.serviceIP(10);
const port = (await canListen(address, 443)) ? 443 : await freePort(address);
const kubectl = (args: string, input = {}) => cluster.mustRun(args.split(' '), { input });
const write = (...flags: string[]) =>
  cluster.kubectl(['create', 'secret', 'generic', 'probe', '--dry-run=server', ...flags]);
const untilWritten = () => until('a write that is let by', [], async () => (await write()).exitCode === 0);

t.before(async () => {
  await kubectl(`create secret generic shop --from-literal=POSTGRES_PASSWORD=${PASSWORD}`);
});

t.test(
  'removes lockstep and nothing of the teams by one command, with every pod dead under Fail',
  async (t) => {
    await applyOverlay(cluster, 'manifests/overlays/fail-closed', { address, port });
    const kubelet = fakeKubelet(t, cluster, { address, port }, ['webhook', 'controller']);
    for (const name of ['lockstep-webhook', 'lockstep-controller'])
      await kubectl(`rollout status deployment/${name} -n lockstep-system --timeout=90s`);
    await kubectl('apply -f -', aPolicy);
    await until('a record', [], async () => (await records()) !== '');
    await until('a denial', [], async () => {
      const { stderr } = await write('--from-literal=JWT_SECRET=changeme');
      return stderr.includes('[lockstep/placeholder]');
    });
    await kubelet.crash();
    await until('a write that is refused', [], async () => (await write()).exitCode !== 0);

    await kubectl(UNINSTALL);

    for (const { kind, metadata } of await kustomize('manifests')) {
      const { stdout } = await kubectl(`get ${kind} ${metadata.name} -n lockstep-system --ignore-not-found`);
      t.equal(stdout, '', `${kind} ${metadata.name}`);
    }
    await untilWritten();
    t.same(await teamsSecret(), { POSTGRES_PASSWORD: Buffer.from(PASSWORD).toString('base64') });
  },
);

t.test('keeps the records until they are deleted by their label', async (t) => {
  t.equal(await records(), 'secret/lockstep-record-shop\n');
  await kubectl('delete secrets -A -l lockstep.dev/record=true');
  t.equal(await records(), '');
  t.same(await teamsSecret(), { POSTGRES_PASSWORD: Buffer.from(PASSWORD).toString('base64') });
});

t.test('finds nothing, and reports no error, in a second run', async (t) => {
  const { stdout, stderr } = await kubectl(UNINSTALL);
  t.same({ stdout, stderr }, { stdout: '', stderr: '' });
});

t.test('can install again at once, without the earlier policies', async (t) => {
  await applyOverlay(cluster, 'manifests/overlays/fail-closed', { address, port });
  // The API server serves a new kind a moment later.
  await until('the kind', [], async () => (await cluster.kubectl(['get', 'secretpolicies'])).exitCode === 0);
  t.equal((await kubectl('get secretpolicies')).stdout, '');
});

t.test('ends, and lets writes pass, while another client blocks the namespace', async (t) => {
  // As with a metrics server that is gone: the namespace controller can't list the objects to delete.
  await kubectl('apply -f -', anotherApi);
  await until('a write that is refused', [], async () => (await write()).exitCode !== 0);
  await until('an API that is not there', [], async () => {
    const { stdout } = await kubectl(
      'get apiservice v1beta1.metrics.k8s.io -o jsonpath={.status.conditions}',
    );
    return stdout.includes('"False"');
  });

  await kubectl(LIST);
  const { exitCode } = await cluster.kubectl(UNINSTALL.replace('60s', '3s').split(' '));

  t.not(exitCode, 0, 'it says that something is left');
  await untilWritten();
  t.match((await kubectl('get namespace lockstep-system')).stdout, /Terminating/);
  await kubectl('delete apiservice v1beta1.metrics.k8s.io');
  await kubectl(UNINSTALL);
  t.equal((await kubectl('get namespace lockstep-system --ignore-not-found')).stdout, '');
  t.same(await teamsSecret(), { POSTGRES_PASSWORD: Buffer.from(PASSWORD).toString('base64') });
});

t.test('deletes a PostgresCredential in a change after a person removes its finalizer', async (t) => {
  await kubectl(`apply -k ${join(MANIFESTS, 'crds')}`);
  await kubectl('wait crd postgrescredentials.lockstep.dev --for=condition=Established --timeout=60s');
  await kubectl('create namespace shop');
  const { metadata, ...credential } = aCredentialObject({ secretName: 'app' });
  for (const [name, finalizers] of [
    ['idle', []],
    ['app', [CHANGE_FINALIZER]],
  ] as const)
    await kubectl('create -f -', { ...credential, metadata: { ...metadata, name, finalizers } });

  // The commands of docs/tasks/uninstall.md, without the wait of half an hour.
  const all = await cluster.kubectl(
    'delete postgrescredentials,rediscredentials -A --all --timeout=3s'.split(' '),
  );
  t.match(all.stderr, /timed out waiting for the condition/);
  t.not((await cluster.kubectl(UNINSTALL.replace('60s', '3s').split(' '))).exitCode, 0);
  t.match(
    (await kubectl('get crd postgrescredentials.lockstep.dev -o yaml')).stdout,
    /InstanceDeletionInProgress/,
  );
  const held =
    'jsonpath={range .items[?(@.metadata.finalizers)]}{.metadata.namespace}/{.metadata.name}{"\\n"}{end}';
  const kept = await cluster.mustRun(['get', 'postgrescredentials', '-A', '-o', held]);
  t.equal(kept.stdout, 'shop/app\n');
  const patch = ['--type=merge', '-p', '{"metadata":{"finalizers":null}}'];
  await cluster.mustRun(['-n', 'shop', 'patch', 'postgrescredential', 'app', ...patch]);
  await kubectl(UNINSTALL);
  t.equal((await kubectl('get crd postgrescredentials.lockstep.dev --ignore-not-found')).stdout, '');
});

const aPolicy = aSecretPolicy('shop', { match: { names: ['shop'] }, heal: 'Always', keys: {} });

const anotherApi = {
  apiVersion: 'apiregistration.k8s.io/v1',
  kind: 'APIService',
  metadata: { name: 'v1beta1.metrics.k8s.io' },
  spec: {
    group: 'metrics.k8s.io',
    version: 'v1beta1',
    service: { namespace: 'kube-system', name: 'metrics-server' },
    groupPriorityMinimum: 100,
    versionPriority: 100,
    insecureSkipTLSVerify: true,
  },
};

/** The names of the objects in all namespaces, one in each line. */
async function records(): Promise<string> {
  return (await kubectl('get secrets -A -l lockstep.dev/record=true -o name')).stdout;
}

async function teamsSecret(): Promise<unknown> {
  const { stdout } = await kubectl('get secret shop -o jsonpath={.data}');
  return JSON.parse(stdout);
}
