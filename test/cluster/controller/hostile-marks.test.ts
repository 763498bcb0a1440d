import { kill } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { aManifest, aTeam, fromKey } from '../../helpers/cluster/consumers.ts';
import { GOOD } from '../../helpers/engine/engine.ts';
import { aSecretPolicy } from '../../helpers/policy/secret-policy.ts';
import { installController } from '../../testbed/lockstep/controller.ts';
import { until } from '../../testbed/process/until.ts';

// Foreign annotations, values that no client sets, and a leader that is paused while another one leads.
const cluster = await aCluster(t, { controllers: true, nodes: 2 });
const controllers = await installController(cluster);
await cluster.mustRun(['delete', 'mutatingwebhookconfiguration,validatingwebhookconfiguration', 'lockstep']);
// A Secret with the name of a record may be older than the guard.
await cluster.mustRun(['delete', 'validatingadmissionpolicybinding', 'lockstep-record-guard']);
await cluster.apply(
  aSecretPolicy('app', {
    match: { names: ['app', 'app-*'] },
    heal: 'Always',
    restart: true,
    keys: { JWT_SECRET: { sensitive: true, maxAge: '1m' }, CSRF_SECRET: { sensitive: true } },
  }),
);
await cluster.apply(
  aSecretPolicy('refused', {
    match: { names: ['refused'] },
    heal: 'Always',
    keys: {
      DB_PASSWORD: {},
      DATABASE_URL: { derive: { template: 'postgresql://app:${DB_PASSWORD}@db:5432/app' } },
    },
  }),
);
await cluster.apply({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicy',
  metadata: { name: 'refused' },
  spec: {
    matchConstraints: {
      resourceRules: [
        { apiGroups: [''], apiVersions: ['v1'], resources: ['secrets'], operations: ['UPDATE'] },
      ],
    },
    validations: [{ expression: 'object.metadata.name != "refused"' }],
  },
});
await cluster.apply({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicyBinding',
  metadata: { name: 'refused' },
  spec: { policyName: 'refused', validationActions: ['Deny'] },
});
const first = await controllers.lead('first');

const aSecret = (name: string, rest: object = {}, data: object = { JWT_SECRET: GOOD.key }) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, ...rest },
  stringData: data,
});

/** The controllers' requests since that line of the audit log, without those for the Lease and open watches. */
async function asked(since = 0): Promise<readonly string[]> {
  const lines = (await cluster.auditLog()).split('\n').slice(since, -1);
  return lines
    .map((line) => JSON.parse(line))
    .filter(
      ({ stage, user, verb }) =>
        stage === 'ResponseComplete' && verb !== 'watch' && user.username.endsWith(':lockstep-controller'),
    )
    .filter(({ objectRef }) => objectRef?.resource !== 'leases')
    .map(
      ({ verb, objectRef }) => `${verb} ${objectRef?.resource} ${objectRef?.namespace}/${objectRef?.name}`,
    );
}

const linesOf = async (): Promise<number> => (await cluster.auditLog()).split('\n').length - 1;

const shop = await aTeam(cluster, 'shop', [
  aManifest('Deployment', 'api', { envFrom: [{ secretRef: { name: 'app' } }] }),
  aManifest('Deployment', 'csrf', fromKey('CSRF_SECRET'), { progressDeadlineSeconds: 600 }),
]);

interface Index {
  readonly versions: readonly { readonly by: string }[];
  readonly rollout?: { readonly stopped?: unknown };
}

async function record(namespace = 'shop', name = 'app'): Promise<Index | undefined> {
  const { status, json } = await cluster.request(
    `/api/v1/namespaces/${namespace}/secrets/lockstep-record-${name}`,
  );
  if (status !== 200) return undefined;
  return JSON.parse(Buffer.from(json().data.index, 'base64').toString('utf8'));
}

const inStep = (count: number, daemons = [first.daemon]): Promise<void> =>
  until(`version ${count}`, daemons, async () => {
    const found = await record();
    return found !== undefined && found.versions.length >= count && found.rollout === undefined;
  });

t.test('a removed key restarts its consumers', async (t) => {
  await inStep(1);
  // The workloads are younger than the last known write.
  await shop.kubectl(['delete', 'deployment', 'csrf']);
  await sleep(1100);
  await shop.kubectl(['apply', '-f', '-'], aManifest('Deployment', 'csrf', fromKey('CSRF_SECRET')));
  await shop.rolledOut();
  await sleep(1100);
  await shop.kubectl([
    'patch',
    'secret',
    'app',
    '--type=json',
    '-p',
    '[{"op":"remove","path":"/data/CSRF_SECRET"}]',
  ]);
  await inStep(2);
  t.same(await shop.stamps(), { 'Deployment/api': '2', 'Deployment/csrf': '2' });
  t.equal((await record())?.versions.at(-1)?.by, 'unknown');
});

t.test('the controller becomes idle, whatever annotations users set on their Secrets', async (t) => {
  await cluster.mustRun(['create', 'namespace', 'hostile']);
  const label = (of: string) => ({ labels: { [`lockstep.dev/${of}`]: 'true' } });
  const items = [
    ...Array.from({ length: 200 }, (_, index) => aSecret(`app-${index}`)),
    aSecret('self', { ...label('derived'), annotations: { 'lockstep.dev/derived-from': 'self' } }),
    aSecret('a', { ...label('derived'), annotations: { 'lockstep.dev/derived-from': 'b' } }),
    aSecret('b', { ...label('derived'), annotations: { 'lockstep.dev/derived-from': 'a' } }),
    aSecret('lockstep-record-x', {
      ...label('record'),
      annotations: { 'lockstep.dev/record-of': 'x/../../../shop/secrets/app' },
    }),
    aSecret('lockstep-record-app-1', {}, { index: '{' }),
    { ...aSecret('app-i'), immutable: true },
  ].map((item) => ({ ...item, metadata: { ...item.metadata, namespace: 'hostile' } }));
  await cluster.apply({ apiVersion: 'v1', kind: 'List', items });
  await until(
    'all records',
    [first.daemon],
    async () =>
      (await record('hostile', 'app-199')) !== undefined && (await record('hostile', 'app-99')) !== undefined,
  );
  // A busy machine takes longer for the last ones, and each key is overdue after a minute, with an Event. A controller that
  // tries again and again is never idle.
  let requests: readonly string[] = [];
  await until(
    'five seconds without a request',
    [first.daemon],
    async () => {
      const before = await linesOf();
      await sleep(5000);
      requests = await asked(before);
      return requests.length === 0;
    },
    180_000,
  ).catch((error) => t.comment(error.message));
  t.same(requests, [], 'in the last five seconds of three minutes');
});

t.test('a refused write is retried with backoff', async (t) => {
  const drifted = { DB_PASSWORD: GOOD.password, DATABASE_URL: 'postgresql://app:old@db:5432/app' };
  const refused = aSecret('refused', {}, drifted);
  await cluster.apply({ ...refused, metadata: { ...refused.metadata, namespace: 'hostile' } });
  const tries = async (): Promise<number> =>
    (await asked()).filter((line) => line === 'patch secrets hostile/refused').length;
  await until('the first try', [first.daemon], async () => (await tries()) > 0);
  await sleep(8000);
  t.ok((await tries()) <= 5, 'after one second, two, four');
});

t.test('a leader that is paused while another one leads does nothing twice', async (t) => {
  const second = await controllers.start('second');
  const { pid } = first.daemon;
  const before = (await record())?.versions.length ?? 0;
  await shop.change('JWT_SECRET', 7);
  kill(pid, 'SIGSTOP');
  await until('the second leads', [second.daemon], second.leads);
  await inStep(before + 1, [second.daemon]);
  await shop.change('JWT_SECRET', 8);
  kill(pid, 'SIGCONT');
  await inStep(before + 2, [second.daemon]);
  await until('the first has stepped back', [first.daemon], async () => !(await first.leads()));
  t.equal((await record())?.versions.length, before + 2);
  t.match(await shop.stamps(), { 'Deployment/api': `${before + 2}` });
  const revision = String.raw`jsonpath={.metadata.annotations.deployment\.kubernetes\.io/revision}`;
  t.equal(await shop.kubectl(['get', 'deployment', 'api', '-o', revision]), `${before + 2}`);
});
