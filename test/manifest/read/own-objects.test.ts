import { join } from 'node:path';
import t, { type Test } from 'tap';
import { readManifests } from '../../../src/manifest/read/read.ts';
import { aSecretPolicy } from '../../helpers/policy/secret-policy.ts';

const OPTIONS = {
  namespace: undefined,
  stdin: async () => new Uint8Array(),
  allowReferences: false,
  compilesOwnObjects: true,
};

async function errorsIn(t: Test, files: Readonly<Record<string, string>>, options = OPTIONS) {
  const folder = t.testdir(files);
  const errors: unknown[] = [];
  for await (const content of readManifests([folder], options))
    errors.push(
      ...content.errors.map(({ file, line, column, message }) => [
        `${file.slice(join(folder, '/').length)}:${line}:${column}`,
        message,
      ]),
    );
  return errors;
}

const POLICY = `apiVersion: lockstep.dev/v1alpha1
kind: SecretPolicy
metadata: { name: payments }
spec:
  match: { names: [payments] }
  keys:
    DB_PASSWORD: { sensitive: true, minLength: 20 }
`;

const CREDENTIAL = `apiVersion: lockstep.dev/v1alpha1
kind: PostgresCredential
metadata: { name: app, namespace: shop }
spec:
  secretName: app
  rotation:
    strategy: SingleUser
`;

t.test('a valid SecretPolicy and a valid PostgresCredential have no error', async (t) => {
  t.same(await errorsIn(t, { 'policy.yaml': POLICY, 'credential.yaml': CREDENTIAL }), []);
});

t.test('reports a misspelt field with its line and column', async (t) => {
  const spelt = POLICY.replace('minLength', 'minLenght');
  const strategy = CREDENTIAL.replace('SingleUser', 'Both');
  t.same(await errorsIn(t, { 'all.yaml': `${spelt}---\n${strategy}` }), [
    [
      'all.yaml:7:37',
      'SecretPolicy payments: spec.keys.DB_PASSWORD.minLenght: is no field of a SecretPolicy: did you mean minLength?',
    ],
    [
      'all.yaml:15:5',
      'PostgresCredential app: spec.rotation.strategy: must be one of SingleUser, AlternatingUsers',
    ],
  ]);
});

t.test('reports a fault of a RedisCredential', async (t) => {
  const redis = CREDENTIAL.replace('PostgresCredential', 'RedisCredential');
  t.same(await errorsIn(t, { 'redis.yaml': redis }), [
    [
      'redis.yaml:7:5',
      'RedisCredential app: spec.rotation.strategy: is no field of a RedisCredential: remove it or correct its name',
    ],
  ]);
});

t.test('reports the fault of one field that contradicts another', async (t) => {
  const derived = `${POLICY}    DB_URL:\n      derive: { template: 'postgresql://\${DB_USER}:\${DB_PASSWORD}@h/d' }\n`;
  t.match(await errorsIn(t, { 'policy.yaml': derived }), [
    ['policy.yaml:9:17', /^SecretPolicy payments: spec\.keys\.DB_URL\.derive\.template: names \$\{DB_USER\}/],
  ]);
});

t.test('reads JSON and a List too', async (t) => {
  const policy = aSecretPolicy('a', { match: {}, key: {} });
  const list = { apiVersion: 'v1', kind: 'List', items: [policy] };
  for (const [name, object] of [
    ['one.json', policy],
    ['list.json', list],
  ] as const)
    t.match(await errorsIn(t, { [name]: JSON.stringify(object, null, 2) }), [
      [new RegExp(`^${name}:\\d+:\\d+$`), /^SecretPolicy a: spec\.key/],
    ]);
});

t.test('reports a document that is no valid YAML once', async (t) => {
  t.equal((await errorsIn(t, { 'policy.yaml': `${POLICY}  : [\n` })).length, 1);
  t.equal((await errorsIn(t, { 'credential.yaml': `${CREDENTIAL}  : [\n` })).length, 1);
});

t.test('leaves alone the kind of another group, a chart, and a command that does not ask', async (t) => {
  const other = POLICY.replace('lockstep.dev/v1alpha1', 'example.org/v1 # not lockstep.dev/v1').replace(
    'minLength',
    'minLenght',
  );
  t.same(await errorsIn(t, { 'policy.yaml': other }), []);
  const faulty = POLICY.replace('minLength', 'minLenght');
  t.same(await errorsIn(t, { 'policy.yaml': faulty }, { ...OPTIONS, compilesOwnObjects: false }), []);
  const chart = {
    'Chart.yaml': 'name: app\nversion: 1.0.0\n',
    templates: { 'policy.yaml': `${faulty}  a: {{ .b }}\n` },
  };
  t.same(await errorsIn(t, chart as never), []);
});

t.test('an alias bomb in a policy is judged at once', async (t) => {
  const bomb = `${POLICY}  a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghij'
    .split('')
    .map((name, index) => `  ${name}: &${name} [${Array(9).fill(`*${'abcdefghij'[index]}`).join()}]\n`)
    .join('')}`;
  t.ok((await errorsIn(t, { 'policy.yaml': bomb })).length <= 20);
});
