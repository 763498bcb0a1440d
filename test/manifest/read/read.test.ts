import { Buffer } from 'node:buffer';
import { chmodSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import t, { type Test } from 'tap';
import { aSecret, only, read, readText, rulesOf } from '../../helpers/commands/manifest-text.ts';

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

t.test('reports an unreadable file in one sentence and reads the rest', async (t) => {
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

t.test('a file is read as standard input is, in each encoding and with each byte', async (t) => {
  const little = Buffer.from(`\ufeff${aSecret()}`, 'utf16le');
  const behindComment = (bytes: Buffer) =>
    Buffer.concat([Buffer.from('# '), bytes, Buffer.from(`\n${aSecret()}`)]);
  const encodings: Readonly<Record<string, readonly [bytes: Buffer, secrets: number]>> = {
    'byte-order mark': [Buffer.from(`\ufeff${aSecret()}`), 1],
    'UTF-16, little-endian': [little, 1],
    'UTF-16, big-endian': [Buffer.from(little).swap16(), 1],
    'no UTF-8': [behindComment(Buffer.from([0xe9])), 1],
    'U+FFFD at the beginning': [Buffer.from(`\ufffd: x\n---\n${aSecret()}`), 1],
    'NUL at the beginning': [behindComment(Buffer.from([0])), 0],
    'NUL after 8,000 bytes': [behindComment(Buffer.concat([Buffer.alloc(8000, 'x'), Buffer.from([0])])), 0],
  };
  for (const [name, [bytes, count]] of Object.entries(encodings)) {
    const file = join(t.testdir({ 'secret.yaml': bytes }), 'secret.yaml');
    const [fromFile] = await read([file]);
    const fromStdin = await readText(bytes);
    t.equal(fromFile?.secrets.length, count, name);
    t.same(
      fromFile?.secrets.map(({ ref, faults, place: { line } }) => ({ ref, faults: faults.length, line })),
      fromStdin.secrets.map(({ ref, faults, place: { line } }) => ({ ref, faults: faults.length, line })),
      name,
    );
    t.same(
      fromFile?.errors.map(({ message }) => message),
      fromStdin.errors.map(({ message }) => message),
      name,
    );
  }
});

t.test('each key has its position, under stringData if both maps hold it', async (t) => {
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

t.test('a List that kubectl refuses is an error in a folder too, and another list is none', async (t) => {
  const item = 'apiVersion: v1\n  kind: List\n  items: [{apiVersion: v1, kind: Secret, metadata: {name: a}}]';
  const list = (kind: string) => `apiVersion: v1\nkind: ${kind}\nitems:\n- ${item}\n- 5\n`;
  const dir = t.testdir({
    'list.yaml': list('List'),
    'other.yaml': list('Secrets'),
    'tasks.yaml': `- ${item}\n`,
  });
  const files = await read([dir]);
  t.match(
    files.map(({ errors }) => errors.map(({ line, message }) => `${line} ${message}`)),
    [[/^4 is a List in a List/, /^7 is an item of a List and no object/], [], []],
  );
});

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
