import { setTimeout } from 'node:timers/promises';
import { execa } from 'execa';
import t from 'tap';
import { callsOf } from '../../helpers/api/rights.ts';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { fakeKubelet } from '../../helpers/cluster/fake-kubelet.ts';
import { GOOD } from '../../helpers/engine/engine.ts';
import { aSecretPolicy } from '../../helpers/policy/secret-policy.ts';
import { applyOverlay } from '../../testbed/lockstep/install.ts';
import { entryPoint } from '../../testbed/lockstep/release.ts';
import { canListen, freePort } from '../../testbed/process/ports.ts';
import { until } from '../../testbed/process/until.ts';

// A cluster in use, with 500 Secrets of which 50 are faulty, before and after the install of each overlay. No byte may
// differ.
const NAMESPACES = 5;
const CLEAN = 90;
const FAULTY = 10;

const cluster = await aCluster(t, { controllers: true });
const address = cluster.serviceIP(10);
const port = (await canListen(address, 443)) ? 443 : await freePort(address);
const kubelet = fakeKubelet(t, cluster, { address, port }, ['webhook', 'controller']);
const mustRun = (args: string, input?: object) => cluster.mustRun(args.split(' '), { input });

const CONTROLLER = 'system:serviceaccount:lockstep-system:lockstep-controller';
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const aSecret = (
  namespace: string,
  name: string,
  texts: Readonly<Record<string, string>>,
  metadata = {},
) => ({
  metadata: { namespace, name, ...metadata },
  data: Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, base64(text)])),
});

const BASE = {
  POSTGRES_USER: 'app',
  POSTGRES_PASSWORD: GOOD.other,
  POSTGRES_DB: 'shop',
  POSTGRES_HOST: 'db',
};
const IN_USE = `postgresql://app:${GOOD.password}@db:5432/shop`;
const NAME = 'reconciliation-secrets';
const OWNER = {
  apiVersion: 'external-secrets.io/v1',
  kind: 'ExternalSecret',
  name: 'x',
  uid: 'x',
  controller: true,
};

/** One Secret for each change that the webhook or the controller could make. */
const faultyIn = (namespace: string) => [
  aSecret(namespace, NAME, {
    ...BASE,
    DATABASE_URL: IN_USE,
    JWT_SECRET: GOOD.key,
    JWT_REFRESH_SECRET: GOOD.refresh,
  }),
  aSecret(namespace, 'left-over', { ...BASE, DATABASE_URL: IN_USE }),
  aSecret(namespace, 'underived', BASE),
  aSecret(namespace, 'placeholder', { JWT_SECRET: 'CHANGE_ME' }),
  aSecret(namespace, 'newline', { JWT_SECRET: `${GOOD.key}\n`, PASSWORD: `"${GOOD.password}"` }),
  aSecret(namespace, 'generated', { OTHER: 'x' }, { annotations: { 'lockstep.dev/generate': 'true' } }),
  aSecret(namespace, 'owned', BASE, {
    annotations: { 'lockstep.dev/derived-secret': 'true' },
    ownerReferences: [OWNER],
  }),
  aSecret(namespace, 'same', { JWT_SECRET: GOOD.key, JWT_REFRESH_SECRET: GOOD.key }),
  aSecret(namespace, 'unusable', { ...BASE, DATABASE_URL: 'not a URL' }),
  aSecret(namespace, 'stale-copy', { ...BASE, DIRECT_URL: IN_USE }),
];

const aReader = (namespace: string) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { namespace, name: 'reader' },
  spec: {
    replicas: 0,
    selector: { matchLabels: { app: 'reader' } },
    template: {
      metadata: { labels: { app: 'reader' }, annotations: { 'lockstep.dev/secret-version': '1' } },
      spec: { containers: [{ name: 'c', image: 'x', envFrom: [{ secretRef: { name: 'left-over' } }] }] },
    },
  },
});

/** A policy with every option. */
const EAGER = aSecretPolicy('eager', {
  match: { namespaces: ['team-*'] },
  heal: 'Always',
  restart: true,
  keys: {
    DATABASE_URL: {
      derive: {
        template: 'postgresql://${POSTGRES_USER}:${POSTGRES_PASSWORD}@${POSTGRES_HOST}:5432/${POSTGRES_DB}',
        addWith: ['POSTGRES_HOST'],
      },
    },
    POSTGRES_USER: {},
    POSTGRES_PASSWORD: {},
    POSTGRES_DB: {},
    POSTGRES_HOST: {},
    TOKEN: { generate: { bytes: 48 } },
    JWT_SECRET: { sensitive: true, maxAge: '1m' },
  },
});

const CREDENTIAL = {
  apiVersion: 'lockstep.dev/v1alpha1',
  kind: 'PostgresCredential',
  metadata: { name: 'shop', namespace: 'team-0' },
  spec: { secretName: 'left-over', consumers: { restart: true } },
};

interface Stored {
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly labels?: Record<string, string>;
  };
}

const itemsOf = async (path: string): Promise<readonly Stored[]> =>
  (await cluster.request(path))
    .json()
    .items.filter(({ metadata }: Stored) => /^team-/.test(metadata.namespace));

/** Every Secret of a team, with its metadata and resourceVersion, and every pod template. Records are lockstep's own. */
async function everything() {
  const secrets = await itemsOf('/api/v1/secrets');
  const deployments = await itemsOf('/apis/apps/v1/deployments');
  const isRecord = ({ metadata }: Stored) => metadata.labels?.['lockstep.dev/record'] === 'true';
  const texts = new Map<string, string>();
  for (const one of secrets.filter((each) => !isRecord(each)))
    texts.set(`Secret ${one.metadata.namespace}/${one.metadata.name}`, JSON.stringify(one));
  for (const one of deployments as readonly (Stored & { spec: { template: object } })[])
    texts.set(`Deployment ${one.metadata.namespace}`, JSON.stringify(one.spec.template));
  return { texts, records: secrets.filter(isRecord).length };
}

const namespaces = Array.from({ length: NAMESPACES }, (_, index) => `team-${index}`);
await mustRun('apply --server-side -k manifests/crds');
await mustRun('wait --for=condition=Established crd --all');
for (const namespace of namespaces) {
  const clean = Array.from({ length: CLEAN }, (_, index) =>
    aSecret(namespace, `clean-${index}`, { API_KEY: `${GOOD.key}${index}` }),
  );
  await mustRun(`create namespace ${namespace}`);
  await Promise.all(
    [...clean, ...faultyIn(namespace)].map(async (body) => {
      const path = `/api/v1/namespaces/${namespace}/secrets`;
      const { status, text } = await cluster.request(path, { method: 'POST', body });
      if (status !== 201) throw new Error(text);
    }),
  );
}
await mustRun('apply -f -', { apiVersion: 'v1', kind: 'List', items: namespaces.map(aReader) });
const before = await everything();
t.equal(before.texts.size, NAMESPACES * (CLEAN + FAULTY + 1));

const looks = () => kubelet.logs().split('"message":"full scan completed"').length;
const differing = async () => {
  const { texts } = await everything();
  const names = new Set([...before.texts.keys(), ...texts.keys()]);
  return [...names].filter((name) => texts.get(name) !== before.texts.get(name));
};
const restart = async (component: string) => {
  await mustRun(`rollout restart deployment/lockstep-${component} -n lockstep-system`);
  await mustRun(`rollout status deployment/lockstep-${component} -n lockstep-system --timeout=180s`);
};

/** Installs the overlay over the previous one, and waits until its controller has reconciled every Secret. */
async function install(overlay: string): Promise<void> {
  await applyOverlay(cluster, `manifests/${overlay}`, { address, port });
  // Acts as the issuer: for `files` a person runs this, for cert-manager its controllers do the same.
  if (/files|cert-manager/.test(overlay))
    await execa(process.execPath, [entryPoint(), 'certs', '--kubeconfig', cluster.kubeconfig]);
  await restart('webhook');
  if (overlay.endsWith('webhook-only')) return;
  const looked = looks();
  await restart('controller');
  await until('a look at every Secret', [], () => looks() > looked);
  await untilQuiet();
}

/** Its work queue is empty: for some seconds the controller has asked for no Secret. */
async function untilQuiet(): Promise<void> {
  const calls = async () =>
    (await callsOf(cluster, CONTROLLER)).filter(({ right }) => right.includes('secrets')).length;
  let last = -1;
  const isQuiet = async () => {
    const before = last;
    last = await calls();
    if (last !== before) await setTimeout(3_000);
    return last === before;
  };
  await until('the controller to have no more work', [], isQuiet, QUIET_TIMEOUT_MS);
}

/** It writes a record of each Secret first: minutes on a busy machine. */
const QUIET_TIMEOUT_MS = 300_000;

/** cert-manager's own kinds, so that its overlays can be applied; the testbed has none of its controllers. */
const CERT_MANAGER = ['Issuer', 'Certificate'].map((kind) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${kind.toLowerCase()}s.cert-manager.io` },
  spec: {
    group: 'cert-manager.io',
    scope: 'Namespaced',
    names: { kind, plural: `${kind.toLowerCase()}s` },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
}));

for (const overlay of ['overlays/audit', 'overlays/warn'])
  t.test(`${overlay}: changes nothing, whatever a policy or a PostgresCredential asks for`, async (t) => {
    await mustRun('apply -f -', EAGER);
    await mustRun('apply -f -', CREDENTIAL);
    await install(overlay);
    if (overlay.endsWith('warn')) await until('records', [], async () => (await everything()).records > 0);
    const { records } = await everything();
    if (overlay.endsWith('audit')) t.equal(records, 0, 'and no record is kept');
    t.same(await differing(), []);
    await until('the status of the login', [], async () => {
      const { stdout } = await mustRun('get postgrescredential shop -n team-0 -o yaml');
      return stdout.includes('lockstep runs with --max-action');
    });
  });

t.test('changes nothing under the built-in policies in the other overlays', async (t) => {
  await mustRun('delete secretpolicy eager');
  await mustRun('delete postgrescredential shop -n team-0');
  for (const overlay of ['overlays/webhook-only', '', 'overlays/fail-closed', 'overlays/files']) {
    await install(overlay);
    t.same(await unasked(), [], overlay);
  }
  await mustRun('apply -f -', { apiVersion: 'v1', kind: 'List', items: CERT_MANAGER });
  await mustRun('wait --for=condition=Established crd --all');
  for (const overlay of ['overlays/cert-manager', 'overlays/cert-manager-fail-closed']) {
    await install(overlay);
    t.same(await unasked(), [], overlay);
  }
});

/** Without the derived Secret that the Secret `owned` requests by its annotation. */
const unasked = async () => (await differing()).filter((name) => !name.endsWith('/owned-derived'));
