import t from 'tap';
import { callsOf } from '../../helpers/api/rights.ts';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { fakeKubelet } from '../../helpers/cluster/fake-kubelet.ts';
import { lockstep } from '../../helpers/cluster/lockstep.ts';
import { applyOverlay } from '../../testbed/lockstep/install.ts';
import { canListen, freePort } from '../../testbed/process/ports.ts';
import { until } from '../../testbed/process/until.ts';

// The numbers of Secrets in the status of a SecretPolicy, as kubectl prints them, with both Deployments of an overlay.
const CONTROLLER = 'system:serviceaccount:lockstep-system:lockstep-controller';
const GOOD = 'Vq7mT2xLr9KcW4nB8sZdVq7mT2xLr9Kc';

const cluster = await aCluster(t, { controllers: true });
const address = cluster.serviceIP(10);
const port = (await canListen(address, 443)) ? 443 : await freePort(address);
const kubectl = async (args: string, input?: object): Promise<string> => {
  const { stdout } = await cluster.kubectl(args.split(' '), { orThrow: true, ...(input && { input }) });
  return stdout;
};
const apply = (...items: readonly object[]) =>
  kubectl('apply --server-side --force-conflicts -f -', { apiVersion: 'v1', kind: 'List', items });
const rollout = async (overlay: string): Promise<void> => {
  await applyOverlay(cluster, overlay, { address, port });
  for (const name of ['webhook', 'controller'])
    await kubectl(`rollout status deployment/lockstep-${name} -n lockstep-system --timeout=120s`);
};

const aSecret = (namespace: string, name: string, TOKEN: string, more = {}): object => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace },
  stringData: { TOKEN, ...more },
});
const aPolicy = (name: string, spec: object): object => ({
  apiVersion: 'lockstep.dev/v1alpha1',
  kind: 'SecretPolicy',
  metadata: { name },
  spec,
});
const SPEC = {
  match: { names: ['shop-*'], namespaces: ['team-*', 'kube-system'] },
  keys: { TOKEN: { sensitive: true }, PORT: { format: 'port', action: 'Audit' } },
};

/** The cells of one row, by the titles of `kubectl get`. An empty cell has no entry. */
async function rowOf(name: string, wide = ''): Promise<Readonly<Record<string, string>>> {
  const [head = '', row = ''] = (await kubectl(`get secretpolicy ${name}${wide}`)).split('\n');
  const titles = [...head.matchAll(/\S+ */g)];
  return Object.fromEntries(
    titles.flatMap(({ 0: title, index }) => {
      const cell = row.slice(index, index + title.length).trim();
      return cell === '' ? [] : [[title.trim(), cell]];
    }),
  );
}

async function untilRow(expected: Readonly<Record<string, string | undefined>>, name = 'shop') {
  let row: Readonly<Record<string, string>> = {};
  await until('the row', [], async () => {
    row = await rowOf(name);
    return Object.entries(expected).every(([title, cell]) => row[title] === cell);
  }).catch(() => {
    throw new Error(`${name} is ${JSON.stringify(row)}, not ${JSON.stringify(expected)}`);
  });
}
const counts = (matched: number, violating: number) => ({
  MATCHED: String(matched),
  VIOLATING: String(violating),
});
const writes = async (): Promise<number> =>
  (await callsOf(cluster, CONTROLLER)).filter(({ right }) => right.startsWith('patch secretpolicies')).length;
const statusOf = async (name = 'shop') => JSON.parse(await kubectl(`get secretpolicy ${name} -o json`));

t.before(async () => {
  const namespaces = ['team-a', 'team-b', 'other'].map((name) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
  }));
  await apply(...namespaces);
  await apply(
    aSecret('team-a', 'shop-bad', 'CHANGE_ME'),
    aSecret('team-b', 'shop-bad', 'changeme'),
    aSecret('team-b', 'shop-good', GOOD),
    aSecret('team-b', 'shop-recorded', GOOD, { PORT: 'none' }),
    aSecret('team-b', 'cart', 'CHANGE_ME'),
    aSecret('other', 'shop-bad', 'CHANGE_ME'),
    aSecret('kube-system', 'shop-bad', 'CHANGE_ME'),
  );
  await applyOverlay(cluster, 'manifests/overlays/warn', { address, port });
  fakeKubelet(t, cluster, { address, port }, ['webhook', 'controller']);
  await rollout('manifests/overlays/warn');
});

t.test('kubectl get shows the effective action, and how many Secrets match and violate', async (t) => {
  await apply(aPolicy('shop', SPEC));
  await untilRow({ ACTION: 'Warn', READY: 'True', ...counts(4, 3) });
  const row = await rowOf('shop', ' -o wide');
  t.match(row, { DECLARED: 'Enforce', PRECEDENCE: '0', REASON: 'Accepted' });
  t.match(row.COUNTED, /^\d+s$/);
  const { metadata, status } = await statusOf();
  t.match(status.secrets, {
    observedGeneration: metadata.generation,
    byAction: { enforce: 0, warn: 2, audit: 1 },
  });
});

t.test('lockstep policy list shows the same numbers', async (t) => {
  const { exited, stdout, stderr } = lockstep(t, ['policy', 'list', '--kubeconfig', cluster.kubeconfig]);
  t.same([await exited, stderr()], [0, '']);
  t.match(stdout(), /\nshop +cluster +Warn +0 +2 +4 +3 +\d+[sm] +named shop-\*/);
});

t.test('lockstep audit denies nothing while the installation only warns', async (t) => {
  const audit = async (...more: readonly string[]) => {
    const ran = lockstep(t, ['audit', '--format', 'json', '--kubeconfig', cluster.kubeconfig, ...more]);
    const exitCode = await ran.exited;
    return { exitCode, ...JSON.parse(ran.stdout()) };
  };
  const asItIs = await audit();
  t.match(asItIs, { exitCode: 0, summary: { denied: 0, warned: 4 } });
  t.match(JSON.stringify(asItIs.notes), /--max-action Warn limits each action, so no Secret is denied/);
  t.match(await audit('--max-action', 'Enforce'), { exitCode: 1, summary: { denied: 4 }, notes: [] });
});

t.test('follows Secrets, and a burst of changes costs few writes', async (t) => {
  const before = await writes();
  // One command for each burst: the controller writes every ten seconds, so a slow burst takes more writes.
  const burst = (TOKEN: string) =>
    apply(...Array.from({ length: 30 }, (_, at) => aSecret('team-a', `shop-${at}`, TOKEN)));
  await burst('CHANGE_ME');
  await untilRow(counts(34, 33));
  await burst(GOOD);
  await untilRow(counts(34, 3));
  await kubectl(`delete secret -n team-a ${Array.from({ length: 30 }, (_, at) => `shop-${at}`).join(' ')}`);
  await untilRow(counts(4, 3));
  t.ok((await writes()) - before <= 12, `${(await writes()) - before} writes for 90 changes`);
  await apply(aSecret('team-a', 'shop-bad', GOOD));
  await untilRow(counts(4, 2));
});

t.test('each writer keeps to its own fields', async (t) => {
  const { stdout } = await cluster.kubectl('get secretpolicy shop -o json --show-managed-fields'.split(' '), {
    orThrow: true,
  });
  const fields = JSON.parse(stdout).metadata.managedFields.filter(
    (one: { subresource?: string }) => one.subresource === 'status',
  );
  const byManager = Object.fromEntries(
    fields.map((one: { manager: string; fieldsV1: { 'f:status': object } }) => [
      one.manager,
      Object.keys(one.fieldsV1['f:status'])
        .filter((name) => name !== '.')
        .sort(),
    ]),
  );
  t.same(byManager, {
    'lockstep-controller': ['f:secrets'],
    'lockstep-webhook': ['f:conditions', 'f:effectiveAction', 'f:observedGeneration', 'f:reason'],
  });
});

t.test('counts again after the policy changed, and after it was deleted and created', async (t) => {
  const exceptions = [
    { namespace: 'team-b', name: 'shop-bad', keys: ['TOKEN'], reason: 'OPS-1', until: '2099-01-31' },
  ];
  await apply(aPolicy('shop', { ...SPEC, keys: { TOKEN: { sensitive: true } }, exceptions }));
  await untilRow(counts(4, 1));
  t.same((await statusOf()).status.secrets.byAction, { enforce: 0, warn: 0, audit: 1 });
  await kubectl('delete secretpolicy shop');
  await apply(aPolicy('shop', { match: { names: ['cart'] }, keys: { TOKEN: { sensitive: true } } }));
  await untilRow(counts(1, 1));
  await apply(aPolicy('nothing', { match: { names: ['nowhere'] }, keys: {} }));
  await untilRow(counts(0, 0), 'nothing');
});

t.test('a change of a namespace label changes the numbers', async () => {
  const match = { names: ['shop-*'], namespaceSelector: { matchLabels: { tier: 'gold' } } };
  await apply(aPolicy('gold', { match, keys: { TOKEN: { sensitive: true } } }));
  await untilRow(counts(0, 0), 'gold');
  await kubectl('label namespace other tier=gold');
  await untilRow(counts(1, 1), 'gold');
  await kubectl('delete secretpolicy gold');
});

t.test('without a controller, a changed policy shows no numbers of its earlier version', async (t) => {
  await kubectl('scale deployment lockstep-controller -n lockstep-system --replicas=0');
  const controllers = 'get pods -n lockstep-system -l app.kubernetes.io/component=controller -o name';
  await until('the controllers to be gone', [], async () => (await kubectl(controllers)) === '');
  const { status } = await statusOf('nothing');
  t.match(await rowOf('nothing'), counts(0, 0), 'the column COUNTED shows their age');
  await apply(aPolicy('nothing', { match: { names: ['shop-*'] }, keys: {} }));
  await untilRow({ READY: 'True', MATCHED: undefined, VIOLATING: undefined, COUNTED: undefined }, 'nothing');
  t.ok(status.secrets);
  const { stdout } = await cluster.kubectl(['get', 'secretpolicy', 'nothing', '-o', 'json']);
  t.equal(JSON.parse(stdout).status.secrets, undefined);
});

t.test('shows Enforce after the base is installed, and counts again', async () => {
  await rollout('manifests');
  await untilRow({ ACTION: 'Enforce' });
  await untilRow({ ACTION: 'Enforce', ...counts(5, 0) }, 'nothing');
});
