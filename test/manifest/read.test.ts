import { Buffer } from 'node:buffer';
import { chmodSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import t, { type Test } from 'tap';
import type { ManifestSecret } from '../../src/manifest/manifest-secret.ts';
import { type ManifestFile, readManifests } from '../../src/manifest/read.ts';

interface Options {
  readonly namespace?: string;
  readonly allowReferences?: boolean;
  readonly stdin?: string | Uint8Array;
}

async function read(paths: readonly string[], options: Options = {}): Promise<readonly ManifestFile[]> {
  const { namespace, allowReferences = false, stdin = '' } = options;
  const input = async (): Promise<Uint8Array> => Buffer.from(stdin);
  const files: ManifestFile[] = [];
  for await (const file of readManifests(paths, { namespace, allowReferences, stdin: input }))
    files.push(file);
  return files;
}

async function readText(text: string | Uint8Array, options: Options = {}): Promise<ManifestFile> {
  const [file] = await read(['-'], { ...options, stdin: text });
  if (file === undefined) throw new Error('standard input was not read');
  return file;
}

const only = ({ secrets }: ManifestFile): ManifestSecret => {
  if (secrets.length !== 1 || secrets[0] === undefined) throw new Error(`${secrets.length} Secrets`);
  return secrets[0];
};

const textOf = ({ secret }: ManifestSecret, key: string): string | undefined =>
  secret.data.get(key)?.look(({ text }) => text);

const rulesOf = ({ faults }: ManifestSecret): readonly string[] =>
  faults.map(
    ({ rule, key, place, refused }) =>
      `${place.line}:${place.column} ${rule} ${key}${refused ? '' : ' (taken)'}`,
  );

const head = (name = 'a'): string => `apiVersion: v1\nkind: Secret\nmetadata:\n  name: ${name}\n`;
const aSecret = (lines = 'stringData:\n  A: x\n', name = 'a'): string => `${head(name)}${lines}`;

t.test('files, folders in folders and standard input are read, each in its order', async (t) => {
  const dir = t.testdir({
    'b.yaml': aSecret(undefined, 'b'),
    'a.yml': aSecret(undefined, 'a'),
    more: { 'c.json': JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'c' } }) },
    'README.md': aSecret(undefined, 'readme'),
    node_modules: { 'x.yaml': aSecret(undefined, 'x') },
    'notes.txt': aSecret(undefined, 'notes'),
  });
  const files = await read([dir, '-', join(dir, 'notes.txt')], { stdin: aSecret(undefined, 'piped') });
  t.same(
    files.flatMap(({ file, secrets }) => secrets.map(({ ref }) => `${file.replace(`${dir}/`, '')} ${ref}`)),
    [
      'a.yml default/a',
      'b.yaml default/b',
      'more/c.json default/c',
      '- default/piped',
      'notes.txt default/notes',
    ],
  );
  t.same(
    files.flatMap(({ errors }) => errors),
    [],
  );
});

t.test('a link to a folder is not followed, so that a circle of them ends', async (t) => {
  const dir = t.testdir({ in: { 'a.yaml': aSecret() } });
  symlinkSync(dir, join(dir, 'in', 'circle'));
  symlinkSync(join(dir, 'in', 'a.yaml'), join(dir, 'linked.yaml'));
  const files = await read([dir]);
  t.same(
    files.flatMap(({ secrets }) => secrets.map(({ ref }) => ref)),
    ['default/a', 'default/a'],
  );
});

t.test('what can not be read is one sentence, and the rest is read', async (t) => {
  const dir = t.testdir({
    'binary.yaml': Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2]),
    'closed.yaml': aSecret(),
    'comment.yaml': '# nothing\n---\n',
    'empty.yaml': '',
    'good.yaml': aSecret(),
    'huge.yaml': '',
    nothing: { 'README.md': '' },
  });
  truncateSync(join(dir, 'huge.yaml'), 100 * 1024 * 1024);
  chmodSync(join(dir, 'closed.yaml'), 0o000);
  const messages: Record<string, RegExp> = {
    absent: /^does not exist: /,
    'binary.yaml': /binary/,
    'empty.yaml': /^holds no object/,
    'comment.yaml': /^holds no object/,
    'huge.yaml': /^is larger than 64 MiB/,
    nothing: /^holds no file that ends in \.yaml/,
    // root may read everything.
    ...(process.getuid?.() === 0 ? {} : { 'closed.yaml': /right to read it/ }),
  };
  const paths = [...Object.keys(messages), 'good.yaml'].map((name) => join(dir, name));
  const files = await read(paths);
  for (const [index, message] of Object.values(messages).entries()) {
    t.equal(files[index]?.file, paths[index]);
    t.match(files[index]?.errors, [{ file: paths[index], line: undefined, message }]);
    t.equal(files[index]?.errors.length, 1);
  }
  t.equal(files.at(-1)?.secrets.length, 1);
});

t.test('a fault in one document leaves the others, and has its line', async (t) => {
  const { secrets, errors } = await readText(
    `# c\n---\n${aSecret(undefined, 'before')}---\na:\n  - [1\n---\n${aSecret(undefined, 'behind')}`,
  );
  t.same(
    secrets.map(({ ref, place }) => `${ref} ${place.line}:${place.column}`),
    ['default/before 3:1', 'default/behind 13:1'],
  );
  t.match(errors, [{ file: '-', line: 11, message: /^is no valid YAML: / }]);
});

t.test('UTF-16 and a byte-order mark are read, and lines and columns count without it', async (t) => {
  const text = `\ufeff${aSecret('stringData:\n  Ä: x\n')}`;
  const little = Buffer.from(text, 'utf16le');
  for (const bytes of [Buffer.from(text), little, Buffer.from(little).swap16()]) {
    const secret = only(await readText(bytes));
    t.same(rulesOf(secret), ['6:3 invalid-key Ä']);
    t.match(secret.place, { line: 1, column: 1 });
  }
});

t.test('each key has its place, of one under data and stringData the one that counts', async (t) => {
  const secret = only(
    await readText(
      `kind: List\napiVersion: v1\nitems:\n- ${aSecret().replaceAll('\n', '\n  ')}  B: yy\n  data:\n    B: eg==\n    C: eg==\n`,
    ),
  );
  t.match(secret.place, { file: '-', line: 4, column: 3 });
  t.match([...'ABC', 'absent'].map(secret.placeOf), [
    { line: 9, column: 5 },
    { line: 10, column: 5 },
    { line: 13, column: 5 },
    { line: 4, column: 3 },
  ]);
});

t.test('a Secret that names no namespace is in the one that was given, else in default', async (t) => {
  const named = aSecret().replace('  name: a', '  name: a\n  namespace: shop');
  t.equal(only(await readText(named, { namespace: 'other' })).ref, 'shop/a');
  t.equal(only(await readText(aSecret(), { namespace: 'other' })).ref, 'other/a');
  t.equal(only(await readText(aSecret())).ref, 'default/a');
  t.equal(only(await readText(aSecret().replace('name:', 'generateName:'))).ref, 'default/a*');
});

t.test('each fault of the form has its place, and says whether it is refused', async (t) => {
  const secret = only(
    await readText(
      'apiVersion: v2\nkind: Secret\nmetadata:\n  nme: a\n  labels: {a: 1}\nimmutable: "yes"\nstringdata: {}\n' +
        'data:\n  A: no base64\n  B: eA==\nstringData:\n  B: x\n  C: 5\n  D: [x]\n  E:\n  Y: x\n  F: x\n  F: z\n  "a b": x\n',
    ),
  );
  t.same([...rulesOf(secret)].sort(), [
    '10:3 duplicate-key B (taken)',
    '13:3 not-a-string C',
    '14:3 not-a-string D',
    '15:3 dropped-value E (taken)',
    '16:3 coerced-key true (taken)',
    '17:3 duplicate-key F (taken)',
    '19:3 invalid-key a b',
    '1:1 unknown-kind apiVersion',
    '3:1 missing-name ',
    '4:3 unknown-field metadata.nme',
    '5:12 not-a-string metadata.labels.a',
    '6:1 not-a-string immutable',
    '7:1 unknown-field stringdata',
    '9:3 invalid-base64 A',
  ]);
  t.match(
    secret.faults.find(({ key }) => key === 'stringdata'),
    { fix: /stringData/ },
  );
});

t.test('a Secret of another group is passed over, one of almost this kind is not', async (t) => {
  const of = (apiVersion: string, kind: string): string =>
    `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: a}\n`;
  for (const other of [
    of('vault.example.com/v1', 'Secret'),
    of('v1', 'ConfigMap'),
    of('v1', 'SecretThing'),
    'a: 1\n',
  ])
    t.same((await readText(other)).secrets, []);
  for (const almost of [
    of('v1', 'secret'),
    of('v1', 'Secrets'),
    of('core/v1', 'Secret'),
    'stringData: {A: x}\n',
  ])
    t.ok(
      only(await readText(almost)).faults.some(({ rule }) => rule === 'unknown-kind'),
      almost,
    );
});

t.test('ciphertext is skipped, without a fault', async (t) => {
  const sops = only(await readText(aSecret('stringData:\n  A: ENC[AES256_GCM,data:x]\nsops:\n  mac: x\n')));
  t.same([sops.skipped, sops.secret.data.size, sops.faults], ['sops', 0, []]);
  const sealed = await readText(
    'apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: a}\nspec: {}\n',
  );
  t.same([only(sealed).skipped, only(sealed).ref], ['sealed-secret', 'default/a']);
  t.match(sealed.hints, [{ message: /SealedSecret/ }]);
});

t.test('what something else renders is a hint', async (t) => {
  const dir = t.testdir({
    overlay: { 'kustomization.yaml': 'secretGenerator: [{name: a, literals: [A=x]}]\n' },
    chart: {
      'Chart.yaml': 'name: c\n',
      'values.yaml': 'secret: x\n',
      templates: { 'secret.yaml': aSecret('stringData:\n  A: {{ .Values.secret }}\n') },
    },
    other: { templates: { 'a.yaml': aSecret('stringData:\n  A: {{ .Values.secret }}\n') } },
    'external.yaml': 'apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: a}\n',
  });
  const files = await read([dir]);
  t.same(
    files.flatMap(({ errors }) => errors),
    [],
  );
  t.same(
    files.flatMap(({ hints }) => hints.map(({ message }) => message.replaceAll(`${dir}/`, ''))),
    [
      'is a template of a chart: render it first, helm template chart | lockstep check -',
      'holds an ExternalSecret, whose values are elsewhere: the webhook judges the Secret that it makes',
      'is a template of a chart: render it first, helm template other | lockstep check -',
      'is a kustomization: kubectl kustomize overlay | lockstep check -',
    ],
  );
  const { errors } = await readText(aSecret('stringData:\n  A: {{ .Values.secret }}\n'));
  t.match(errors, [{ message: /helm template/ }]);
  t.match((await readText(`${aSecret()}...\n${aSecret()}`)).hints, [{ message: /from line 8 on.*---/ }]);
});

t.test(
  'a reference for a later renderer is a value, and breaks neither name nor base64 where it is allowed',
  async (t) => {
    const text = aSecret('data:\n  A: <path:kv/data/app#a>\n  B: ${B}\n', '${APP}-secrets').replace(
      '  name:',
      '  namespace: ${NS}\n  name:',
    );
    const strict = only(await readText(text));
    t.same(rulesOf(strict), [
      '5:3 missing-name metadata.name',
      '4:3 missing-name metadata.namespace',
      '7:3 invalid-base64 A',
      '8:3 invalid-base64 B',
    ]);
    const allowed = only(await readText(text, { allowReferences: true }));
    t.same(rulesOf(allowed), []);
    t.equal(textOf(allowed, 'A'), '<path:kv/data/app#a>');
    t.equal(textOf(allowed, 'B'), '${B}');
  },
);

t.test('a file in a folder is parsed where the word may be, however it is spelt', async (t) => {
  const dir = t.testdir({
    'a.yaml': aSecret().replace('Secret', '"\\x53ecret"'),
    'b.json': '{"apiVersion":"v1","kind":"\\u0053ecret","metadata":{"name":"b"}}',
    'c.yaml': aSecret().replace('Secret', '!!binary U2VjcmV0'),
    'd.yaml': aSecret().replace('Secret', '"Sec\\\n  ret"'),
    'e.yaml': 'kind: ConfigMap\na: [\n',
  });
  writeFileSync(join(dir, 'f.yaml'), Buffer.from(`\ufeff${aSecret()}`, 'utf16le'));
  const files = await read([dir]);
  t.same(
    files.map(({ secrets }) => secrets.length),
    [1, 1, 1, 1, 0, 1],
  );
});

t.test('no message holds a piece of a value', async (t: Test) => {
  const canary = 'c4nary9XqZ';
  for (const text of [
    aSecret(`stringData:\n  A: "${canary}\n`),
    aSecret(`stringData:\n  A: x: ${canary}\n`),
    aSecret(`stringData:\n  A: [${canary}\n`),
    aSecret(`stringData:\n  A: "${canary}\\q"\n`),
    aSecret(`stringData:\n  A: !!int ${canary}\n`),
    aSecret(`stringData:\n  A: @${canary}\n`),
    aSecret(`stringData:\n A: x\n  B: ${canary}\n`),
    aSecret(`stringData:\n  A: {b: ${canary}}\n`),
    aSecret(`data:\n  A: ${canary}\n`),
    `{"apiVersion":"v1"}{}{"a":"${canary}`,
    `---${canary}\n`,
  ]) {
    const { errors, secrets } = await readText(text);
    const said = JSON.stringify([errors, secrets]);
    t.ok(errors.length + secrets.length > 0);
    t.notOk(said.includes(canary), text);
  }
});
