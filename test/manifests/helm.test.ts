import { glob, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { parse } from 'yaml';
import { installs } from '../../scripts/helm/chart.ts';
import { chartFiles } from '../../scripts/helm/templates.ts';
import { CHART, helm, render } from '../helpers/cluster/helm.ts';
import { kustomize, type Manifest, pick } from '../helpers/cluster/kustomize.ts';

const home = t.testdir();
const base = await kustomize('manifests');
const rendered = (settings: readonly string[] = [], namespace?: string) => render(home, settings, namespace);
const deploymentOf = (objects: readonly Manifest[]) =>
  pick(objects, 'Deployment', 'lockstep-webhook').spec.template.spec;

t.test('the chart is what `npm run docs` writes from base and overlays', async (t) => {
  const files = chartFiles(await installs());
  const written: string[] = [];
  for await (const path of glob('{templates,crds}/*.yaml', { cwd: CHART })) written.push(path);
  t.same(written.sort(), [...files.keys()].sort());
  for (const [path, text] of files) t.equal(await readFile(join(CHART, path), 'utf8'), text, path);
});

t.test('with the default values it is the base, object by object', async (t) => {
  sameObjects(t, await rendered(), base);
});

t.test('a value does what the overlay of that name does', async (t) => {
  const overlays = {
    'fail-closed': 'failurePolicy="Fail"',
    warn: 'maxAction="Warn"',
    audit: 'maxAction="Audit"',
    files: 'certificate="Secret"',
    'cert-manager': 'certificate="CertManager"',
    'cert-manager-fail-closed': 'certificate="CertManager",failurePolicy="Fail"',
  };
  t.same([...Object.keys(overlays), 'webhook-only'].sort(), (await readdir('manifests/overlays')).sort());
  for (const [overlay, setting] of Object.entries(overlays)) {
    sameObjects(t, await rendered([setting]), await kustomize(`manifests/overlays/${overlay}`));
  }
});

t.test(
  'without the controller nothing of it is rendered: Helm takes away what it no longer renders',
  async (t) => {
    const others = base.filter(({ metadata }) => !metadata.name.startsWith('lockstep-controller'));
    t.ok(others.length < base.length);
    sameObjects(t, await rendered(['controller={"enabled":false}']), others);
  },
);

t.test('in another namespace every place that names it follows, though it look like a number', async (t) => {
  const certManager = await kustomize('manifests/overlays/cert-manager');
  const inNamespace = (objects: readonly Manifest[], namespace: string) =>
    JSON.parse(JSON.stringify(objects).replaceAll('lockstep-system', namespace));
  for (const namespace of ['guards', '123']) {
    sameObjects(t, await rendered([], namespace), inNamespace(base, namespace));
    const setting = 'certificate="CertManager"';
    sameObjects(t, await rendered([setting], namespace), inNamespace(certManager, namespace));
  }
});

t.test('every value arrives where it belongs', async (t) => {
  const objects = await rendered([
    'image={"repository":"registry.example/lockstep","tag":"1.2.3"}',
    'imagePullSecrets=[{"name":"pull"}]',
    'replicas=3',
    'warnOnlyUsers=["system:serviceaccount:velero:velero-server","backup"]',
    'resources={"requests":{"memory":"1Gi"},"limits":null}',
    'nodeSelector={"disk":"fast"}',
    'tolerations=[{"operator":"Exists"}]',
    'podDisruptionBudget={"minAvailable":"50%"}',
  ]);
  const spec = deploymentOf(objects);
  const [container] = spec.containers;
  t.equal(container.image, 'registry.example/lockstep:1.2.3');
  t.same(container.resources.requests.memory, '1Gi');
  t.match(container.env, [
    { name: 'LOCKSTEP_WARN_ONLY_USERS', value: 'system:serviceaccount:velero:velero-server,backup' },
  ]);
  t.match(spec, {
    imagePullSecrets: [{ name: 'pull' }],
    nodeSelector: { 'kubernetes.io/os': 'linux', disk: 'fast' },
    tolerations: [{ operator: 'Exists' }],
  });
  t.equal(pick(objects, 'Deployment', 'lockstep-webhook').spec.replicas, 3);
  t.equal(pick(objects, 'PodDisruptionBudget', 'lockstep-webhook').spec.minAvailable, '50%');
});

t.test('what is said of image and nodes counts for the controller too', async (t) => {
  const { spec } = pick(
    await rendered([
      'image={"repository":"registry.example/lockstep","tag":"1.2.3"}',
      'imagePullSecrets=[{"name":"pull"}]',
      'warnOnlyUsers=["backup"]',
      'nodeSelector={"disk":"fast"}',
      'tolerations=[{"operator":"Exists"}]',
      'replicas=3',
      'controller={"replicas":1,"restoreFieldManagers":["velero-server","stash"],"serverNetworks":["169.254.7.0/24","::1"],"resources":{"requests":{"memory":"2Gi"},"limits":null}}',
    ]),
    'Deployment',
    'lockstep-controller',
  );
  t.equal(spec.replicas, 1);
  const [container] = spec.template.spec.containers;
  t.equal(container.image, 'registry.example/lockstep:1.2.3');
  t.same(container.resources.requests, { cpu: '50m', memory: '2Gi' });
  t.notMatch(JSON.stringify(container.env), /WARN_ONLY/);
  t.match(container.env, [
    { name: 'LOCKSTEP_RESTORE_FIELD_MANAGERS', value: 'velero-server,stash' },
    { name: 'LOCKSTEP_SERVER_NETWORKS', value: '169.254.7.0/24,::1' },
  ]);
  t.match(spec.template.spec, {
    imagePullSecrets: [{ name: 'pull' }],
    nodeSelector: { 'kubernetes.io/os': 'linux', disk: 'fast' },
    tolerations: [{ operator: 'Exists' }],
  });
});

t.test('the disruption budget can be left out, and nothing else goes with it', async (t) => {
  const without = await rendered(['podDisruptionBudget={"enabled":false}']);
  sameObjects(
    t,
    without,
    base.filter(({ kind }) => kind !== 'PodDisruptionBudget'),
  );
});

t.test('a value that would do nothing, or something else, is refused', async (t) => {
  for (const setting of [
    'failurePolicy="ignore"',
    'maxAction="Deny"',
    'certificate="Self-signed"',
    'replicas=0',
    'replicaCount=2',
    'image={"name":"lockstep"}',
    'warnOnlyUsers=["a,b"]',
    'podDisruptionBudget={"minAvailable":"half"}',
    'controller={"enabled":"no"}',
    'controller={"replicas":0}',
    'controller={"restoreFieldManagers":["a,b"]}',
    'controller={"serverNetworks":["db.example"]}',
    'controller={"maxAction":"Warn"}',
  ]) {
    await t.rejects(rendered([setting]), /values don't meet the specifications/, setting);
  }
});

t.test('helm finds no fault with it, and its notes say what to do next', async (t) => {
  const lint = await helm(['lint', '--strict', CHART], home);
  t.equal(lint.exitCode, 0, lint.stdout);
  const args = ['install', 'guard', CHART, '-n', 'guards', '--dry-run=client'];
  const { stdout } = await helm(args, home);
  t.match(stdout, /kubectl -n guards logs deployment\/lockstep-webhook/);
  t.match(stdout, /helm upgrade guard CHART -n guards --reuse-values --set failurePolicy=Fail/);
  t.notMatch(stdout, /lockstep certs/);
  const given = await helm([...args, '--set', 'certificate=Secret'], home);
  t.match(given.stdout, /lockstep certs --lockstep-namespace guards\n/);
  const closed = await helm([...args, '--set', 'failurePolicy=Fail'], home);
  t.notMatch(closed.stdout, /--reuse-values/);
});

t.test('chart, image and program have one version', async (t) => {
  const { version } = JSON.parse(await readFile('package.json', 'utf8'));
  const chart = parse(await readFile(join(CHART, 'Chart.yaml'), 'utf8'));
  t.same([chart.version, chart.appVersion], [version, version]);
  t.equal(deploymentOf(base).containers[0].image, `ghcr.io/lockstep-dev/lockstep:${version}`);
});

/** The Namespace is Helm's to make, or somebody else's. */
function sameObjects(t: Test, found: readonly Manifest[], expected: readonly Manifest[]): void {
  const sorted = (objects: readonly Manifest[]) =>
    objects
      .filter(({ kind }) => kind !== 'Namespace')
      .map((each) => [`${each.kind} ${each.metadata.name}`, each] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1));
  t.strictSame(Object.fromEntries(sorted(found)), Object.fromEntries(sorted(expected)));
  t.equal(found.length, sorted(expected).length);
}
