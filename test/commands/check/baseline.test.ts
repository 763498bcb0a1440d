import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { run } from '../../../src/commands/program.ts';
import { FORMATS } from '../../../src/report/check/formats.ts';
import { aCanary, canarySearcher, digestSearcher } from '../../helpers/canary/canary.ts';
import { aShell } from '../../helpers/commands/commands.ts';
import { aSecret } from '../../helpers/commands/manifest-text.ts';

const denied = (name: string, ...keys: readonly string[]): string =>
  aSecret(`stringData:\n${keys.map((key) => `  ${key}: CHANGE_ME\n`).join('')}`, name);

/** A repository with manifests under `k8s`. */
function aRepository(t: Test, files: Readonly<Record<string, string>>) {
  const root = t.testdir();
  const write = (name: string, text: string): void => {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  };
  for (const [name, text] of Object.entries(files)) write(name, text);
  return {
    write,
    remove: (name: string) => rmSync(join(root, name)),
    read: (name = 'baseline.json') => readFileSync(join(root, name), 'utf8'),
    entries: () => JSON.parse(readFileSync(join(root, 'baseline.json'), 'utf8')).findings as readonly Entry[],
    check: async (paths: readonly string[], ...options: readonly string[]) => {
      const shell = aShell();
      const resolved = options.map((one) => one.replace('@', `${root}/`));
      const exitCode = await run(['check', ...paths.map((path) => join(root, path)), ...resolved], shell);
      const { stdout, stderr } = shell.printed;
      return { exitCode, stdout: stdout.replaceAll(root, ''), stderr: stderr.replaceAll(root, '') };
    },
  };
}

type Entry = Readonly<Record<string, unknown>>;

const WRITE = ['--write-baseline', '@baseline.json'];
const USE = ['--baseline', '@baseline.json'];

t.test('accepts the findings that were written, and reports new ones', async (t) => {
  const { write, read, check } = aRepository(t, {
    'k8s/b.yaml': denied('b', 'TOKEN', 'API_KEY'),
    'k8s/a.yaml': denied('a', 'JWT_SECRET'),
  });
  t.equal((await check(['k8s'])).exitCode, 1);
  t.match(await check(['k8s'], ...WRITE), {
    exitCode: 0,
    stderr: 'lockstep: wrote 3 findings to /baseline.json, before 0\n',
    stdout: /hint: 3 findings accepted by the baseline:.*2 allowed; 3 findings accepted\n$/s,
  });
  t.equal(
    read(),
    `{
  "version": 1,
  "findings": [
    { "file": "k8s/a.yaml", "ref": "default/a", "key": "JWT_SECRET", "rule": "placeholder" },
    { "file": "k8s/b.yaml", "ref": "default/b", "key": "API_KEY", "rule": "placeholder" },
    { "file": "k8s/b.yaml", "ref": "default/b", "key": "TOKEN", "rule": "placeholder" }
  ]
}
`,
  );
  t.equal((await check(['k8s'], ...USE)).exitCode, 0);
  // Another placeholder is the same finding. Another key and another rule are new ones.
  write('k8s/a.yaml', denied('a', 'JWT_SECRET', 'CSRF_SECRET').replace('CHANGE_ME', 'your-secret-here'));
  const changed = await check(['k8s'], ...USE);
  t.equal(changed.exitCode, 1);
  t.match(changed.stdout, 'CSRF_SECRET is a placeholder');
  t.notMatch(changed.stdout, 'JWT_SECRET is');
});

t.test('reports an entry without a finding as obsolete, and a new write removes it', async (t) => {
  const { write, remove, entries, check } = aRepository(t, {
    'k8s/a.yaml': denied('a', 'TOKEN'),
    'k8s/b.yaml': denied('b', 'TOKEN'),
    'other/c.yaml': denied('c', 'TOKEN'),
  });
  await check(['k8s', 'other'], ...WRITE);
  write('k8s/a.yaml', aSecret());
  remove('k8s/b.yaml');
  const { exitCode, stdout } = await check(['k8s'], ...USE);
  t.equal(exitCode, 0);
  t.match(
    stdout.replace(/\n {6}/g, ' '),
    /2 entries of \/baseline\.json without a finding: default\/a TOKEN placeholder in k8s\/a\.yaml, and 1 more\. --write-baseline removes them/,
  );
  for (const format of ['json', 'sarif', 'junit', 'github'])
    t.match((await check(['k8s'], ...USE, '--format', format)).stdout, 'default/a', format);
  t.match(JSON.parse((await check(['k8s'], ...USE, '--format', 'json')).stdout).baseline.obsolete, [
    { file: 'k8s/a.yaml', ref: 'default/a', key: 'TOKEN', rule: 'placeholder' },
    { file: 'k8s/b.yaml' },
  ]);
  t.match((await check(['k8s'], ...WRITE)).stderr, 'wrote 1 finding to /baseline.json, before 3');
  t.match(entries(), [{ file: 'other/c.yaml' }]);
});

t.test('a run of one file keeps the entries of the others, and their reasons', async (t) => {
  const { write, read, entries, check } = aRepository(t, {
    'k8s/a.yaml': denied('a', 'TOKEN'),
    'k8s/b.yaml': denied('b', 'TOKEN'),
  });
  await check(['k8s'], ...WRITE);
  write(
    'baseline.json',
    read().replaceAll('"rule": "placeholder"', '"rule": "placeholder", "reason": "OPS-412"'),
  );
  t.match((await check(['k8s/a.yaml'], ...USE, '--format', 'sarif')).stdout, '"justification": "OPS-412"');
  write('k8s/a.yaml', denied('a', 'API_KEY', 'TOKEN'));
  await check(['k8s/a.yaml'], ...WRITE);
  t.match(entries(), [
    { key: 'API_KEY', reason: undefined },
    { key: 'TOKEN', reason: 'OPS-412' },
    { file: 'k8s/b.yaml', reason: 'OPS-412' },
  ]);
  const once = read();
  await check(['k8s'], ...WRITE);
  t.equal(read(), once);
});

t.test('counts equal findings, and reports one more', async (t) => {
  const pod = (...names: readonly string[]) =>
    `apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - name: a\n    envFrom:\n${names.map((name) => `    - secretRef: {name: ${name}}\n`).join('')}`;
  const { write, entries, check } = aRepository(t, { 'k8s/a.yaml': pod('one', 'two') });
  await check(['k8s'], ...WRITE);
  t.same(entries(), [
    { file: 'k8s/a.yaml', kind: 'Pod', ref: 'default/a', key: '', rule: 'missing-reference', count: 2 },
  ]);
  t.equal((await check(['k8s'], ...USE, '--strict')).exitCode, 0);
  write('k8s/a.yaml', pod('one', 'two', 'three'));
  const { exitCode, stdout } = await check(['k8s'], ...USE, '--strict');
  t.equal(exitCode, 1);
  t.match(stdout, 'three');
});

t.test('with --strict the corrections of lockstep are written too', async (t) => {
  const text = aSecret(
    'stringData:\n  POSTGRES_USER: app\n  POSTGRES_PASSWORD: tHe-r1ght-0ne-47x\n  POSTGRES_HOST: db\n  POSTGRES_DB: app\n  DATABASE_URL: postgresql://app:other-Pa55word-9@db:5432/app\n',
  );
  const { entries, check } = aRepository(t, { 'k8s/a.yaml': text });
  await check(['k8s'], ...WRITE);
  t.same(entries(), []);
  await check(['k8s'], ...WRITE, '--strict');
  t.match(entries(), [{ key: 'DATABASE_URL', rule: 'mismatch' }]);
  t.equal((await check(['k8s'], ...USE, '--strict')).exitCode, 0);
  // A run without the option does not remove them.
  await check(['k8s'], ...WRITE);
  t.equal(entries().length, 1);
});

t.test('a finding that a comment accepts is not written', async (t) => {
  const text = denied('a', 'TOKEN', 'API_KEY').replace(
    'TOKEN: CHANGE_ME',
    '$& # lockstep:ignore placeholder -- a',
  );
  const { entries, check } = aRepository(t, { 'k8s/a.yaml': text });
  await check(['k8s'], ...WRITE);
  t.match(entries(), [{ key: 'API_KEY' }]);
});

t.test('the baseline is no manifest, also if a Git hook passes it', async (t) => {
  const { check } = aRepository(t, { 'k8s/a.yaml': denied('a', 'TOKEN') });
  await check(['k8s'], ...WRITE);
  t.equal((await check(['k8s/a.yaml', 'baseline.json'], ...USE)).exitCode, 0);
  t.equal((await check(['.'], ...USE)).exitCode, 0);
});

t.test('writes nothing if a file could not be read', async (t) => {
  const { write, read, check } = aRepository(t, { 'k8s/a.yaml': denied('a', 'TOKEN') });
  await check(['k8s'], ...WRITE);
  const before = read();
  write('k8s/b.yaml', 'kind: Secret\nstringData: {A: [\n');
  t.match(await check(['k8s'], ...WRITE), {
    exitCode: 2,
    stderr: /baseline\.json was not written, because not/,
  });
  t.equal(read(), before);
});

t.test('refuses a file that is no baseline, in one sentence with exit code 2', async (t) => {
  const entry = { file: 'a', ref: 'b', key: 'c', rule: 'placeholder' };
  const baselineOf = (different: object) =>
    JSON.stringify({ version: 1, findings: [{ ...entry, ...different }] });
  const { write, check } = aRepository(t, { 'k8s/a.yaml': aSecret(), 'folder/a.yaml': '' });
  for (const [text, sentence] of [
    ['', 'line 1 is no JSON'],
    ['{"version": 1,\n"findings": [}', 'line 2 is no JSON'],
    ['[]', 'it is no baseline: --write-baseline writes one'],
    ['{"version": 1}', 'it is no baseline'],
    ['{"version": "1", "findings": []}', 'it is no baseline'],
    ['{"version": 2, "findings": []}', 'it has version 2, and this lockstep reads version 1'],
    ['{"version": 1, "finding": []}', 'there is no field finding; did you mean findings?'],
    ['{\n<<<<<<< HEAD\n', 'line 2 is a merge conflict'],
    [aSecret(), 'line 1 is no JSON'],
    ['{"version": 1, "findings": [7]}', 'findings[0] is no object'],
    [
      baselineOf({ rule: 'placehodler' }),
      'findings[0].rule is placehodler, which is no rule; did you mean placeholder?',
    ],
    [baselineOf({ rule: 'ignore-comment' }), 'findings[0].rule is ignore-comment, which can not be accepted'],
    [baselineOf({ kez: 'a' }), 'there is no field findings[0].kez; did you mean key?'],
    [baselineOf({ value: 'hunter2hunter2' }), 'there is no field findings[0].value; it can have file, kind'],
    [baselineOf({ file: 7 }), 'findings[0].file is no text of at most 4096 characters'],
    [baselineOf({ key: 'a'.repeat(5000) }), 'findings[0].key is no text of at most 4096 characters'],
    [baselineOf({ count: 0 }), 'findings[0].count is no whole number from 1 to 1000000'],
    [baselineOf({ rule: `\u001b[31m${'a'.repeat(99)}` }), 'findings[0].rule is \\u001b[31maaa'],
  ] as const) {
    write('baseline.json', text);
    for (const options of [USE, WRITE]) {
      const { exitCode, stdout, stderr } = await check(['k8s'], ...options);
      t.same([exitCode, stdout], [2, ''], text);
      t.match(stderr, /^lockstep: the baseline \/baseline\.json can not be used: [^\n]+\n$/);
      t.ok(stderr.includes(sentence), `${sentence} in ${stderr}`);
      t.notMatch(stderr, 'hunter2');
    }
  }
  t.match(
    (await check(['k8s'], '--baseline', '@absent')).stderr,
    'it does not exist; --write-baseline writes it',
  );
  t.match((await check(['k8s'], '--baseline', '@folder')).stderr, 'it is no regular file');
  t.match(
    (await check(['k8s'], ...USE, '--write-baseline', '@b')).stderr,
    'it writes the file of --baseline',
  );
});

t.test('does not read a baseline of 100 MB', async (t) => {
  const { write, check } = aRepository(t, { 'k8s/a.yaml': aSecret(), 'baseline.json': '{}' });
  write('baseline.json', '');
  truncateSync(join(t.testdirName, 'baseline.json'), 100_000_000);
  t.match(await check(['k8s'], ...USE), { exitCode: 2, stderr: /is larger than 32 MiB/ });
});

t.test('hostile names in a baseline stay on their line', async (t) => {
  const hostile = 'a\u001b[31m\u202e\n::error::<b>]]>';
  const entry = { file: 'k8s/a.yaml', ref: hostile, key: hostile, rule: 'placeholder', reason: hostile };
  const { check } = aRepository(t, {
    'k8s/a.yaml': aSecret(),
    'baseline.json': JSON.stringify({ version: 1, findings: [entry] }),
  });
  for (const format of ['text', 'sarif', 'junit', 'github']) {
    const { exitCode, stdout } = await check(['k8s'], ...USE, '--format', format);
    t.equal(exitCode, 0);
    t.match(stdout, '::error', format);
    t.notMatch(stdout, /^::error|\u202e|\u001b|<b>.*<\/system/m, format);
  }
});

t.test('neither the baseline nor a report of accepted findings holds a value or its hash', async (t) => {
  const values = [aCanary(), `change-me-${aCanary()}`, `  ${aCanary()}`];
  const lines = ['TOKEN', 'JWT_SECRET', 'API_KEY'].map(
    (key, index) => `  ${key}: ${JSON.stringify(values[index])}\n`,
  );
  const text = (comment: string) =>
    aSecret(
      `stringData:\n${lines.join('')}  CSRF_SECRET: CHANGE_ME\n  PASSWORD: |${comment}\n    # lockstep:ignore weak -- ${values[0]}\n`,
    );
  const { write, read, check } = aRepository(t, { 'k8s/a.yaml': text(' # lockstep:ignore weak -- a') });
  const outputs: string[] = [];
  for (const options of [WRITE, USE]) {
    for (const format of FORMATS) {
      const { stdout, stderr } = await check(['k8s'], ...options, '--format', format);
      outputs.push(stdout, stderr);
    }
    outputs.push(read());
    write('k8s/a.yaml', text(''));
  }
  t.match(outputs.join(), 'CSRF_SECRET');
  t.same(canarySearcher(values)(outputs.join('\n')), []);
  t.same(digestSearcher(values, [])(outputs.join('\n')), []);
});
