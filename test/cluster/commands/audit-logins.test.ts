import t from 'tap';
import { parse } from 'yaml';
import { aCanary, findCanaries } from '../../helpers/canary/canary.ts';
import { userWithRules } from '../../helpers/cluster/service-account.ts';
import { lockstep } from '../../helpers/commands/commands.ts';
import { aTeam, DATABASE, type Loose } from '../../helpers/credential/team.ts';
import { aWorld, untilInStep } from '../../helpers/credential/world.ts';
import { blocksOf, readPage } from '../../helpers/pages/pages.ts';

const world = await aWorld(t);
const { cluster, postgres, controllers } = world;
const { daemon } = await controllers.lead('controller', { LOCKSTEP_PROPAGATION_SECONDS: '1' });

const values: string[] = [];
const secretValue = (): string => {
  const value = aCanary(24);
  values.push(value);
  return value;
};

const rulesOf = async (page: string) =>
  blocksOf(await readPage(page))
    .filter(({ language }) => language === 'yaml')
    .flatMap(({ text }) => parse(text).rules);

async function printed(...args: readonly string[]) {
  const kubeconfig = args.includes('--kubeconfig') ? [] : ['--kubeconfig', cluster.kubeconfig];
  const output = await lockstep('audit', '--logins', ...args, ...kubeconfig);
  t.same(findCanaries(output.stdout + output.stderr, values), [], args.join(' '));
  return output;
}

async function rowsOf(...args: readonly string[]): Promise<ReadonlyMap<string, Loose>> {
  const { stdout, stderr } = await printed(...args, '-o', 'json');
  t.equal(stderr, '');
  return new Map(JSON.parse(stdout).logins.map((row: Loose) => [`${row.namespace}/${row.name}`, row]));
}

const apply = (...items: readonly object[]) => cluster.apply(items, '--server-side');
const aSecret = (name: string, stringData: Readonly<Record<string, string>>, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: 'shop', ...metadata },
  stringData,
});
const at = { POSTGRES_HOST: postgres.host, POSTGRES_PORT: `${postgres.port}`, POSTGRES_DB: DATABASE };

t.before(async () => {
  const password = secretValue();
  const ready = await aTeam(world, 'ready', { strategy: 'AlternatingUsers', role: 'app_ready', password });
  await postgres.admit(['host all app_weak all md5', 'host all all all scram-sha-256']);
  const { host, port } = postgres;
  const weak = await aTeam(world, 'weak', {
    admin: true,
    pods: 0,
    role: 'app_weak',
    password: secretValue(),
    spec: { server: { host, port, auth: ['md5', 'scram-sha-256'] } },
  });
  await Promise.all([ready, weak].map((team) => untilInStep(team, [daemon])));
  const { POSTGRES_PASSWORD = '' } = await weak.secret();
  await postgres.sql(`SET password_encryption = 'md5'; ALTER ROLE app_weak PASSWORD '${POSTGRES_PASSWORD}'`);
  const stock = secretValue();
  await postgres.sql(`CREATE ROLE stock LOGIN PASSWORD '${stock}'`);
  await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  await apply(
    aSecret('stock', { POSTGRES_USER: 'stock', POSTGRES_PASSWORD: stock, ...at }),
    aSecret('swapped', { POSTGRES_USER: secretValue(), POSTGRES_PASSWORD: 'app_name', ...at }),
    aSecret(
      'store',
      { POSTGRES_USER: 'store', POSTGRES_PASSWORD: secretValue(), ...at },
      { labels: { 'reconcile.external-secrets.io/managed': 'true' } },
    ),
    aSecret('none', { JWT_SECRET: secretValue() }),
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'stock', namespace: 'shop' },
      data: { 'app.properties': `password=${stock}\n` },
    },
  );
});

t.test('each login has a row, with what speaks against a change', async (t) => {
  const rows = await rowsOf('--connect');
  t.same([...rows.keys()].sort(), [
    'ready/admin',
    'ready/app',
    'shop/stock',
    'shop/store',
    'shop/swapped',
    'weak/admin',
    'weak/app',
  ]);
  t.match(rows.get('ready/app'), {
    role: 'app_ready',
    server: { host: postgres.host, port: postgres.port },
    credential: 'app',
    hash: 'scram',
    copies: [],
    manager: null,
    proof: 'now',
    ready: 'yes',
    reasons: [],
    unknown: [],
  });
  t.match(rows.get('weak/app'), { hash: 'md5', ready: 'yes', proof: 'now' });
  t.match(rows.get('shop/stock'), {
    role: 'stock',
    proof: 'now',
    ready: 'no',
    copies: [{ kind: 'ConfigMap', name: 'stock', where: 'key app.properties', follows: false }],
    reasons: [
      { code: 'no-credential', reason: 'needs a PostgresCredential: lockstep connect shop/stock' },
      {
        code: 'copy',
        effect: 'logins-fail',
        reason: 'ConfigMap shop/stock, key app.properties, keeps the old password',
      },
    ],
  });
  t.match(rows.get('shop/store'), { manager: { name: 'External Secrets' }, ready: 'no' });
  t.match(rows.get('shop/swapped'), { role: null, userKey: 'POSTGRES_USER', ready: 'no' });
});

t.test('without --connect no login is tried, and nothing is written', async (t) => {
  await postgres.sql('ALTER SYSTEM SET log_connections = on');
  await postgres.sql('SELECT pg_reload_conf()');
  await daemon.stop('SIGTERM');
  const before = postgres.log().length;
  const rows = await rowsOf();
  t.notMatch(postgres.log().slice(before), /connection (received|authorized)/);
  t.match(rows.get('ready/app'), { ready: 'no', proof: null, hash: null });
  t.match(
    rows.get('ready/app').reasons.map(({ code }: Loose) => code),
    ['controller'],
  );
  t.match(rows.get('ready/app').unknown, ['no login was tried (--connect)']);
});

t.test('the table has a column for each question, and the exit code tells of md5', async (t) => {
  const { stdout, exitCode } = await printed('--connect', '-n', 'weak');
  t.equal(exitCode, 1);
  t.match(stdout, /^SECRET +SERVER +ROLE +AGE +HASH +COPIES +MANAGER +PROOF +READY\n/);
  t.match(stdout, /^weak\/app +\S+ +app_weak +0h\S* +md5 +0 +- +now +no: no controller of lockstep leads\n/m);
  t.match(stdout, /^weak\/app: the server stores an md5 hash/m);
  t.match(stdout, /^\d logins in \d Secrets: /m);
  t.equal((await printed('--connect', '-n', 'weak', '--fail-on', 'Never')).exitCode, 0);
  t.equal((await printed('-n', 'weak')).exitCode, 0, 'the hash is not known');
  const wide = await printed('-n', 'shop', '-o', 'wide');
  t.match(wide.stdout, /^shop\/stock: a copy is in ConfigMap shop\/stock, key app\.properties$/m);
});

t.test('the rights of the page are enough, and a missing one is named', async (t) => {
  const rules = [
    ...(await rulesOf('docs/reference/uses.md')),
    ...(await rulesOf('docs/reference/audit-logins.md')),
  ];
  const kubeconfig = await userWithRules(cluster, 'auditor', rules);
  const all = await printed('--kubeconfig', kubeconfig);
  t.same([all.stderr, all.exitCode], ['', 0]);
  const connected = await rowsOf('--connect', '--kubeconfig', kubeconfig);
  t.match(connected.get('ready/app').unknown, [/^this user may not patch the Secret/]);
  const narrow = await userWithRules(cluster, 'narrow', await rulesOf('docs/reference/uses.md'));
  const { stdout, exitCode } = await printed('--kubeconfig', narrow);
  t.equal(exitCode, 2);
  t.match(stdout, /^not read: .*configmaps/m);
});

t.test('options of the other report are refused', async (t) => {
  for (const args of [['-l', 'a=b'], ['--summary'], ['-o', 'html'], ['--output', 'x.txt']])
    t.match(await printed(...args), {
      exitCode: 2,
      stdout: '',
      stderr: /it does not go together with --logins/,
    });
  t.match(await lockstep('audit', '-o', 'wide', '--kubeconfig', cluster.kubeconfig), {
    exitCode: 2,
    stderr: /it belongs to --logins/,
  });
});
