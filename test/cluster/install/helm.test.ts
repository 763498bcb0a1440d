import { createHash } from 'node:crypto';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { execa } from 'execa';
import t from 'tap';
import { parse, stringify } from 'yaml';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { fakeKubelet } from '../../helpers/cluster/fake-kubelet.ts';
import { CHART, helm } from '../../helpers/cluster/helm.ts';
import { kustomize, type Loose } from '../../helpers/cluster/kustomize.ts';
import { blocksOf, readPage } from '../../helpers/pages/pages.ts';
import { entryPoint } from '../../testbed/lockstep/release.ts';
import { until } from '../../testbed/process/until.ts';

const NAMESPACE = 'guards';
const FLOOR = join(CHART, '..', 'components', 'floor', 'floor.yaml');

const cluster = await aCluster(t, { controllers: true });
const home = t.testdir();
const kubectl = (args: string) => cluster.mustRun(args.split(' '));
const get = async (what: string): Promise<Loose> =>
  JSON.parse((await kubectl(`get ${what} -n ${NAMESPACE} -o json`)).stdout);
/** `args` are split at blanks, so no flag may hold one. */
async function run(args: string) {
  const { stdout, stderr, exitCode } = await helm(
    [...args.split(' '), '-n', NAMESPACE],
    home,
    cluster.kubeconfig,
  );
  if (exitCode !== 0) throw new Error(`helm ${args}: ${stderr}`);
  return stdout;
}
const tryOut = () =>
  cluster.kubectl(
    'create secret generic probe --from-literal=JWT_SECRET=changeme --dry-run=server'.split(' '),
  );
const untilDenied = () =>
  until('a denial', [], async () => (await tryOut()).stderr.includes('[lockstep/placeholder]'));
const untilUnanswered = () =>
  until('a write that is refused', [], async () =>
    (await tryOut()).stderr.includes('failed calling webhook'),
  );
const ready = () => kubectl(`rollout status deployment/lockstep-webhook -n ${NAMESPACE} --timeout=90s`);

await run(`install lockstep ${CHART} --create-namespace`);
// An address of the Service's range, all of which lies on this machine.
const { clusterIP, ports } = (await get('service lockstep-webhook')).spec;
const service = { address: clusterIP, port: ports[0].port, namespace: NAMESPACE };
const kubelet = fakeKubelet(t, cluster, service, ['webhook', 'controller']);

t.test('makes its certificate and validates after an install with every object of the base', async (t) => {
  await ready();
  await untilDenied();
  for (const { kind, metadata } of await kustomize('manifests')) {
    const name = kind === 'Namespace' ? NAMESPACE : metadata.name;
    const { stdout } = await kubectl(`get ${kind} ${name} -n ${NAMESPACE} --ignore-not-found -o name`);
    t.ok(stdout.endsWith(`/${name}\n`), `${kind} ${name}`);
  }
});

t.test('helm test probes the webhook, with rights that exist only meanwhile', async (t) => {
  t.match(await testRelease(), {
    exitCode: 0,
    log: /^the API server reaches lockstep, and refuses a placeholder/,
  });
  const left = await kubectl(
    'get serviceaccounts,roles,rolebindings -A -l app.kubernetes.io/component=test -o name',
  );
  t.equal(left.stdout, '');
});

t.test('an upgrade upgrades the CRDs, and keeps them if the chart leaves them out', async (t) => {
  const name = 'secretpolicies.lockstep.dev';
  const columns = async () => {
    const { spec } = await get(`crd ${name}`);
    return spec.versions[0].additionalPrinterColumns.map((column: Loose) => column.name);
  };
  const before = await columns();
  const next = t.testdir();
  await cp(CHART, next, { recursive: true });
  const file = join(next, 'files', 'crds', `${name}.yaml`);
  const crd = parse(await readFile(file, 'utf8'));
  crd.spec.versions[0].additionalPrinterColumns.push({
    name: 'Next',
    type: 'string',
    jsonPath: '.spec.next',
  });
  await writeFile(file, stringify(crd, { compat: 'yaml-1.1' }));
  await run(`upgrade lockstep ${next}`);
  t.same(await columns(), [...before, 'Next']);
  await run(`upgrade lockstep ${CHART} --set crds.enabled=false`);
  t.same(await columns(), [...before, 'Next'], 'they belong to nobody');
  await run(`upgrade lockstep ${CHART} --set crds.enabled=true`);
  t.same(await columns(), before);
});

t.test('keeps the CA and the caBundle of the pods in an upgrade and a rollback', async (t) => {
  const before = await trust();
  t.same(before.bundles.length, 4, 'one for each webhook');
  for (const bundle of before.bundles) t.match(bundle, /^-----BEGIN CERTIFICATE-----/);

  await run(`upgrade lockstep ${CHART} --set failurePolicy=Fail --set webhook.replicas=3`);
  await ready();
  t.same(await trust(), before);
  t.same(await shape(), { failurePolicy: 'Fail', replicas: 3 });
  await untilDenied();

  await run('rollback lockstep 1');
  await ready();
  t.same(await trust(), before);
  t.same(await shape(), { failurePolicy: 'Ignore', replicas: 2 });
  await untilDenied();
});

t.test('passes a value of the chart to the pods', async (t) => {
  await run(`upgrade lockstep ${CHART} --set maxAction=Warn`);
  await ready();
  let reported = '';
  // A write that no pod has seen ends with 0 too.
  await until('a warning in place of a denial', [], async () => {
    const { exitCode, stderr } = await tryOut();
    reported = stderr;
    return exitCode === 0 && stderr.includes('[lockstep/placeholder]');
  });
  t.match(reported, /^Warning: .*\[lockstep\/placeholder\]/m);
});

t.test('neither reviews nor heals the Secrets of an excluded namespace', async (t) => {
  await kubectl('create namespace legacy');
  const inLegacy = () =>
    cluster.kubectl(
      'create secret generic probe -n legacy --from-literal=JWT_SECRET=changeme --dry-run=server'.split(' '),
    );
  await run(`upgrade lockstep ${CHART} --set maxAction=Enforce`);
  await ready();
  await untilDenied();
  t.match((await inLegacy()).stderr, '[lockstep/placeholder]');
  await run(`upgrade lockstep ${CHART} --set excludedNamespaces[0]=legacy`);
  await ready();
  await until('a write in the excluded namespace', [], async () => (await inLegacy()).exitCode === 0);
  t.equal((await inLegacy()).stderr, '');
  await untilDenied();
  await run(`upgrade lockstep ${CHART} --set excludedNamespaces=null`);
  await ready();
  await until('a denial in the namespace', [], async () => (await inLegacy()).exitCode !== 0);
});

t.test('leads in its namespace, and removes the controller with its rights', async (t) => {
  await kubectl(`rollout status deployment/lockstep-controller -n ${NAMESPACE} --timeout=90s`);
  await until('a leader', [], async () => {
    const leases = await kubectl(`get lease -n ${NAMESPACE} -o jsonpath={.items[*].spec.holderIdentity}`);
    return leases.stdout !== '';
  });
  await run(`upgrade lockstep ${CHART} --set controller.enabled=false`);
  const named = 'deployment,serviceaccount,role,rolebinding,clusterrole,clusterrolebinding,priorityclass';
  const label = 'app.kubernetes.io/component=controller';
  t.equal((await kubectl(`get ${named} -n ${NAMESPACE} -l ${label} -o name`)).stdout, '');
  // Helm reuses the earlier values if none is given.
  await run(`upgrade lockstep ${CHART} --set controller.enabled=true`);
  await kubectl(`rollout status deployment/lockstep-controller -n ${NAMESPACE} --timeout=90s`);
});

t.test('switches to fail open, and uninstalls, while it is down and fails closed', async (t) => {
  await run(`upgrade lockstep ${CHART} --set failurePolicy=Fail`);
  await ready();
  await kubelet.crash();
  await untilUnanswered();
  t.match(await testRelease(), {
    exitCode: 1,
    log: /^the API server is refused where lockstep should listen/,
  });
  await run(`upgrade lockstep ${CHART} --set failurePolicy=Ignore`);
  await until('a write that is let by', [], async () => (await tryOut()).exitCode === 0);
  await kubectl('create secret generic shop --from-literal=k=v');
  await run(`upgrade lockstep ${CHART} --set failurePolicy=Fail`);
  await untilUnanswered();

  // The floor stands beside the release, as docs/tasks/floor.md#remove-the-floor says.
  await kubectl(`apply --server-side -f ${FLOOR}`);
  await run('uninstall lockstep');
  await until('a refusal by the floor', [], async () => (await tryOut()).stderr.includes('lockstep-floor'));
  await kubectl(await floorDeletion());

  await until('a write that is let by', [], async () => (await tryOut()).exitCode === 0);
  t.ok((await kubectl('get secret shop -o name')).stdout);
  for (const { kind, metadata } of await kustomize('manifests')) {
    if (kind === 'Namespace' || kind === 'CustomResourceDefinition') continue;
    const { stdout } = await kubectl(`get ${kind} ${metadata.name} -n ${NAMESPACE} --ignore-not-found`);
    t.equal(stdout, '', `${kind} ${metadata.name}`);
  }
  t.ok((await kubectl('get crd secretpolicies.lockstep.dev -o name')).stdout, 'Helm never deletes a CRD');
  await kubectl(`delete -k ${join(CHART, '..', 'crds')}`);
  t.equal((await kubectl('get crd')).stdout, '');
});

/** `helm test`, whose pod is a local process with the ServiceAccount and the arguments of the Pod. */
async function testRelease() {
  const tested = helm(['test', 'lockstep', '-n', NAMESPACE], home, cluster.kubeconfig);
  const find = async () => {
    const { stdout } = await kubectl(`get pod lockstep-test -n ${NAMESPACE} --ignore-not-found -o json`);
    return stdout === '' ? undefined : JSON.parse(stdout);
  };
  // That of an earlier test stays until the next one.
  await until('the pod of the test', [], async () => (await find())?.status.phase === 'Pending');
  const { spec }: Loose = await find();
  const kubeconfig = await cluster.serviceAccountKubeconfig(NAMESPACE, spec.serviceAccountName);
  const { stdout: log, exitCode } = await execa(
    process.execPath,
    [entryPoint(), ...spec.containers[0].args],
    {
      env: { KUBECONFIG: kubeconfig },
      reject: false,
    },
  );
  await cluster.request(`/api/v1/namespaces/${NAMESPACE}/pods/lockstep-test/status`, {
    method: 'PATCH',
    body: { status: { phase: exitCode === 0 ? 'Succeeded' : 'Failed' } },
    contentType: 'application/merge-patch+json',
  });
  return { exitCode: (await tested).exitCode, log };
}

/** The command of the page, without the word kubectl. */
async function floorDeletion(): Promise<string> {
  const blocks = blocksOf(await readPage('docs/tasks/floor.md'));
  const [found] = blocks.filter(({ text }) => text.includes('lockstep.dev/floor=true'));
  return found!.text.trim().replace(/^kubectl /, '');
}

/** The fields that the pods write. The CA only as a digest, which shows a change. */
async function trust() {
  const { data } = await get('secret lockstep-webhook-ca');
  const configurations = [
    await get('mutatingwebhookconfiguration lockstep'),
    await get('validatingwebhookconfiguration lockstep'),
  ];
  const bundles = configurations.flatMap(({ webhooks }) =>
    webhooks.map(({ clientConfig }: Loose) => Buffer.from(clientConfig.caBundle ?? '', 'base64').toString()),
  );
  return { ca: createHash('sha256').update(JSON.stringify(data)).digest('hex'), bundles };
}

async function shape() {
  const { webhooks } = await get('validatingwebhookconfiguration lockstep');
  const { spec } = await get('deployment lockstep-webhook');
  const { failurePolicy } = webhooks.find(({ name }: Loose) => name === 'validate.lockstep.dev');
  return { failurePolicy, replicas: spec.replicas };
}
