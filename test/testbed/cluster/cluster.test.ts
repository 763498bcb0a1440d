import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { PROGRAMS, pinnedVersion } from '../modules.ts';
import { processesIn } from '../process/processes.ts';
import { until } from '../process/until.ts';
import { startCluster } from './cluster.ts';

const STARTER = fileURLToPath(new URL('starter.ts', import.meta.url));
const KUBERNETES = pinnedVersion(PROGRAMS.kubectl);

const cluster = await aCluster(t);

t.test('client and server are the pinned Kubernetes', async (t) => {
  const { stdout } = await cluster.kubectl(['version', '--output=json'], { orThrow: true });
  const { clientVersion, serverVersion } = JSON.parse(stdout);
  t.match([clientVersion, serverVersion], [{ gitVersion: KUBERNETES }, { gitVersion: KUBERNETES }]);
});

t.test('a Secret is stored, and the audit log tells of it without its data', async (t) => {
  await cluster.kubectl(['create', 'secret', 'generic', 'app', '--from-literal=KEY=orchid-lantern-basalt'], {
    orThrow: true,
  });
  const stored = await cluster.request('/api/v1/namespaces/default/secrets/app');
  t.equal(Buffer.from(stored.json().data.KEY, 'base64').toString(), 'orchid-lantern-basalt');

  const entry = /"verb":"create".*"resource":"secrets".*"name":"app"/;
  await until('the audit entry', [], async () => entry.test(await cluster.auditLog()));
  const audit = await cluster.auditLog();
  t.notMatch(audit, 'orchid-lantern-basalt');
  t.notMatch(audit, stored.json().data.KEY);
});

t.test('at level Request the audit log holds the data, so that its absence means something', async (t) => {
  const cluster = await aCluster(t, { auditLevel: 'Request' });
  const value = 'orchid-lantern-basalt';
  await cluster.kubectl(['create', 'secret', 'generic', 'app', `--from-literal=KEY=${value}`], {
    orThrow: true,
  });
  const encoded = Buffer.from(value).toString('base64');
  await until('the value in the audit log', [], async () => (await cluster.auditLog()).includes(encoded));
  t.match(await cluster.auditLog(), encoded);
});

t.test('two clusters at once keep apart', async (t) => {
  const [one, other] = await Promise.all([aCluster(t), aCluster(t)]);
  t.not(one.server, other.server);
  t.not(one.serviceIP(10), other.serviceIP(10));
  await one.kubectl(['create', 'secret', 'generic', 'here'], { orThrow: true });
  t.equal((await other.kubectl(['get', 'secret', 'here'])).exitCode, 1);
});

t.test('stop leaves no process and no folder', async (t) => {
  const cluster = await startCluster();
  t.same(processesIn(cluster.dir), ['etcd', 'kube-apiserver', 'sh'], 'sh is what guards them');
  await cluster.stop();
  // The guard of the folder is killed, and may take a moment to end.
  await until('the end of its processes', [], () => processesIn(cluster.dir).length === 0);
  t.notOk(existsSync(cluster.dir));
});

t.test('a cluster whose starter was killed goes down with it', async (t) => {
  const starter = spawn(process.execPath, [STARTER], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [firstLine] = await once(createInterface(starter.stdout), 'line');
  const dir = String(firstLine);
  t.not(processesIn(dir).length, 0);
  starter.kill('SIGKILL');
  await until('the end of its processes', [], () => processesIn(dir).length === 0);
  t.notOk(existsSync(dir));
});

t.test('what was stored survives a restart of the API server', async (t) => {
  await cluster.kubectl(['create', 'secret', 'generic', 'kept'], { orThrow: true });
  await cluster.restartApiServer();
  t.equal((await cluster.kubectl(['get', 'secret', 'kept'])).exitCode, 0);
});

t.test('a ServiceAccount has the rights that RBAC gives it, and no others', async (t) => {
  await cluster.kubectl(['create', 'serviceaccount', 'reader'], { orThrow: true });
  await cluster.kubectl(['create', 'role', 'reader', '--verb=get', '--resource=secrets'], { orThrow: true });
  await cluster.kubectl(
    ['create', 'rolebinding', 'reader', '--role=reader', '--serviceaccount=default:reader'],
    {
      orThrow: true,
    },
  );
  const kubeconfig = await cluster.serviceAccountKubeconfig('default', 'reader');
  const can = async (verb: string) =>
    (await cluster.kubectl(['auth', 'can-i', verb, 'secrets'], { kubeconfig })).stdout.trim();
  // A binding counts a moment after it is stored.
  await until('the right', [], async () => (await can('get')) === 'yes');
  t.equal(await can('create'), 'no');
});

t.test('controllers and kwok make a Deployment ready', async (t) => {
  const cluster = await aCluster(t, { controllers: true, nodes: 1 });
  const labels = { app: 'backend' };
  const spec = { nodeName: 'node-1', containers: [{ name: 'backend', image: 'backend' }] };
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'backend' },
    spec: { replicas: 3, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  };
  await cluster.kubectl(['apply', '-f', '-'], { input: deployment, orThrow: true });
  const rollout = await cluster.kubectl(['rollout', 'status', 'deployment/backend', '--timeout=60s']);
  t.match(rollout, { exitCode: 0, stdout: /successfully rolled out/ });
});
