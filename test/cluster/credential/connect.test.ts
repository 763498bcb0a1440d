import t, { type Test } from 'tap';
import { run } from '../../../src/commands/program.ts';
import { aCanary, canarySearcher } from '../../helpers/canary/canary.ts';
import { aManifest } from '../../helpers/cluster/consumers.ts';
import { aShell } from '../../helpers/commands/commands.ts';
import { DATABASE, type Loose } from '../../helpers/credential/team.ts';
import { aWorld, conditionOf, messageOf } from '../../helpers/credential/world.ts';
import { until } from '../../testbed/process/until.ts';

type Texts = Readonly<Record<string, string>>;

const world = await aWorld(t);
const { cluster, postgres, controllers } = world;
const { daemon } = await controllers.lead('controller', { LOCKSTEP_PROPAGATION_SECONDS: '1' });
const boss = { username: 'boss', password: aCanary(24) };
await postgres.sql(`CREATE ROLE boss SUPERUSER LOGIN PASSWORD '${boss.password}'`);
const values: string[] = [boss.password];
const printed: string[] = [];

const secretOf = (namespace: string, name: string, stringData: Texts, metadata: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { namespace, name, ...metadata },
  stringData,
});

async function aRole(namespace: string, options = ''): Promise<{ role: string; password: string }> {
  const [role, password] = [`role_${aCanary(20).toLowerCase()}`, aCanary(24)];
  values.push(role, password);
  await postgres.sql(`CREATE ROLE ${role} LOGIN ${options} PASSWORD '${password}'`);
  await cluster.mustRun(['create', 'namespace', namespace]);
  return { role, password };
}

const urlOf = ({ role, password }: { role: string; password: string }): string =>
  `postgresql://${role}:${password}@${postgres.host}:${postgres.port}/${DATABASE}`;

async function connect(namespace: string, ...args: readonly string[]) {
  const shell = aShell();
  const all = ['connect', `${namespace}/app`, '--kubeconfig', cluster.kubeconfig, ...args];
  const exitCode = await run(all, shell);
  printed.push(shell.printed.stdout, shell.printed.stderr);
  return { exitCode, ...shell.printed };
}

const credentialIn = async (namespace: string): Promise<Loose> => {
  const path = `/apis/lockstep.dev/v1alpha1/namespaces/${namespace}/postgrescredentials/app`;
  return (await cluster.request(path)).json();
};

/** Applies the output as it is. */
async function becomesReady(t: Test, namespace: string, yaml: string, synced = 'True'): Promise<void> {
  await cluster.apply(yaml);
  await until(`${namespace} to be ready`, [daemon], async () => {
    const credential = await credentialIn(namespace);
    return conditionOf(credential, 'Ready') === 'True' && conditionOf(credential, 'Synced') === synced;
  }).catch(async (error: unknown) => {
    t.comment(yaml, messageOf(await credentialIn(namespace), 'Ready'));
    throw error;
  });
}

t.test('a role with the default keys changes its own password', async (t) => {
  const login = await aRole('own');
  await cluster.apply(
    secretOf('own', 'app', {
      POSTGRES_USER: login.role,
      POSTGRES_PASSWORD: login.password,
      POSTGRES_DB: DATABASE,
      POSTGRES_HOST: postgres.host,
      POSTGRES_PORT: `${postgres.port}`,
    }),
  );
  await cluster.apply({
    ...aManifest('Deployment', 'api', { envFrom: [{ secretRef: { name: 'app' } }] }),
    metadata: { name: 'api', namespace: 'own' },
  });
  const { exitCode, stdout, stderr } = await connect('own');
  t.equal(exitCode, 0, stderr);
  t.match(stdout, new RegExp(`host: ${postgres.host}\n    port: ${postgres.port}\n`));
  t.match(stdout, /# POSTGRES_HOST of the Secret names this server\./);
  t.match(stdout, /strategy: SingleUser\n/);
  t.match(stdout, /# Read by Deployment\/api\.\n {4}restart: true/);
  t.notMatch(stdout, /keys:|adminSecretName/);
  await becomesReady(t, 'own', stdout);
  const again = await connect('own');
  t.match([again.exitCode, again.stdout, again.stderr], [1, '', /PostgresCredential app names it already/]);
});

t.test('aliases become keys, and a server that was asked gives the strategy', async (t) => {
  const login = await aRole('alias');
  await cluster.apply(
    secretOf('alias', 'app', {
      DB_USER: login.role,
      DB_PASSWORD: login.password,
      DB_NAME: DATABASE,
      DB_HOST: postgres.host,
      DB_PORT: `${postgres.port}`,
    }),
  );
  await cluster.apply(secretOf('alias', 'pg-admin', boss));
  const alone = await connect('alias');
  t.match(
    alone.stdout,
    /# Secret pg-admin may hold an administrator of the server: --admin-secret pg-admin uses it\./,
  );
  t.match(alone.stdout, /strategy: SingleUser\n/);
  const { exitCode, stdout, stderr } = await connect('alias', '--admin-secret', 'pg-admin', '--connect');
  t.equal(exitCode, 0, stderr);
  t.match(stdout, /keys:\n {4}user: DB_USER\n {4}password: DB_PASSWORD\n {4}database: DB_NAME\n/);
  t.match(stdout, /adminSecretName: pg-admin\n/);
  t.match(stdout, /strategy: AlternatingUsers\n/);
  await becomesReady(t, 'alias', stdout);
  const shell = aShell();
  const rotated = await run(['rotate', 'alias/app', '--kubeconfig', cluster.kubeconfig], shell);
  t.equal(rotated, 0, shell.printed.stdout + shell.printed.stderr);
  const [{ count } = {}] = await postgres.sql(
    `SELECT count(*)::int FROM pg_roles WHERE rolname = '${login.role}_alt'`,
  );
  t.equal(count, 1, 'a second role');
});

t.test('the URL of the login names the server, and copies in other namespaces are listed', async (t) => {
  const login = await aRole('url');
  await cluster.mustRun(['create', 'namespace', 'reports']);
  await cluster.apply(
    secretOf('url', 'app', {
      username: login.role,
      password: login.password,
      DATABASE_URL: urlOf(login),
    }),
  );
  await cluster.apply(secretOf('reports', 'ledger', { LEDGER: login.password }));
  const elsewhere = { ...login, password: aCanary(24) };
  values.push(elsewhere.password);
  await cluster.apply(secretOf('reports', 'old', { DATABASE_URL: urlOf(elsewhere) }));
  const { exitCode, stdout, stderr } = await connect('url', '--connect');
  t.equal(exitCode, 0, stderr);
  t.match(stdout, '- reports/ledger: the same password under LEDGER\n');
  t.match(stdout, '- reports/old: the same role and server, another password under DATABASE_URL\n');
  t.match(stdout, /# DATABASE_URL of the Secret names this server\./);
  t.notMatch(stdout, /^ {2}copies:/m);
  await cluster.mustRun(['-n', 'reports', 'annotate', 'secret', 'ledger', 'lockstep.dev/copy-of=url/app']);
  const agreed = await connect('url');
  t.match(
    agreed.stdout,
    /^ {2}copies:\n {4}- namespace: reports\n {6}secretName: ledger\n {6}keys:\n {8}password: LEDGER\n/m,
  );
  t.notMatch(agreed.stdout, '# - reports/ledger');
  await becomesReady(t, 'url', agreed.stdout);
  const rotated = aShell();
  t.equal(await run(['rotate', 'url/app', '--kubeconfig', cluster.kubeconfig], rotated), 0);
  const [source, copy] = await Promise.all(
    ['url/secrets/app', 'reports/secrets/ledger'].map(async (path) =>
      (await cluster.request(`/api/v1/namespaces/${path}`)).json(),
    ),
  );
  t.equal(copy.data.LEDGER, source.data.password);
  t.not(source.data.password, Buffer.from(login.password).toString('base64'));
});

t.test('a login that is only in a URL is printed with the keys to add', async (t) => {
  const login = await aRole('bare');
  await cluster.apply(secretOf('bare', 'app', { DATABASE_URL: urlOf(login) }));
  const { exitCode, stdout, stderr } = await connect('bare');
  t.equal(exitCode, 1);
  t.match(
    stdout,
    /# Missing: user and password are only inside of DATABASE_URL: add .* as POSTGRES_USER and POSTGRES_PASSWORD\n/,
  );
  t.match(stderr, /Missing: user and password/);
  const added = { POSTGRES_USER: login.role, POSTGRES_PASSWORD: login.password };
  await cluster.apply(secretOf('bare', 'app', { DATABASE_URL: urlOf(login), ...added }));
  await becomesReady(t, 'bare', stdout);
});

t.test('a Service of the workload that reads the Secret is the server', async (t) => {
  const login = await aRole('inside');
  const admin = { POSTGRES_USER: 'postgres', POSTGRES_PASSWORD: aCanary(24) };
  values.push(admin.POSTGRES_PASSWORD);
  await cluster.apply(secretOf('inside', 'superuser', admin));
  await cluster.apply(
    secretOf('inside', 'app', { POSTGRES_USER: login.role, POSTGRES_PASSWORD: login.password }),
  );
  const container = {
    name: 'postgres',
    image: 'docker.io/library/postgres:17',
    ports: [{ containerPort: 5432, name: 'pg' }],
    envFrom: [{ secretRef: { name: 'superuser' } }],
    env: [{ name: 'APP', valueFrom: { secretKeyRef: { name: 'app', key: 'POSTGRES_PASSWORD' } } }],
  };
  const labels = { app: 'postgres' };
  await cluster.apply({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'postgres', namespace: 'inside' },
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  });
  for (const [name, clusterIP] of [
    ['postgres-hl', 'None'],
    ['db', undefined],
  ])
    await cluster.apply({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: 'inside' },
      spec: { ...(clusterIP && { clusterIP }), selector: labels, ports: [{ port: 6543, targetPort: 'pg' }] },
    });
  const { exitCode, stdout, stderr } = await connect('inside');
  t.equal(exitCode, 0, stderr);
  t.match(stdout, /server:\n {4}host: db\n {4}port: 6543\n/);
  t.match(
    stdout,
    '# Secret superuser may hold an administrator of the server: --admin-secret superuser uses it.\n',
  );
  t.notMatch(stdout, 'adminSecretName');
  t.match(stdout, /annotate statefulset postgres lockstep\.dev\/restart=false/);
  t.match(stdout, /strategy: SingleUser/);
  const named = await connect('inside', '--admin-secret', 'superuser');
  t.match(named.stdout, 'adminSecretName: superuser\n');
  // It reads the password without the user.
  t.match(named.stdout, /strategy: SingleUser/);
  // No DNS of the cluster is here.
  await becomesReady(t, 'inside', stdout, 'Unknown');
});

t.test('variables of a reader name the server, and a Service must exist', async (t) => {
  const login = await aRole('variables');
  await cluster.apply(
    secretOf('variables', 'app', { username: login.role, password: login.password, dbname: DATABASE }),
  );
  const reader = (host: string, port: string) => ({
    env: [
      { name: 'DB_HOST', value: host },
      { name: 'DB_PORT', value: port },
      { name: 'DB_PASSWORD', valueFrom: { secretKeyRef: { name: 'app', key: 'password' } } },
    ],
  });
  const deployment = (name: string, host: string, port: string) =>
    cluster.apply({
      ...aManifest('Deployment', name, reader(host, port)),
      metadata: { name, namespace: 'variables' },
    });
  await deployment('api', 'nowhere', '5432');
  const absent = await connect('variables');
  t.match(
    [absent.exitCode, absent.stderr],
    [1, /Missing: there is no Service nowhere in namespace variables/],
  );
  await deployment('api', postgres.host, `${postgres.port}`);
  const { exitCode, stdout, stderr } = await connect('variables', '--connect');
  t.equal(exitCode, 0, stderr);
  t.match(stdout, /# DB_HOST of Deployment\/api names this server\./);
  await becomesReady(t, 'variables', stdout);
  await cluster.mustRun(['-n', 'variables', 'delete', 'pgcred', 'app']);
  await deployment('other', '127.0.0.9', '5432');
  const two = await connect('variables');
  t.match([two.exitCode, two.stderr], [1, /nothing names the one server \(candidates: /]);
  t.notMatch(two.stdout, 'server:');
});

t.test('a Secret that is none, a record, or refused by the server is told', async (t) => {
  const login = await aRole('wrong');
  t.match(await connect('wrong'), { exitCode: 2, stdout: '', stderr: /there is no Secret wrong\/app/ });
  const data = { PGUSER: login.role, PGPASSWORD: aCanary(24), PGDATABASE: DATABASE };
  values.push(data.PGPASSWORD);
  await cluster.apply(
    secretOf('wrong', 'app', { ...data, PGHOST: postgres.host, PGPORT: `${postgres.port}` }),
  );
  const refused = await connect('wrong', '--connect');
  t.match([refused.exitCode, refused.stderr], [1, /Missing: the login does not open the server/]);
  await cluster.apply(secretOf('wrong', 'app', { ...data, PGHOST: '127.0.0.1', PGPORT: '1' }));
  const away = await connect('wrong', '--connect');
  t.match([away.exitCode, away.stdout], [2, /# The login could not be tried: nothing listens there\./]);
});

t.test('a Secret of External Secrets is connected with one role', async (t) => {
  const login = await aRole('store');
  const labels = { 'reconcile.external-secrets.io/managed': 'true' };
  await cluster.apply(
    secretOf(
      'store',
      'app',
      { POSTGRES_USER: login.role, POSTGRES_PASSWORD: login.password, DATABASE_URL: urlOf(login) },
      { labels },
    ),
  );
  const { exitCode, stdout, stderr } = await connect('store');
  t.equal(exitCode, 0, stderr);
  t.match(stdout, /# External Secrets writes this Secret: its password is changed where that takes it from/);
  await becomesReady(t, 'store', stdout);
});

t.test('JSON is the same object, and no output holds a password or the name of a role', async (t) => {
  const login = await aRole('json');
  await cluster.apply(
    secretOf('json', 'app', { PGUSER: login.role, PGPASSWORD: login.password, DATABASE_URL: urlOf(login) }),
  );
  const { exitCode, stdout, stderr } = await connect('json', '-o', 'json');
  t.equal(exitCode, 0, stderr);
  t.match(JSON.parse(stdout), { kind: 'PostgresCredential', spec: { keys: { user: 'PGUSER' } } });
  t.match(stderr, /lockstep: DATABASE_URL of the Secret names this server/);
  await becomesReady(t, 'json', stdout);
  t.same(canarySearcher(values)(printed.join('\n')), []);
});

t.test('a user who may only read the Secret gets the manifest, and the unknown parts', async (t) => {
  const login = await aRole('narrow');
  await cluster.apply(
    secretOf('narrow', 'app', { PGUSER: login.role, PGPASSWORD: login.password, DATABASE_URL: urlOf(login) }),
  );
  for (const words of [
    'create serviceaccount reader',
    'create role reader --verb=get --resource=secrets --resource-name=app',
    'create rolebinding reader --role=reader --serviceaccount=narrow:reader',
  ])
    await cluster.mustRun(['-n', 'narrow', ...words.split(' ')]);
  const kubeconfig = await cluster.serviceAccountKubeconfig('narrow', 'reader');
  const shell = aShell();
  let exitCode = 2;
  await until('the right to read', [], async () => {
    Object.assign(shell.printed, { stdout: '', stderr: '' });
    exitCode = await run(['connect', 'narrow/app', '--kubeconfig', kubeconfig], shell);
    return exitCode !== 2;
  });
  t.equal(exitCode, 0, shell.printed.stderr);
  t.match(shell.printed.stdout, /# Not known: this user may not list secretpolicies/);
  t.match(shell.printed.stdout, /# Not known: this user may not list postgrescredentials/);
  await becomesReady(t, 'narrow', shell.printed.stdout);
});
