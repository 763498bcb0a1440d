import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parse, stringify } from 'yaml';
import { aClusterWithLockstep } from '../../helpers/cluster/cluster.ts';
import { userWithRules } from '../../helpers/cluster/service-account.ts';
import { lockstep } from '../../helpers/commands/commands.ts';
import { GOOD } from '../../helpers/engine/engine.ts';
import { aSecretPolicy } from '../../helpers/policy/secret-policy.ts';
import { until } from '../../testbed/process/until.ts';

// `lockstep check` and `render` by the policies of a cluster, next to what the webhook of that cluster answers.
const { cluster } = await aClusterWithLockstep(t);
const apply = (...items: readonly object[]) => cluster.apply(items, '--server-side');
const aNamespace = (name: string, labels: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
});
const aSecret = (ref: string, stringData: Readonly<Record<string, string>>) => {
  const [namespace, name] = ref.split('/');
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData };
};

const someoneWho = (name: string, rules: Parameters<typeof userWithRules>[2]) =>
  userWithRules(cluster, name, rules);

const POLICIES = { apiGroups: ['lockstep.dev'], resources: ['secretpolicies'], verbs: ['list'] };
const NAMESPACES = { apiGroups: [''], resources: ['namespaces'], verbs: ['list'] };
const DEPLOYMENTS = { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get'] };
const developer = await someoneWho('developer', [POLICIES, NAMESPACES, DEPLOYMENTS]);

await apply(aNamespace('prod', { tier: 'prod' }), aNamespace('dev', { tier: 'dev' }));
await apply(
  aSecretPolicy('colours', {
    match: { names: ['shop', 'cart'], namespaceSelector: { matchLabels: { tier: 'prod' } } },
    keys: { COLOUR: { required: true } },
    exceptions: [
      { namespace: 'prod', name: 'cart', keys: ['COLOUR'], reason: 'OPS-412', until: '2099-01-31' },
    ],
  }),
  // It replaces the built-in policy of its name.
  aSecretPolicy('jwt-keys', {
    match: { names: ['tokens'] },
    action: 'Warn',
    keys: { JWT_SECRET: { minLength: 60 } },
  }),
);

const SECRETS = [
  aSecret('prod/shop', { SIZE: '7' }),
  aSecret('dev/shop', { SIZE: '7' }),
  aSecret('prod/cart', { SIZE: '7' }),
  aSecret('prod/blue', { COLOUR: 'blue' }),
  aSecret('prod/tokens', { JWT_SECRET: GOOD.key }),
  aSecret('prod/holder', { API_KEY: 'CHANGE_ME' }),
];
const file = join(t.testdir(), 'secrets.yaml');
writeFileSync(file, SECRETS.map((secret) => stringify(secret)).join('---\n'));

async function check(kubeconfig: string, ...options: readonly string[]) {
  const args = ['check', file, '--kubeconfig', kubeconfig, '-o', 'json', ...options];
  const { exitCode, stdout, stderr } = await lockstep(...args);
  const secrets = stdout === '' ? [] : JSON.parse(stdout).secrets;
  const verdicts: readonly string[] = secrets.map(
    ({ ref, verdict, findings }: { ref: string; verdict: string; findings: readonly { rule: string }[] }) =>
      `${ref} ${verdict} ${findings.map(({ rule }) => rule).join()}`.trim(),
  );
  return { exitCode, stderr, stdout, verdicts };
}

/** `prod/shop deny` */
async function webhookVerdict(secret: ReturnType<typeof aSecret>): Promise<string> {
  const { exitCode } = await cluster.kubectl(['create', '--dry-run=server', '-f', '-'], { input: secret });
  return `${secret.metadata.namespace}/${secret.metadata.name} ${exitCode === 0 ? 'allow' : 'deny'}`;
}

t.test('the verdicts are those of the webhook of the cluster', async (t) => {
  const first = SECRETS[0];
  if (first === undefined) throw new Error('there is no Secret');
  await until('the webhook has read the policies', [], async () =>
    (await webhookVerdict(first)).endsWith('deny'),
  );
  const { exitCode, verdicts, stderr } = await check(developer);
  t.equal(exitCode, 1);
  t.same(verdicts, [
    'prod/shop deny required',
    'dev/shop allow',
    // By the exception, the finding is only recorded.
    'prod/cart allow required',
    'prod/blue allow',
    'prod/tokens allow min-length',
    'prod/holder deny placeholder',
  ]);
  const asked: string[] = [];
  for (const secret of SECRETS) asked.push(await webhookVerdict(secret));
  t.same(
    verdicts.map((verdict) => verdict.split(' ', 2).join(' ')),
    asked,
  );
  t.match(
    stderr,
    /^lockstep: decides as https:\/\/\S+ does, by 2 SecretPolicies .*, with maximum action Enforce\nlockstep: the manifests are not compared with the Secrets of the cluster: .*reading Secret prod\/shop.*\n$/,
  );
});

t.test(
  'lists the keys that an apply would change in the cluster, and the answer of their policy',
  async (t) => {
    const reader = await someoneWho('secret-reader', [
      POLICIES,
      NAMESPACES,
      DEPLOYMENTS,
      { apiGroups: [''], resources: ['secrets'], verbs: ['get'] },
    ]);
    await apply(
      aSecretPolicy('kept', { match: { names: ['kept'] }, keys: { TOKEN: { onChange: 'Keep' } } }),
      aSecret('dev/kept', { TOKEN: 'Vq7mT2xLr9KcW4nB8sZd', SIZE: '7' }),
    );
    const manifest = aSecret('dev/kept', { TOKEN: 'h3JfPz6RyD1gXw5EuNaQ', SIZE: '8' });
    const folder = t.testdir({ 'kept.yaml': stringify(manifest) });
    for (const args of [['check'], ['render', '--diff']]) {
      const { exitCode, stderr } = await lockstep(...args, `${folder}/kept.yaml`, '--kubeconfig', reader);
      t.equal(exitCode, 0);
      t.match(stderr, 'data[TOKEN] of Secret dev/kept differs from the cluster: keeps its stored value\n');
      t.match(stderr, 'data[SIZE] of Secret dev/kept differs from the cluster: the new value is stored\n');
    }
    await cluster.mustRun(['delete', 'secretpolicy', 'kept']);
  },
);

t.test('without the cluster, the same manifests have other verdicts', async (t) => {
  t.same(
    JSON.parse((await lockstep('check', file, '-o', 'json')).stdout).secrets.map(
      ({ verdict }: { verdict: string }) => verdict,
    ),
    ['allow', 'allow', 'allow', 'allow', 'allow', 'deny'],
  );
});

t.test(
  'a context of the kubeconfig has the cluster, and the namespace of manifests without one',
  async (t) => {
    const config = parse(readFileSync(developer, 'utf8'));
    const [{ context }] = config.contexts;
    const folder = t.testdir({
      'secret.yaml': stringify({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'shop' },
        stringData: { SIZE: '7' },
      }),
      config: stringify({
        ...config,
        contexts: [...config.contexts, { name: 'production', context: { ...context, namespace: 'prod' } }],
      }),
    });
    const args = ['--kubeconfig', `${folder}/config`, '--context', 'production', '-o', 'json'];
    const { exitCode, stdout } = await lockstep('check', `${folder}/secret.yaml`, ...args);
    t.equal(exitCode, 1);
    t.match(JSON.parse(stdout).secrets, [{ ref: 'prod/shop', verdict: 'deny' }]);
    t.match(await lockstep('check', `${folder}/secret.yaml`, ...args, '-n', 'dev'), { exitCode: 0 });
    const absent = await lockstep(
      'check',
      file,
      '--kubeconfig',
      `${folder}/config`,
      '--context',
      'prodution',
    );
    t.equal(absent.exitCode, 2);
    t.match(
      absent.stderr,
      /^lockstep: the kubeconfig has no context prodution; did you mean production\?\n$/,
    );
  },
);

/** The stored data of each Secret, after a dry run of its write. */
async function storedData(manifest: object): Promise<Readonly<Record<string, string>>> {
  const args = ['create', '--dry-run=server', '-o', 'json', '-f', '-'];
  const { stdout } = await cluster.mustRun(args, { input: manifest });
  const { data } = JSON.parse(stdout);
  return Object.fromEntries(
    Object.entries<string>(data).map(([key, text]) => [key, Buffer.from(text, 'base64').toString()]),
  );
}

t.test('render writes what the webhook of the cluster would store', async (t) => {
  const url = { derive: { template: 'https://${HOST}/${PATH_NAME:-v1}' } };
  await apply(
    aSecretPolicy('links', {
      match: { names: ['links'], namespaceSelector: { matchLabels: { tier: 'prod' } } },
      keys: { HOST: {}, LINK: { ...url, required: true } },
    }),
  );
  const manifest = aSecret('prod/links', { HOST: 'shop.example' });
  await until('the webhook derives the link', [], async () => 'LINK' in (await storedData(manifest)));
  const folder = t.testdir({
    'links.yaml': stringify(manifest),
    'none.yaml': stringify({ ...manifest, metadata: { name: 'links' } }),
    'dev.yaml': stringify(aSecret('dev/links', { HOST: 'shop.example' })),
  });
  const render = (name: string, ...options: readonly string[]) =>
    lockstep('render', `${folder}/${name}`, '--kubeconfig', developer, ...options);
  const rendered = await render('links.yaml');
  t.equal(rendered.exitCode, 0);
  t.same(parse(rendered.stdout).stringData, await storedData(manifest));
  t.match(rendered.stderr, /^lockstep: decides as https:/);
  // Without the cluster, there is no such policy. In another namespace, it does not apply.
  t.same(parse((await lockstep('render', `${folder}/links.yaml`)).stdout).stringData, manifest.stringData);
  t.same(parse((await render('dev.yaml')).stdout).stringData, manifest.stringData);
  t.match(parse((await render('none.yaml', '-n', 'prod')).stdout).stringData, {
    LINK: 'https://shop.example/v1',
  });
  t.match((await render('links.yaml', '--diff')).stdout, /\+ {2}LINK: \[redacted: derived from HOST/);
  const template = ['--external-secret', '--policy', 'links', '--kubeconfig', developer];
  t.match((await lockstep('render', ...template)).stdout, /LINK: .*HOST/);
  await cluster.mustRun(['delete', 'secretpolicy', 'links']);
});

t.test('a policy of a file replaces that of the cluster, to try it', async (t) => {
  const folder = t.testdir({
    'colours.json': JSON.stringify(
      aSecretPolicy('colours', { match: { names: ['blue'] }, keys: { SIZE: { required: true } } }),
    ),
  });
  const { verdicts } = await check(developer, '--policy', `${folder}/colours.json`);
  t.match(verdicts[0], 'prod/shop allow');
  t.match(verdicts[3], 'prod/blue deny required');
});

t.test(
  'generate prints a Secret for a policy of the cluster, which the webhook stores unchanged',
  async (t) => {
    await apply(
      aSecretPolicy('vault', {
        match: { names: ['vault'], namespaceSelector: { matchLabels: { tier: 'prod' } } },
        keys: {
          HOST: { default: 'shop.example' },
          VAULT_KEY: {
            required: true,
            sensitive: true,
            generate: { bytes: 48, encoding: 'base64url' },
          },
          VAULT_URL: { required: true, derive: { template: 'https://${HOST}/v1' } },
        },
      }),
    );
    const generate = (...options: readonly string[]) =>
      lockstep('generate', '--policy', 'vault', '--kubeconfig', developer, '-o', 'json', ...options);
    const generated = await generate('--name', 'prod/vault');
    t.equal(generated.exitCode, 0, generated.stderr);
    const manifest = JSON.parse(generated.stdout);
    t.same(Object.keys(manifest.stringData), ['HOST', 'VAULT_KEY', 'VAULT_URL']);
    t.same(await storedData(manifest), manifest.stringData);
    t.match(await lockstep('generate', '--policy', 'vault'), {
      exitCode: 2,
      stderr: /there is no policy vault/,
    });
    // The labels of the namespace count, also those of the current one.
    t.match(await generate('--name', 'dev/vault'), {
      exitCode: 2,
      stderr: /the policy vault does not match the Secret dev\/vault/,
    });
    const config = parse(readFileSync(developer, 'utf8'));
    const [{ context }] = config.contexts;
    const contexts = [{ name: 'production', context: { ...context, namespace: 'prod' } }];
    const folder = t.testdir({
      config: stringify({ ...config, contexts, 'current-context': 'production' }),
      'vault.yaml': stringify({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'vault' },
        stringData: {},
      }),
    });
    const current = ['--policy', 'vault', '--kubeconfig', `${folder}/config`];
    const placed = await lockstep('generate', ...current, '-o', 'json');
    t.equal(placed.exitCode, 0, placed.stderr);
    t.equal(JSON.parse(placed.stdout).metadata.namespace, undefined, 'and kubectl chooses it');
    const into = await lockstep('generate', ...current, '--into', `${folder}/vault.yaml`);
    t.match(into, { exitCode: 0, stdout: /vault\.yaml: HOST, VAULT_KEY, VAULT_URL added\n$/ }, into.stderr);
    await cluster.mustRun(['delete', 'secretpolicy', 'vault']);
  },
);

t.test('policy test runs cases by the policies of the cluster', async (t) => {
  const aCase = (ref: string, expect: object) => ({
    name: ref,
    secret: { metadata: aSecret(ref, {}).metadata, stringData: { SIZE: '7' } },
    expect,
  });
  const refused = { verdict: 'deny', findings: [{ rule: 'required', key: 'COLOUR' }] };
  const folder = t.testdir({
    // There is no file of the policy: the cluster has it.
    'colours.test.yaml': stringify([
      aCase('prod/shop', refused),
      aCase('dev/shop', { verdict: 'allow' }),
      { ...aCase('prod/cart', refused), on: '2099-02-01' },
      aCase('prod/cart', {
        verdict: 'allow',
        findings: [{ rule: 'required', key: 'COLOUR', action: 'Audit' }],
      }),
    ]),
    'sizes.yaml': stringify(
      aSecretPolicy('sizes', { match: { names: ['blue'] }, keys: { WEIGHT: { required: true } } }),
    ),
    'sizes.test.yaml': stringify([
      aCase('prod/blue', { verdict: 'deny', findings: [{ rule: 'required', key: 'WEIGHT' }] }),
    ]),
  });
  const passed = await lockstep('policy', 'test', folder, '--kubeconfig', developer);
  t.equal(passed.exitCode, 0, passed.stdout);
  t.match(passed.stdout, /^5 cases in 2 files: 5 ok$/m);
  t.equal(passed.stderr.match(/decides as/g)?.length, 1, 'the cluster is read once');
  const alone = await lockstep('policy', 'test', folder);
  t.match(alone, { exitCode: 2, stderr: /colours/ });
});

t.test('a missing right is one sentence with exit code 2', async (t) => {
  for (const [name, rules, sentence] of [
    ['nobody', [], /^lockstep: this user may not list secretpolicies\.lockstep\.dev\b[^\n]*\n$/],
    ['no-namespaces', [POLICIES, DEPLOYMENTS], /^lockstep: this user may not list namespaces\b[^\n]*\n$/],
  ] as const) {
    const { exitCode, stdout, stderr } = await check(await someoneWho(name, rules));
    t.same([exitCode, stdout], [2, ''], stderr);
    t.match(stderr, sentence);
  }
});

t.test('without the right to read the Deployment, it says what is unknown, and validates', async (t) => {
  const { exitCode, stderr, verdicts } = await check(await someoneWho('reader', [POLICIES, NAMESPACES]));
  t.equal(exitCode, 1);
  t.equal(verdicts.length, SECRETS.length);
  t.match(
    stderr,
    /lockstep: the installation may limit the actions, leave out built-in policies or exclude namespaces, because .*deployments/,
  );
  const { stderr: elsewhere } = await check(developer, '--lockstep-namespace', 'dev');
  t.match(elsewhere, /because there is no lockstep-webhook in the namespace dev\n/);
});

t.test('the settings of the installed webhook apply', async (t) => {
  const env = [
    { name: 'LOCKSTEP_MAX_ACTION', value: 'Warn' },
    { name: 'LOCKSTEP_NO_BUILTIN', value: 'no-placeholders, gone-policy' },
    { name: 'LOCKSTEP_POLICY', value: '/etc/policies' },
    { name: 'LOCKSTEP_EXCLUDED_NAMESPACES', value: 'dev' },
  ];
  await cluster.mustRun([
    'patch',
    'deployment/lockstep-webhook',
    '-n',
    'lockstep-system',
    '-p',
    JSON.stringify({ spec: { template: { spec: { containers: [{ name: 'webhook', env }] } } } }),
  ]);
  const { exitCode, stderr, stdout, verdicts } = await check(developer);
  t.equal(exitCode, 0);
  t.same(verdicts[0], 'prod/shop allow required');
  t.match(JSON.parse(stdout).secrets[0].findings, [{ action: 'Warn' }]);
  t.same(verdicts[1], 'dev/shop skip');
  t.match(JSON.parse(stdout).secrets[1], { reason: 'in an excluded namespace' });
  t.same(verdicts[5], 'prod/holder allow');
  t.match(
    stderr,
    /the webhook also reads policies from \/etc\/policies in its pod, so give a copy of them with/,
  );
  t.match(stderr, /maximum action Warn\n/);
  const list = await lockstep('policy', 'list', '--kubeconfig', developer);
  t.notMatch(list.stdout, 'no-placeholders');
  for (const [namespace, sentence] of [
    ['lockstep-system', /^(?!.*there is no lockstep-webhook)/s],
    ['dev', /because there is no lockstep-webhook in the namespace dev\n/],
  ] as const)
    for (const args of [['list'], ['show', 'colours']]) {
      const all = ['policy', ...args, '--kubeconfig', developer, '--lockstep-namespace', namespace];
      t.match(await lockstep(...all), { exitCode: 0, stderr: sentence }, `${args} ${namespace}`);
    }
});

t.test('a namespace that the cluster does not have is named', async (t) => {
  const folder = t.testdir({ 'a.yaml': stringify(aSecret('absent/shop', { SIZE: '7' })) });
  const { exitCode, stderr } = await lockstep('check', folder, '--kubeconfig', developer);
  t.equal(exitCode, 0);
  t.match(stderr, 'the cluster has no namespace absent, so that no policy selects it by labels');
});
