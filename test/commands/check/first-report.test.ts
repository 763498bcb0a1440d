import { join } from 'node:path';
import t, { type Test } from 'tap';
import { manifestSource } from '../../../src/commands/manifests/source.ts';
import { run } from '../../../src/commands/program.ts';
import { readManifests } from '../../../src/manifest/read/read.ts';
import { aShell, checkOutput } from '../../helpers/commands/commands.ts';
import { aSecret } from '../../helpers/commands/manifest-text.ts';

type Folder = Parameters<Test['testdir']>[0];

/** `lockstep check` of a folder, with the lines of a paragraph joined. */
async function checked(t: Test, files: Folder, ...args: readonly string[]) {
  const folder = t.testdir(files);
  const shell = aShell();
  const exitCode = await run(['check', ...args, folder], shell);
  const stdout = shell.printed.stdout.replaceAll(`${folder}/`, '');
  return { exitCode, stdout, joined: stdout.replaceAll(/\n {2,}/g, ' ') };
}

const reader = (name: string, variables = 'A', secret = 'absent') =>
  `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: shop }
spec:
  template:
    spec:
      containers:
        - env:
${[...variables].map((variable) => `            - { name: ${variable}, valueFrom: { secretKeyRef: { name: ${secret}, key: ${variable} } } }\n`).join('')}`;

const readersOf = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`${at}.yaml`, reader(`app-${at}`, 'AB')]));

t.test('a missing Secret is one finding, with the number of the other workloads', async (t) => {
  const { stdout, joined } = await checked(t, readersOf(14));
  t.equal(stdout.match(/missing-reference/g)?.length, 1);
  t.match(joined, 'the Secret absent is not in this run, and the variable A and 13 more workloads read it [');
  t.match(joined, 'no Secret was found in 14 files; 1 missing reference\n');
});

t.test('an object without pods is no workload', async (t) => {
  const ingress =
    'apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: { name: web, namespace: shop }\nspec: { tls: [{ secretName: absent }] }\n';
  const { joined } = await checked(t, { 'a.yaml': reader('app'), 'b.yaml': ingress });
  t.match(joined, 'and the variable A and 1 more object read it');
});

t.test('JSON names the other readers, and another namespace is another Secret', async (t) => {
  const files = { ...readersOf(3), 'other.yaml': reader('app').replace('shop', 'stock') };
  const { objects } = JSON.parse((await checked(t, files, '--format', 'json')).stdout);
  t.match(objects, [
    {
      ref: 'shop/app-0',
      findings: [
        {
          also: [
            { kind: 'Deployment', ref: 'shop/app-1', file: '1.yaml', line: 9 },
            { kind: 'Deployment', ref: 'shop/app-2', file: '2.yaml', line: 9 },
          ],
        },
      ],
    },
    { ref: 'stock/app', findings: [{ also: undefined }] },
  ]);
  t.equal(objects.length, 2);
});

t.test('a missing key of one object is said once', async (t) => {
  const again = reader('app', 'AB', 'app').replaceAll(/key: ./g, 'key: KEY');
  const { joined } = await checked(t, {
    'a.yaml': aSecret(undefined, 'app').replace('  name:', '  namespace: shop\n  name:'),
    'b.yaml': again,
  });
  t.match(joined, 'the Secret app has no key KEY, and the variable A and 1 more read it [missing-reference]');
});

t.test('a comment or a baseline accepts a reader, and the others are still reported', async (t) => {
  const accepted = reader('app-0').replace(
    '{ name: A,',
    '# lockstep:ignore missing-reference -- made by hand\n              { name: A,',
  );
  const { joined } = await checked(t, {
    'a.yaml': accepted,
    'b.yaml': reader('app-1'),
    'c.yaml': reader('app-2'),
  });
  t.match(joined, /b\.yaml Deployment shop\/app-1 .*the variable A and 1 more workload read it/);
  t.match(joined, '1 finding accepted by comments: a.yaml');
  t.notMatch(joined, 'there is no such finding');
});

t.test('alternative folders have one finding for all names that they share', async (t) => {
  const secret = (name: string) =>
    aSecret('stringData: {NOTE: hello}\n', name).replace('  name:', '  namespace: shop\n  name:');
  const layout = () => ({
    a: { 's.yaml': secret('a') },
    b: { 's.yaml': secret('b') },
    c: { 's.yaml': secret('c') },
  });
  const { stdout, joined } = await checked(t, { v1: layout(), v2: layout() });
  t.equal(stdout.match(/duplicate-name/g)?.length, 1);
  t.match(
    joined,
    /^v2\/a\/s\.yaml .*has the name of the Secret in v1\/a\/s\.yaml:1, and kubectl keeps only the last one; the same two folders share 2 more names \[/m,
  );
});

t.test('overlays repeat a warning once, and each refusal', async (t) => {
  const warned = aSecret('stringData: {TITLE: caf\u00e9 noir, JWT_SECRET: CHANGE_ME}\n');
  const { stdout, joined } = await checked(t, {
    dev: { 's.yaml': warned },
    prod: { 's.yaml': warned },
    qa: { 's.yaml': warned },
  });
  t.equal(stdout.match(/\[placeholder\]/g)?.length, 3);
  const warnings = stdout.match(/ {2}warning {2}/g)?.length ?? 0;
  if (warnings > 0) t.match(joined, 'the same in 2 more places');
});

t.test('the command that generates values is shown once for the keys of a Secret', async (t) => {
  const keys = ['JWT_SECRET', 'SESSION_SECRET', 'POSTGRES_PASSWORD', 'JWT_REFRESH_SECRET'];
  const secret = aSecret(
    `stringData:\n${keys.map((key) => `  ${key}: CHANGE_ME\n`).join('')}  POSTGRES_USER: app\n`,
  );
  const { stdout, joined } = await checked(t, { 'app.yaml': secret });
  t.equal(stdout.match(/lockstep generate /g)?.length, 1, stdout);
  t.match(joined, /JWT_SECRET .* set a generated value, by the command below /);
});

t.test('the command that generates values is shown once for the Secrets of a file', async (t) => {
  const names = ['a', 'b', 'c'];
  const secrets = names.map((name) =>
    aSecret('stringData: {JWT_SECRET: CHANGE_ME, SESSION_SECRET: k3Jx9vQpL2mZ8tRw}\n', name),
  );
  const { stdout, joined } = await checked(t, { 'app.yaml': secrets.join('---\n') });
  t.equal(stdout.match(/lockstep generate /g)?.length, 1, stdout);
  t.match(joined, /Secret default\/a: denied .* by the command below Secret default\/b/);
  t.match(joined, /default\/c: .*: lockstep generate --into app\.yaml --replace-placeholders\n/);
});

t.test('a long report ends with the refusals by rule, and the ways to go on', async (t) => {
  const bad = Object.fromEntries(
    Array.from({ length: 12 }, (_, at) => [
      `${at}.yaml`,
      aSecret(`stringData: {API_TOKEN: CHANGE_ME, "A B": x}\n`, `s${at}`),
    ]),
  );
  const { joined } = await checked(t, { examples: bad });
  t.match(
    joined,
    /\nfirst: 24 refusals by rule: 12 invalid-key, 12 placeholder\. lockstep explain invalid-key says how to fix most of them\nthen: --write-baseline lockstep-baseline\.json accepts all findings of this run\nor: --exclude 'docs\/\*\*' leaves out a folder, such as docs\nor: --fail-on Never reports all of them without exit code 1\n\n12 Secrets in 12 files/,
  );
  const { joined: allowed } = await checked(t, { examples: bad }, '--fail-on', 'Never');
  t.notMatch(allowed, /^first:/m);
  const [one] = Object.values(bad);
  t.notMatch(
    (await checked(t, { 'a.yaml': one ?? '' })).joined,
    /^first:/m,
    'a short report has no such end',
  );
});

t.test('each format says what was looked at, and what was left out', async (t) => {
  const files = {
    'app.yaml': aSecret('stringData: {NOTE: hello}\n'),
    'other.yaml': 'a: b\n',
    'app.example.yaml': aSecret(),
  };
  for (const format of ['text', 'json', 'sarif', 'junit', 'github']) {
    const { joined, exitCode } = await checked(t, files, '--format', format);
    t.equal(exitCode, 0);
    t.match(joined, '1 example not checked, unless named: app.example.yaml', format);
    if (format !== 'json') t.match(joined, '1 Secret in 1 of 2 files: 1 allowed', format);
  }
  t.match(JSON.parse((await checked(t, files, '--format', 'json')).stdout), {
    files: 2,
    hints: [{ kind: 'example', files: ['app.example.yaml'] }],
  });
});

t.test('a folder in which nothing could be looked at is an error', async (t) => {
  const template = {
    'Chart.yaml': 'name: a\n',
    templates: { 'a.yaml': 'kind: Deployment\nspec: {{ .secret }}\n' },
  };
  t.match(await checked(t, { chart: template }), {
    exitCode: 2,
    stdout: /is a template of a chart, so no Secret was checked/,
  });
  const remote = { 'kustomization.yaml': 'resources: [https://example.com/a]\n' };
  t.match(await checked(t, remote), { exitCode: 2, stdout: /is a kustomization, so no Secret was checked/ });
  const shell = aShell();
  t.equal(
    await run(['check', join(t.testdir(remote), 'kustomization.yaml')], shell),
    0,
    'a Git hook gives it itself',
  );
});

t.test('the fix for a manifest on standard input speaks of its source', async (t) => {
  const stdin = (async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from(aSecret('stringData:\n  JWT_SECRET: CHANGE_ME\n  OTHER_TOKEN: ${TOKEN}\n'));
  })();
  const { stdout } = await checkOutput(manifestSource({ stdin } as never, readManifests), ['-']);
  t.match(stdout, / in its source, set a generated value, e\.g\./);
  t.match(stdout, / render the manifest before it is applied/);
});
