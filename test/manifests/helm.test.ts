import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import t, { type Test } from 'tap';
import { parse, parseAllDocuments } from 'yaml';
import { CHART, helm, render, renderEveryValue } from '../helpers/cluster/helm.ts';
import { kustomize, type Loose, type Manifest, pick } from '../helpers/cluster/kustomize.ts';

const home = t.testdir();
const base = await kustomize('manifests');
const rendered = (settings: readonly string[] = [], namespace?: string) => render(home, settings, namespace);
const idOf = ({ kind, metadata }: Manifest): string => `${kind} ${metadata.name}`;
const MONITORING = ['serviceMonitor', 'prometheusRule', 'dashboard'].map((name) => `${name}.enabled=true`);
/** Helm sets them, and kustomize does not. */
const CHART_LABELS = [
  'app.kubernetes.io/instance',
  'app.kubernetes.io/version',
  'app.kubernetes.io/managed-by',
  'helm.sh/chart',
];
const deploymentOf = (objects: readonly Manifest[]) =>
  pick(objects, 'Deployment', 'lockstep-webhook').spec.template.spec;

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
  // `controller.enabled` stands for webhook-only. The floor is not part of the chart.
  t.same(
    [...Object.keys(overlays), 'floor', 'floor-fail-closed', 'webhook-only'].sort(),
    (await readdir('manifests/overlays')).sort(),
  );
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

t.test('with the values of Prometheus and Grafana it is manifests/monitoring too', async (t) => {
  const monitoring = await kustomize('manifests/monitoring');
  const objects = await rendered(MONITORING);
  sameObjects(t, objects, [...base, ...monitoring]);
  const { data } = pick(objects, 'ConfigMap', 'lockstep-dashboard');
  t.same(
    JSON.parse(data['lockstep.json']),
    JSON.parse(await readFile('manifests/monitoring/dashboard.json', 'utf8')),
  );
  // A command in an alert names the namespace of the release.
  const elsewhere = JSON.stringify(await rendered(MONITORING, 'guards'));
  t.match(elsewhere, '-n guards get pods');
  t.notMatch(elsewhere, 'lockstep-system');
  const labelled = await rendered([...MONITORING, 'prometheusRule.alertLabels={"team":"a"}']);
  for (const { alert, labels } of pick(labelled, 'PrometheusRule', 'lockstep-alerts').spec.groups[0].rules)
    t.match(labels, { severity: /./, team: 'a' }, alert);
});

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

t.test('common labels are on every object, and on the pods', async (t) => {
  for (const each of await rendered(['commonLabels={"team":"7"}'])) {
    t.equal(each.metadata.labels?.team, '7', idOf(each));
    if (each.kind !== 'Deployment') continue;
    t.equal(each.spec.template.metadata.labels.team, '7');
    t.equal(each.spec.selector.matchLabels.team, undefined, 'a selector can never change');
  }
});

t.test('a value of a component wins over the common one', async (t) => {
  const objects = await rendered([
    'nodeSelector={"disk":"fast"}',
    'webhook.nodeSelector={"disk":"slow"}',
    'logLevel="warn"',
    'webhook.logLevel="debug"',
    'commonLabels={"team":"7"}',
    'webhook.podLabels={"team":"8"}',
  ]);
  const templateOf = (component: string) =>
    pick(objects, 'Deployment', `lockstep-${component}`).spec.template;
  t.match(templateOf('webhook'), {
    metadata: { labels: { team: '8' } },
    spec: { nodeSelector: { disk: 'slow' }, containers: [{ env: [{ value: 'debug' }] }] },
  });
  t.match(templateOf('controller'), {
    metadata: { labels: { team: '7' } },
    spec: { nodeSelector: { disk: 'fast' }, containers: [{ env: [{ value: 'warn' }] }] },
  });
});

t.test('a value that is set to null is as if it were empty', async (t) => {
  const empty = ['tolerations', 'commonLabels', 'nodeSelector', 'warnOnlyUsers', 'imagePullSecrets'];
  const ofComponent = [
    'tolerations',
    'nodeSelector',
    'podLabels',
    'extraEnv',
    'extraArgs',
    'affinity',
    'volumes',
  ];
  const objects = await rendered([
    ...empty.map((name) => `${name}=null`),
    ...['webhook', 'controller'].flatMap((component) =>
      ofComponent.map((name) => `${component}.${name}=null`),
    ),
  ]);
  const withoutSelector = structuredClone(base);
  for (const { kind, spec } of withoutSelector)
    if (kind === 'Deployment') delete spec.template.spec.nodeSelector;
  sameObjects(t, objects, withoutSelector);
});

t.test('a value that would do nothing, or something else, is refused', async (t) => {
  for (const setting of [
    'failurePolicy="ignore"',
    'maxAction="Deny"',
    'certificate="Self-signed"',
    'warnOnlyUsers=["a,b"]',
    'excludedNamespaces=["team-*"]',
    'image.tag="1.0:latest"',
    'commonLabels={"app.kubernetes.io/name":"x"}',
    'webhook.replicas=0',
    'webhook.podDisruptionBudget.minAvailable="half"',
    'webhook.extraArgs=["serve"]',
    'webhook.extraEnv=[{"name":"A","value":1}]',
    'webhook.tolerations=[{"effekt":"NoSchedule"}]',
    'webhook.affinity={"podAntiAfinity":{}}',
    'webhook.topologySpreadConstraints=[{"topologyKey":"rack"}]',
    'controller.enabled="no"',
    'controller.restoreFieldManagers=["a,b"]',
    'controller.serverNetworks=["db.example"]',
    'serviceMonitor.interval="half a minute"',
    'prometheusRule.alertLabels={"severity":"page"}',
    'prometheusRule.alertLabels={"my-team":"a"}',
  ]) {
    await t.rejects(rendered([setting]), /values don't meet the specifications/, setting);
  }
});

t.test('a refusal names the place, and the valid values, the range or the wrong name', async (t) => {
  const messages: readonly (readonly [setting: string, message: RegExp])[] = [
    ['failurePolicy="Open"', /at '\/failurePolicy': value must be one of 'Ignore', 'Fail'/],
    ['controller.history=21', /at '\/controller\/history': maximum: got 21, want 20/],
    ['webhook.port=443', /at '\/webhook\/port': minimum: got 443, want 1[,.]?024/],
    ['controller.resyncSecond=60', /at '\/controller': additional properties 'resyncSecond' not allowed/],
    ['failurePolcy="Fail"', /at '': additional properties 'failurePolcy' not allowed/],
    [
      'webhook.resources={"limit":{}}',
      /at '\/webhook\/resources': additional properties 'limit' not allowed/,
    ],
    // Names of other charts, and one at another place.
    [
      'replicaCount=3',
      /at '\/replicaCount': value must be 'set as webhook.replicas and controller.replicas'/,
    ],
    ['replicas=3', /at '\/replicas': value must be 'set as webhook.replicas and controller.replicas'/],
    ['webhook.extraEnvVars=[]', /at '\/webhook\/extraEnvVars': value must be 'set as extraEnv'/],
    [
      'prometheusRule.additionalRuleLabels={}',
      /at '\/prometheusRule\/additionalRuleLabels': value must be 'set as alertLabels'/,
    ],
  ];
  for (const [setting, message] of messages) {
    const error = await rendered([setting]).then(
      () => undefined,
      (refused: Error) => refused,
    );
    t.match(error, { message }, setting);
    t.equal(error?.message.match(/^\s*- at /gm)?.length, 1, `${setting} has one reason`);
  }
});

t.test('each value changes the fields that are recorded for it, and no other', async (t) => {
  const recorded = parse(await readFile('test/data/charts/every-value-changes.yaml', 'utf8'));
  const settings = [...MONITORING, 'commonLabels={"team":"common"}'];
  const before = new Map((await rendered(settings)).map((each) => [idOf(each), each]));
  const after = new Map((await renderEveryValue(home)).map((each) => [idOf(each), each]));
  const removed = [...before.keys()].filter((id) => !after.has(id));
  t.same(removed.sort(), ['PriorityClass lockstep-controller', 'PriorityClass lockstep-webhook']);
  const changed = [...after].map(([id, object]) => [id, changedPlaces(before.get(id), object)] as const);
  t.strictSame(Object.fromEntries(changed.filter(([, places]) => Object.keys(places).length > 0)), recorded);
});

t.test('a part that is disabled is not rendered', async (t) => {
  const objects = await rendered(
    ['webhook', 'controller'].flatMap((component) =>
      ['podDisruptionBudget', 'networkPolicy'].map((part) => `${component}.${part}={"enabled":false}`),
    ),
  );
  const parts = base.filter(({ kind }) => ['PodDisruptionBudget', 'NetworkPolicy'].includes(kind));
  t.equal(parts.length, 4);
  sameObjects(
    t,
    objects,
    base.filter((each) => !parts.includes(each)),
  );
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
  const tagged = await rendered(['image.tag="1.2"']);
  t.equal(deploymentOf(tagged).containers[0].image, 'ghcr.io/lockstep-dev/lockstep:1.2');
});

/** The fields of `after` that are others than in `before`, by their place; null if a field is gone. */
function changedPlaces(before: Loose, after: Loose, place = ''): Record<string, Loose> {
  if (isDeepStrictEqual(before, after)) return {};
  const [old, now] = [before, after].map(byName);
  if (old === undefined || now === undefined) return { [place]: after ?? null };
  const names = new Set([...Object.keys(old), ...Object.keys(now)]);
  const parts = [...names].map((name) => changedPlaces(old[name], now[name], `${place}.${name}`));
  return Object.assign({}, ...parts);
}

/** The fields of an object, and the items of a list by their names. Undefined: compared as a whole. */
function byName(value: Loose): Loose | undefined {
  if (!Array.isArray(value)) return typeof value === 'object' && value !== null ? value : undefined;
  return value.every((item) => item?.name !== undefined)
    ? Object.fromEntries(value.map((item) => [item.name, item]))
    : undefined;
}

t.test('each object has the labels of Helm, and a pod those that a new chart does not change', async (t) => {
  const { version } = JSON.parse(await readFile('package.json', 'utf8'));
  for (const each of await rendered(MONITORING)) {
    const labels = {
      'app.kubernetes.io/name': 'lockstep',
      'app.kubernetes.io/instance': 'lockstep',
      'app.kubernetes.io/version': version,
      'app.kubernetes.io/managed-by': 'Helm',
      'helm.sh/chart': `lockstep-${version}`,
    };
    t.match(each.metadata.labels, labels, idOf(each));
    if (each.kind !== 'Deployment') continue;
    const ofPod = Object.keys(each.spec.template.metadata.labels).sort();
    const names = ['component', 'instance', 'name', 'part-of'].map((name) => `app.kubernetes.io/${name}`);
    t.same(ofPod, names, idOf(each));
  }
  for (const label of CHART_LABELS)
    await t.rejects(rendered([`commonLabels={"${label}":"x"}`]), /set by the chart/, label);
});

t.test('the CRDs are upgraded with the chart, and stay when it goes', async (t) => {
  const crds = (objects: readonly Manifest[]) =>
    objects.filter(({ kind }) => kind === 'CustomResourceDefinition');
  for (const each of crds(await rendered()))
    t.same(each.metadata.annotations, { 'helm.sh/resource-policy': 'keep' }, idOf(each));
  t.equal(crds(base).length, 3);
  t.same(crds(await rendered(['crds.enabled=false'])), []);
});

t.test('the test of helm is left out if a placeholder is meant to be stored', async (t) => {
  const testPod = async (...settings: readonly string[]) => {
    const { stdout } = await helm(['template', 'lockstep', CHART, '-n', 'guards', ...settings], home);
    const objects = parseAllDocuments(stdout).map((document) => document.toJS());
    return objects.find((each) => each?.kind === 'Pod');
  };
  t.match(await testPod(), {
    metadata: { namespace: 'guards', annotations: { 'helm.sh/hook': 'test' } },
    spec: {
      containers: [{ args: ['probe', '--lockstep-namespace', 'guards', '--as', /default:lockstep-test$/] }],
    },
  });
  for (const setting of ['maxAction=Warn', 'maxAction=Audit', 'excludedNamespaces[0]=default'])
    t.equal(await testPod('--set', setting), undefined, setting);
});

/** The objects without the labels that only Helm sets. The Namespace is Helm's to make, or somebody else's. */
function sameObjects(t: Test, found: readonly Manifest[], expected: readonly Manifest[]): void {
  const sorted = (objects: readonly Manifest[]) =>
    objects
      .filter(({ kind }) => kind !== 'Namespace')
      .map((each) => [idOf(each), each] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1));
  const own: Loose[] = structuredClone([...found]);
  for (const each of own) {
    for (const labels of [each.metadata.labels, each.spec?.template?.metadata?.labels])
      for (const label of CHART_LABELS) delete labels?.[label];
    if (each.kind === 'CustomResourceDefinition') delete each.metadata.annotations;
  }
  t.strictSame(Object.fromEntries(sorted(own)), Object.fromEntries(sorted(expected)));
  t.equal(own.length, sorted(expected).length);
}
