import t, { type Test } from 'tap';
import { parse } from 'yaml';
import { anApiServer, answerJson, aPage, aStatus } from '../../helpers/api/fake-api-server.ts';
import { lockstep } from '../../helpers/commands/commands.ts';
import { aSecretPolicy } from '../../helpers/policy/secret-policy.ts';

const policy = (...args: readonly string[]) => lockstep('policy', ...args);

const spec = {
  match: { names: ['shop'], types: ['Opaque'] },
  precedence: 7,
  heal: 'Drift',
  restart: true,
  unnamedKeys: { action: 'Warn' },
  keys: {
    USER: { required: true, aliases: ['user'] },
    TOKEN: { sensitive: true, minLength: 20, action: 'Warn', distinctFrom: ['USER'] },
    HOST: { when: { key: 'USER', is: 'app' }, format: 'hostname', enum: ['a', 'b'] },
    URL: { derive: { template: 'postgresql://${USER}:${TOKEN}@${HOST:-db}/app' } },
  },
  validations: [{ expression: 'data.USER != data.HOST', message: 'must differ', action: 'Audit' }],
  exceptions: [
    { namespace: 'old', name: 'shop', keys: ['TOKEN'], reason: 'OPS-1', until: '2099-01-31' },
    { namespace: 'old', name: 'cart', keys: ['USER', 'TOKEN'], reason: 'OPS-2', until: '2020-01-31' },
  ],
};
const object = aSecretPolicy('shop', spec);
const aFolder = (t: Test) => `${t.testdir({ 'shop.json': JSON.stringify(object) })}/shop.json`;

const rowsOf = (table: string): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(
    table
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {3,}/))
      .map(([name, ...cells]) => [name, cells]),
  );

t.test('lists the policies in order of precedence', async (t) => {
  const { exitCode, stdout, stderr } = await policy(
    'list',
    '--policy',
    aFolder(t),
    '--no-builtin',
    'jwt-keys',
  );
  t.same({ exitCode, stderr }, { exitCode: 0, stderr: '' });
  const rows = rowsOf(stdout);
  t.same(Object.keys(rows).slice(0, 3), ['NAME', 'shop', 'reconciliation']);
  t.same(rows.shop, ['file', 'Enforce', '7', '4 + others', 'named shop, type Opaque']);
  t.same(rows['no-placeholders'], ['built-in', 'Enforce', '-100', '0 + others', 'all']);
  t.notOk(rows['jwt-keys']);
});

t.test('-o wide adds columns, and -o yaml and json print objects', async (t) => {
  const file = aFolder(t);
  const output = async (form: string) => (await policy('list', '--policy', file, '-o', form)).stdout;
  t.same(rowsOf(await output('wide')).shop?.slice(-3), ['Drift', 'yes', '2 (1 expired)']);
  for (const read of [parse(await output('yaml')), JSON.parse(await output('json'))])
    t.same([read.kind, read.items.length, read.items[0]], ['List', 12, object]);
});

t.test('shows one policy', async (t) => {
  const { stdout } = await policy('show', 'shop', '--policy', aFolder(t));
  t.equal(
    stdout,
    `Name:       shop
Source:     file
Secrets:    named shop, type Opaque
Action:     Enforce
Precedence: 7
Heal:       Drift
Restart:    yes
Other keys: validated, action Warn

KEY     REQUIREMENTS
USER    required, part of URL
TOKEN   secret, at least 20 characters, differs from USER, action Warn, part of URL
HOST    only if USER is app, a valid hostname, one of 2 texts, part of URL
URL     follows postgresql://\${USER}:\${TOKEN}@\${HOST:-db}/app, added next to its base keys

Other spellings:
  USER: user

Rules:
  must differ (Audit): data.USER != data.HOST

Exceptions:
  old/shop, TOKEN: OPS-1, until 2099-01-31
  old/cart, USER and TOKEN: OPS-2, ran out on 2020-01-31
`,
  );
  t.same(parse((await policy('show', 'shop', '--policy', aFolder(t), '-o', 'yaml')).stdout), object);
  const missing = await policy('show', 'jwt-kyes');
  t.equal(missing.exitCode, 2);
  t.match(missing.stderr, /^lockstep: there is no policy jwt-kyes among .*; did you mean jwt-keys\?\n$/);
  t.match(
    (await policy('show', 'payments')).stderr,
    /; --context NAME adds those of a cluster, and --policy PATH those of files\n$/,
    'a policy of the cluster is not among the built-in ones',
  );
});

const stored = (name: string, more: object = {}) => ({
  ...object,
  metadata: { name },
  spec: { ...spec, ...more },
});
const webhook = (container: object) => ({ spec: { template: { spec: { containers: [container] } } } });

async function inCluster(t: Test, deployment: object | number, ...args: readonly string[]) {
  const { kubeconfig } = await anApiServer(t, (response, { pathname }) => {
    if (pathname.endsWith('/secretpolicies'))
      answerJson(response, {
        ...aPage([
          { ...stored('shop'), metadata: { name: 'shop', managedFields: [{ manager: 'kubectl' }] } },
          stored('jwt-keys'),
          stored('bad', { keys: { A: { derive: { template: '${B}' } } } }),
        ]),
        kind: 'SecretPolicyList',
      });
    else if (typeof deployment === 'number') answerJson(response, aStatus(deployment, 'no'), deployment);
    else answerJson(response, deployment);
  });
  return await policy(...args, '--kubeconfig', kubeconfig);
}

t.test(
  'the policies of a cluster replace the built-in ones, within the limit of the installation',
  async (t) => {
    const limits = [
      { env: [{ name: 'LOCKSTEP_MAX_ACTION', value: 'Warn' }] },
      { args: ['serve', '--max-action', 'Warn'] },
      { args: ['serve', '--max-action=Warn'] },
    ];
    for (const container of limits) {
      const { stdout, stderr } = await inCluster(t, webhook(container), 'list');
      t.equal(stderr, '');
      const rows = rowsOf(stdout);
      t.same(rows.shop?.slice(0, 2), ['cluster', 'Warn']);
      t.same(rows['jwt-keys']?.slice(0, 2), ['cluster', 'Warn']);
      t.same(rows['no-placeholders']?.slice(0, 2), ['built-in', 'Warn']);
      t.match(rows.bad?.join(' '), /^cluster none .*can not be used$/);
    }
    t.match(
      (await inCluster(t, webhook(limits[0]!), 'show', 'shop')).stdout,
      'Action:     Warn, because the installation allows no more (the policy has Enforce)',
    );
    t.match(
      (await inCluster(t, webhook({}), 'show', 'bad')).stdout,
      /^bad of the cluster can not be used:\n {2}spec\.keys\.A/,
    );
  },
);

t.test('a built-in policy that the installation leaves out is not listed', async (t) => {
  for (const container of [
    { args: ['serve', '--no-builtin', 'jwt-keys', 'no-placeholders', '--port', '8443'] },
    { args: ['serve', '--no-builtin=no-placeholders'] },
    { args: ['serve', '--no-builtin', 'mysql-credentials,no-placeholders'] },
    { env: [{ name: 'LOCKSTEP_NO_BUILTIN', value: ' no-placeholders ,' }] },
    { args: ['--no-builtin', 'no-placeholders'], env: [{ name: 'LOCKSTEP_NO_BUILTIN', value: 'jwt-keys' }] },
  ]) {
    const rows = rowsOf((await inCluster(t, webhook(container), 'list')).stdout);
    t.notOk(rows['no-placeholders'], JSON.stringify(container));
    // The cluster has a policy of this name.
    t.equal(rows['jwt-keys']?.[0], 'cluster');
    t.ok(rows['postgres-credentials']);
  }
});

t.test(
  'without an installation, or without the right to read it, actions are those of the policies',
  async (t) => {
    const absent = await inCluster(t, 404, 'list');
    t.equal(rowsOf(absent.stdout).shop?.[1], 'Enforce');
    t.match(absent.stderr, /because there is no lockstep-webhook in the namespace lockstep-system\n$/);
    const forbidden = await inCluster(t, 403, 'list');
    t.equal(rowsOf(forbidden.stdout).shop?.[1], 'Enforce');
    t.match(
      forbidden.stderr,
      /^lockstep: the installation may limit the actions, leave out built-in policies or exclude namespaces, because /,
    );
  },
);

t.test('validates policy files, and reports each fault with its line', async (t) => {
  t.same(await policy('validate', 'manifests/policies'), {
    exitCode: 0,
    stdout: '11 policies are valid\n',
    stderr: '',
  });
  const dir = t.testdir({
    'a.yaml':
      'kind: SecretPolicy\napiVersion: lockstep.dev/v1alpha1\nmetadata: { name: a }\nspec:\n  keys: { A: { minLenght: 3 } }\n',
  });
  const { exitCode, stdout } = await policy('validate', dir);
  t.equal(exitCode, 1);
  t.match(stdout, /a\.yaml:5: .*minLenght/);
  t.equal((await policy('validate', `${dir}/missing.yaml`)).exitCode, 2);
});

t.test('prints an object of the cluster without managedFields, as kubectl does', async (t) => {
  const { stdout } = await inCluster(t, 404, 'show', 'shop', '-o', 'yaml');
  t.same(parse(stdout), stored('shop'));
});
