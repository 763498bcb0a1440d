import t from 'tap';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { fakeKubelet } from '../../helpers/cluster/fake-kubelet.ts';
import { lockstep } from '../../helpers/cluster/lockstep.ts';
import { aSecretPolicy } from '../../helpers/policy/secret-policy.ts';
import { applyOverlay } from '../../testbed/lockstep/install.ts';
import { canListen, freePort } from '../../testbed/process/ports.ts';
import { until } from '../../testbed/process/until.ts';

// The action of a policy within the limit of the installation, as kubectl and the command line print it.
const GOOD = 'Vq7mT2xLr9KcW4nB8sZdVq7mT2xLr9Kc';

const cluster = await aCluster(t, { controllers: true });
const address = cluster.serviceIP(10);
const port = (await canListen(address, 443)) ? 443 : await freePort(address);
const kubectl = async (args: string, input?: object): Promise<string> => {
  const { stdout } = await cluster.mustRun(args.split(' '), { input });
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

t.test('kubectl get shows the effective action', async (t) => {
  await apply(aSecretPolicy('shop', SPEC));
  await untilRow({ ACTION: 'Warn', READY: 'True' });
  t.match(await rowOf('shop', ' -o wide'), { DECLARED: 'Enforce', PRECEDENCE: '0', REASON: 'Accepted' });
});

t.test('lockstep policy list shows the same action', async (t) => {
  const { exited, stdout, stderr } = lockstep(t, ['policy', 'list', '--kubeconfig', cluster.kubeconfig]);
  t.same([await exited, stderr()], [0, '']);
  t.match(stdout(), /\nshop +cluster +Warn +0 +2 +named shop-\*/);
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

t.test('shows Enforce after the base is installed', async () => {
  await rollout('manifests');
  await untilRow({ ACTION: 'Enforce' });
});
