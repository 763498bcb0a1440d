import { chmodSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import type { EditableManifests } from '../../../src/commands/manifests/source.ts';
import { run } from '../../../src/commands/program.ts';
import { type RenderOptions, render } from '../../../src/commands/render/render.ts';
import { aShell } from '../../helpers/commands/commands.ts';
import { type PlainManifest, plainManifests } from '../../helpers/commands/plain-manifests.ts';
import { GOOD, STORY, STORY_URL } from '../../helpers/engine/engine.ts';

const app = (stringData: Readonly<Record<string, string>>, metadata: object = {}): PlainManifest => ({
  metadata: { name: 'app', namespace: 'shop', ...metadata },
  stringData,
});

const stale = app({ ...STORY, DATABASE_URL: STORY_URL.replace(GOOD.password, GOOD.other) });

/** Appends the change to the text. The real editor has its own tests. */
function editable(
  objects: Readonly<Record<string, readonly PlainManifest[]>>,
  texts: Readonly<Record<string, string>>,
): EditableManifests {
  return {
    read: plainManifests(objects).read,
    bytesOf: async (file) => (file in texts ? Buffer.from(texts[file] ?? '') : readFile(file)),
    edit: (text, { ref }, changes) =>
      `${text}# ${ref} ${[...changes].map(([key, value]) => `${key}=${value.withPlaintext((plain) => plain.text)}`).join(' ')}\n`,
  };
}

async function rendered(
  manifests: EditableManifests,
  paths: readonly string[],
  options: Partial<RenderOptions> = {},
) {
  const shell = aShell();
  const exitCode = await render(paths, { policy: [], builtin: true, ...options }, manifests, shell);
  return { exitCode, ...shell.printed };
}

t.test('applies the corrections, and prints nothing else', async (t) => {
  const manifests = editable({ a: [stale] }, { a: 'before\n' });
  t.same(await rendered(manifests, ['a']), {
    exitCode: 0,
    stdout: `before\n# shop/app DATABASE_URL=${STORY_URL}\n`,
    stderr: '',
  });
});

t.test('keeps every byte without a correction', async (t) => {
  const text = '\ufeffa: 1\r\n---\r\n# end without a newline';
  t.equal((await rendered(editable({ a: [app({ TOKEN: GOOD.key })] }, { a: text }), ['a'])).stdout, text);
});

t.test('prints several files as one stream of documents', async (t) => {
  const manifests = editable({ a: [], b: [], c: [] }, { a: 'a: 1', b: '{"b":1}\n', c: '---\nc: 1\n' });
  t.equal((await rendered(manifests, ['a', 'b', 'c'])).stdout, '---\na: 1\n---\n{"b":1}\n---\nc: 1\n');
});

t.test('a glob of --exclude that matched no file is named on standard error', async (t) => {
  const manifests = editable({ a: [] }, { a: 'a: 1\n' });
  t.same(await rendered(manifests, ['a'], { exclude: ['tset\u001b'] }), {
    exitCode: 0,
    stdout: 'a: 1\n',
    stderr: 'lockstep: --exclude tset\\u001b matched no file\n',
  });
});

t.test('changes several Secrets of a file from the last to the first', async (t) => {
  const manifests = editable(
    { a: [stale, { ...stale, metadata: { name: 'last', namespace: 'shop' } }] },
    { a: '' },
  );
  const { stdout } = await rendered(manifests, ['a']);
  t.match(stdout, /^# shop\/last .*\n# shop\/app /);
});

t.test("reports a fault that it can't correct on standard error, with exit code 1", async (t) => {
  const manifests = editable({ a: [app({ ...STORY, JWT_SECRET: 'CHANGE_ME' })] }, { a: 'before\n' });
  const { exitCode, stdout, stderr } = await rendered(manifests, ['a']);
  t.equal(exitCode, 1);
  t.match(stdout, /^before\n/);
  t.match(stderr, /JWT_SECRET is a placeholder \[placeholder\]/);
});

t.test('leaves a value that each run would generate to the cluster', async (t) => {
  const generate = { name: 'reconciliation-secrets', annotations: { 'lockstep.dev/generate': 'true' } };
  const { JWT_SECRET, ...rest } = STORY;
  const manifests = editable({ a: [app(rest, generate)] }, { a: '' });
  const { exitCode, stdout } = await rendered(manifests, ['a']);
  t.equal(exitCode, 0);
  t.equal(stdout, `# shop/reconciliation-secrets DATABASE_URL=${STORY_URL}\n`);
});

t.test('prints nothing if a part could not be read', async (t) => {
  const { read, ...rest } = editable({ a: [stale], b: [stale] }, { a: 'a', b: 'b' });
  const broken: EditableManifests = {
    ...rest,
    read: async function* (...args) {
      for await (const file of read(...args)) {
        const errors = file.file === 'b' ? [{ file: 'b', line: 2, message: 'is no valid YAML' }] : [];
        yield { ...file, errors };
      }
    },
  };
  const { exitCode, stdout, stderr } = await rendered(broken, ['a', 'b']);
  t.same([exitCode, stdout], [2, '']);
  t.match(stderr, /b\n {2}2 {2}error {2}is no valid YAML/);
});

t.test('changes the file with --in-place, keeps its mode and links, and leaves no other file', async (t) => {
  const folder = t.testdir({
    'a.yaml': 'before\n',
    'clean.yaml': 'clean\n',
    link: t.fixture('symlink', 'a.yaml'),
  });
  const [file, link, clean] = ['a.yaml', 'link', 'clean.yaml'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  chmodSync(file, 0o640);
  const untouched = statSync(clean).mtimeMs;
  const manifests = editable({ [link]: [stale], [clean]: [app({ TOKEN: GOOD.key })] }, {});
  const { exitCode, stdout } = await rendered(manifests, [link, clean], { inPlace: true });
  t.equal(exitCode, 0);
  t.equal(stdout, `${link}: DATABASE_URL corrected\n`);
  t.match(readFileSync(file, 'utf8'), /^before\n# shop\/app DATABASE_URL=/);
  t.equal(statSync(file).mode & 0o777, 0o640);
  t.equal(statSync(clean).mtimeMs, untouched);
  t.same(readdirSync(folder).sort(), ['a.yaml', 'clean.yaml', 'link']);
});

t.test('writes UTF-16 as UTF-16', async (t) => {
  for (const [swap, mark] of [
    [false, [0xff, 0xfe]],
    [true, [0xfe, 0xff]],
  ] as const) {
    const folder = t.testdir({ 'a.yaml': '' });
    const file = join(folder, 'a.yaml');
    const bytes = Buffer.from('\ufeffbefore\n', 'utf16le');
    const manifests = {
      ...editable({ [file]: [stale] }, {}),
      bytesOf: async () => (swap ? bytes.swap16() : bytes),
    };
    await rendered(manifests, [file], { inPlace: true });
    const written = readFileSync(file);
    t.same([...written.subarray(0, 2)], mark);
    t.match((swap ? written.swap16() : written).toString('utf16le'), /^\ufeffbefore\n# shop\/app/);
  }
});

t.test('leaves out an example in a folder, which nothing has validated', async (t) => {
  const manifest = (name: string, value: string) =>
    `apiVersion: v1\nkind: Secret\nmetadata: {name: ${name}}\nstringData: {TOKEN: ${value}}\n`;
  const folder = t.testdir({
    'a.yaml': manifest('a', GOOD.key),
    'b.example.yaml': manifest('b', 'CHANGE_ME'),
  });
  const shell = aShell();
  t.equal(await run(['render', folder], shell), 0);
  t.equal(shell.printed.stdout, manifest('a', GOOD.key));
  t.equal(await run(['render', join(folder, 'b.example.yaml')], aShell()), 1);
});

t.test(
  'derives the keys of a Secret that is about to be sealed, because kubeseal reads the result',
  async (t) => {
    const bases = Object.entries(STORY).filter(([key]) => key !== 'DATABASE_URL');
    for (const annotation of ['managed', 'cluster-wide', 'namespace-wide']) {
      const metadata = `{ name: reconciliation-secrets, annotations: { sealedsecrets.bitnami.com/${annotation}: "true" } }`;
      const lines = bases.map(([key, value]) => `  ${key}: ${JSON.stringify(value)}\n`);
      const text = `apiVersion: v1\nkind: Secret\nmetadata: ${metadata}\nstringData:\n${lines.join('')}`;
      const shell = aShell();
      const exitCode = await run(['render', join(t.testdir({ 'app.yaml': text }), 'app.yaml')], shell);
      t.equal(exitCode, 0, shell.printed.stderr);
      t.match(shell.printed.stdout, /^ {2}DATABASE_URL: /m, annotation);
      t.match(shell.printed.stdout, `sealedsecrets.bitnami.com/${annotation}`);
    }
    const owned = `apiVersion: v1\nkind: Secret\nmetadata:\n  name: reconciliation-secrets\n  ownerReferences: [{ apiVersion: bitnami.com/v1alpha1, kind: SealedSecret, name: app, uid: u, controller: true }]\nstringData:\n${bases.map(([key, value]) => `  ${key}: ${JSON.stringify(value)}\n`).join('')}`;
    const shell = aShell();
    await run(['render', join(t.testdir({ 'app.yaml': owned }), 'app.yaml')], shell);
    t.notMatch(
      shell.printed.stdout,
      /^ {2}DATABASE_URL: /m,
      'a copy from the cluster belongs to its SealedSecret',
    );
  },
);
