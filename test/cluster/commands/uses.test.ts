import t from 'tap';
import { parse } from 'yaml';
import { aCanary, findCanaries } from '../../helpers/canary/canary.ts';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { userWithRules } from '../../helpers/cluster/service-account.ts';
import { lockstep } from '../../helpers/commands/commands.ts';
import { blocksOf, readPage } from '../../helpers/pages/pages.ts';
import { aSecretPolicy } from '../../helpers/policy/secret-policy.ts';

const cluster = await aCluster(t);
const canary = aCanary();
const apply = (...items: readonly object[]) => cluster.apply(items, '--server-side');

const { rules } = blocksOf(await readPage('docs/reference/uses.md'))
  .filter(({ language }) => language === 'yaml')
  .map(({ text }) => parse(text))[0];
/** A user with the rights of the page, as far as `isGranted` leaves them. */
const reader = (name: string, isGranted: (resource: string) => boolean = () => true) =>
  userWithRules(
    cluster,
    name,
    rules
      .map((rule: { resources: string[] }) => ({ ...rule, resources: rule.resources.filter(isGranted) }))
      .filter((rule: { resources: string[] }) => rule.resources.length > 0),
  );

async function printed(kubeconfig: string, ...args: readonly string[]) {
  const output = await lockstep('uses', '--kubeconfig', kubeconfig, ...args);
  t.same(findCanaries(output.stdout + output.stderr, [canary]), [], args.join(' '));
  return output;
}

const named = (name: string, more: object = {}) => ({ name, namespace: 'shop', ...more });
const labels = { app: 'api' };
const fromKey = (key: string, more: object = {}) => ({
  name: `X_${key.replaceAll(/\W/g, '_')}`,
  valueFrom: { secretKeyRef: { name: 'app', key, ...more } },
});
const aPod = (spec: object, more: object = {}) => ({
  containers: [{ name: 'main', image: 'api', ...spec }],
  ...more,
});
const aWorkload = (kind: string, name: string, pod: object, more: object = {}) => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: named(name, more),
  spec: {
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: pod },
    ...(kind === 'StatefulSet' ? { serviceName: name } : {}),
  },
});
const aJob = (restartPolicy: string, pod: object) => ({
  template: { spec: { restartPolicy, ...pod } },
});
const aSecret = (name: string, keys: readonly string[], more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: named(name, more),
  stringData: Object.fromEntries(keys.map((key) => [key, `${key}-${canary}`])),
});
const volumes = (secret: object) => ({ volumes: [{ name: 'v', ...secret }] });
const mount = (more: object = {}) => ({ volumeMounts: [{ name: 'v', mountPath: '/v', ...more }] });

t.before(async () => {
  for (const crd of ['secretpolicies', 'postgrescredentials', 'rediscredentials'])
    await cluster.mustRun(['apply', '--server-side', '-f', `manifests/crds/${crd}.yaml`]);
  await cluster.mustRun(['wait', '--for=condition=Established', 'crd', '--all']);
  await apply(
    ...['shop', 'other'].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
    // No controller manager runs.
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: named('default') },
  );
  await apply(
    aSecret('app', ['A', 'B', 'C', 'D', 'UNUSED']),
    aSecret('old', ['PASSWORD']),
    aSecret('pull', ['.dockerconfigjson']),
    aSecret('tls', ['tls.crt', 'tls.key']),
    aSecret('basic', ['auth']),
    aSecret('admin', ['username', 'password']),
    aSecret('share', ['azurestorageaccountname']),
    { ...aSecret('app', ['A']), metadata: { name: 'app', namespace: 'other' } },
    aSecretPolicy('shop', {
      match: { names: ['app'], namespaces: ['shop'] },
      restart: true,
      keys: { A: {} },
    }),
    {
      apiVersion: 'lockstep.dev/v1alpha1',
      kind: 'PostgresCredential',
      metadata: named('login'),
      spec: { secretName: 'login', adminSecretName: 'admin', server: { host: 'pg' } },
    },
    {
      apiVersion: 'lockstep.dev/v1alpha1',
      kind: 'RedisCredential',
      metadata: named('cache'),
      spec: { secretName: 'login', adminSecretName: 'redis-admin', server: { host: 'redis' } },
    },
    aWorkload('Deployment', 'web', aPod({ env: [fromKey('A')] })),
    aWorkload('Deployment', 'optional', aPod({ env: [fromKey('B', { optional: true })] })),
    aWorkload('Deployment', 'reloaded', aPod({ env: [fromKey('A')] }), {
      annotations: { 'reloader.stakater.com/auto': 'true' },
    }),
    aWorkload(
      'StatefulSet',
      'part',
      aPod(mount({ subPath: 'C' }), volumes({ secret: { secretName: 'app' } })),
    ),
    aWorkload(
      'DaemonSet',
      'agent',
      aPod(
        mount(),
        volumes({
          projected: { sources: [{ secret: { name: 'app', items: [{ key: 'D', path: 'd' }] } }] },
        }),
      ),
      { annotations: { 'lockstep.dev/restart': 'false' } },
    ),
    {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: named('report'),
      spec: { schedule: '0 0 * * *', jobTemplate: { spec: aJob('Never', aPod({ env: [fromKey('A')] })) } },
    },
    {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: named('report-1', {
        ownerReferences: [
          { apiVersion: 'batch/v1', kind: 'CronJob', name: 'report', uid: 'u', controller: true },
        ],
      }),
      spec: aJob('Never', aPod({ env: [fromKey('B')] })),
    },
    {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: named('migrate'),
      spec: aJob('Never', aPod({ env: [fromKey('A')] })),
    },
    { apiVersion: 'v1', kind: 'Pod', metadata: named('bare'), spec: aPod({ env: [fromKey('A')] }) },
    ...['1', '2'].map((number) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: named(`pg-${number}`, {
        ownerReferences: [
          { apiVersion: 'postgresql.cnpg.io/v1', kind: 'Cluster', name: 'pg', uid: 'u', controller: true },
        ],
      }),
      spec: aPod({ env: [fromKey('C')] }),
    })),
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: named('shop', {
        annotations: {
          'nginx.ingress.kubernetes.io/auth-secret': 'shop/basic',
          'cert-manager.io/cluster-issuer': 'le',
        },
      }),
      spec: {
        tls: [{ hosts: ['shop.example'], secretName: 'tls' }],
        defaultBackend: { service: { name: 'web', port: { number: 80 } } },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: named('puller'),
      imagePullSecrets: [{ name: 'pull' }],
    },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'share' },
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteMany'],
        azureFile: { secretName: 'share', secretNamespace: 'shop', shareName: 's' },
      },
    },
  );
});

const rowsOf = (text: string) => text.split('\n').map((line) => line.trim().replaceAll(/ {2,}/g, ' | '));
const LOCKSTEP = 'lockstep | policy shop has restart: true';
const CLIENTS = 'clients of the API, such as operators and applications that read Secrets themselves';

t.test('lists each reader with its keys, and what restarts it', async (t) => {
  const { stdout, stderr, exitCode } = await printed(await reader('all'), 'shop/app');
  t.same([stderr, exitCode], ['', 0]);
  t.same(rowsOf(stdout), [
    'Secret shop/app',
    'reader | key | read as | restart | restarted by | why',
    `Deployment/optional | B | env | yes | ${LOCKSTEP}`,
    'Deployment/reloaded | A | env | yes | Reloader | its annotations ask for it',
    `Deployment/web | A | env | yes | ${LOCKSTEP}`,
    `StatefulSet/part | C | subPath | yes | ${LOCKSTEP}`,
    'DaemonSet/agent | D | projected volume | no | nobody | is not restarted: its volume is updated automatically',
    `CronJob/report | A | env | next Job | ${LOCKSTEP}`,
    `CronJob/report | B | env | next Job | ${LOCKSTEP}`,
    'Job/migrate | A | env | yes | unknown | lockstep does not restart a Job',
    'Pod/bare | A | env | yes | nobody | lockstep does not restart a Pod',
    'Cluster/pg | C | env | yes | unknown | lockstep does not restart a Cluster',
    'no object reads UNUSED',
    'no controller leads, so lockstep restarts nothing now',
    `not seen: objects outside shop, and ${CLIENTS}`,
    '',
  ]);
});

t.test('names the maker, the place and the way of a reader without a pod', async (t) => {
  const { stdout } = await printed(cluster.kubeconfig, 'tls', '-n', 'shop', '-o', 'wide');
  t.same(rowsOf(stdout).slice(0, 3), [
    'Secret shop/tls, made by Ingress/shop',
    'reader | key | read as | where | restart | restarted by | why',
    'Ingress/shop | all | Ingress TLS | spec.tls | no | nobody',
  ]);
  const { readers } = JSON.parse((await printed(cluster.kubeconfig, 'shop/admin', '-o', 'json')).stdout);
  const readings = [
    { key: null, as: 'PostgresCredential', where: 'spec.adminSecretName', needsRestart: false },
  ];
  t.same(readers, [
    { kind: 'PostgresCredential', name: 'login', workload: false, restartedBy: 'nobody', why: '', readings },
  ]);
});

t.test('shows the readers of an absent Secret, and fails if there is none', async (t) => {
  const { stdout, exitCode } = await printed(cluster.kubeconfig, 'shop/login');
  t.match(stdout, /^Secret shop\/login, does not exist\n/);
  t.match(stdout, 'PostgresCredential/login');
  t.match(stdout, 'RedisCredential/cache');
  t.equal(exitCode, 0);
  const none = await printed(cluster.kubeconfig, 'shop/none');
  t.match(none, { exitCode: 2, stdout: '', stderr: /there is no Secret shop\/none/ });
});

t.test('lists the Secrets and keys without a reader', async (t) => {
  const { stdout, exitCode } = await printed(await reader('lister'), '--unused', '-n', 'shop');
  t.equal(exitCode, 0);
  t.same(rowsOf(stdout), [
    'Secret | unused',
    'shop/app | UNUSED',
    'shop/old | the whole Secret',
    'shop/share | the whole Secret',
    '7 Secrets: 2 without a reader, 1 with keys without a reader',
    `not seen: objects outside shop, and ${CLIENTS}`,
    '',
  ]);
});

t.test('with -A, a cluster-scoped object counts too', async (t) => {
  const { stdout, exitCode } = await printed(cluster.kubeconfig, '--unused', '-A', '-o', 'json');
  t.equal(exitCode, 0);
  const { verdict, unused, unread, notSeen } = JSON.parse(stdout);
  t.same({ verdict, unread, notSeen }, { verdict: 'unused', unread: [], notSeen: `not seen: ${CLIENTS}` });
  t.same(unused, [
    { namespace: 'other', name: 'app', whole: true, keys: ['A'], moreKeys: 0 },
    { namespace: 'shop', name: 'app', whole: false, keys: ['UNUSED'], moreKeys: 0 },
    { namespace: 'shop', name: 'old', whole: true, keys: ['PASSWORD'], moreKeys: 0 },
  ]);
});

t.test('calls no Secret unused while a kind could not be read', async (t) => {
  const blind = await reader('blind', (resource) => resource !== 'pods' && resource !== 'ingresses');
  const text = await printed(blind, '--unused', '-n', 'shop');
  t.equal(text.exitCode, 2);
  t.match(text.stdout, /Secret +perhaps unused\n/);
  t.match(text.stdout, '\nnot read: pods in namespace shop, ingresses in namespace shop\n');
  t.match(text.stdout, 'among the objects that could be read');
  const json = await printed(blind, '--unused', '-n', 'shop', '-o', 'json');
  t.match(JSON.parse(json.stdout), { verdict: 'unknown' });
  const one = await printed(blind, 'shop/app');
  t.equal(one.exitCode, 2);
  t.match(one.stdout, 'no object that could be read reads UNUSED\nno controller');
  t.equal(JSON.parse((await printed(blind, 'shop/app', '-o', 'json')).stdout).unusedKeys, null);
});

t.test('without the right to read Secrets or policies, it still lists readers', async (t) => {
  const mapper = await reader('mapper', (resource) => resource !== 'secrets');
  const { stdout, exitCode } = await printed(mapper, 'shop/app');
  t.equal(exitCode, 2);
  t.match(rowsOf(stdout), [
    'Secret shop/app',
    /^reader/,
    /^Deployment\/optional .* unknown \| the Secret was not read$/,
  ]);
  t.match(stdout, '\nits keys were not read: the API server refused while reading Secret shop/app: ');
  const outsider = await reader('outsider', (resource) => resource !== 'secretpolicies');
  t.match((await printed(outsider, 'shop/app')).stdout, /Deployment\/web .* unknown +this user may not/);
  t.match(await printed(mapper, '--unused', '-n', 'shop'), {
    exitCode: 2,
    stdout: '',
    stderr: /may not list secrets/,
  });
});

t.test('refuses options that contradict each other', async (t) => {
  for (const args of [[], ['shop/app', '--unused'], ['shop/app', '-A'], ['-A']])
    t.match(await printed(cluster.kubeconfig, ...args), {
      exitCode: 2,
      stdout: '',
      stderr: /uses|--all-namespaces/,
    });
});
