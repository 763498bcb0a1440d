import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';

import { LockstepError } from '../../../src/errors/errors.ts';
import { loadPolicies } from '../../../src/manifest/policies/policies.ts';

const BUILTIN = fileURLToPath(new URL('../../../manifests/policies/', import.meta.url));
const now = new Date('2026-11-25T12:00:00Z');
const load = (paths: readonly string[], drop: readonly string[] = []) =>
  loadPolicies(paths, { dir: BUILTIN, drop }, now);
const namesOf = async (paths: readonly string[], drop?: readonly string[]): Promise<readonly string[]> =>
  (await load(paths, drop)).policies.map(({ name }) => name);

const HEAD = 'apiVersion: lockstep.dev/v1alpha1\nkind: SecretPolicy\n';
const aPolicy = (name: string, spec = '{keys: {K: {}}}'): string =>
  `${HEAD}metadata: {name: ${name}}\nspec: ${spec}\n`;

/** Every line that is said of files of these texts, the folder cut off. */
async function faults(t: Test, files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const dir = t.testdir(files);
  try {
    await load([dir]);
    return [];
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    t.equal(error.exitCode, 2);
    return error.message.split('\n').map((line) => line.replaceAll(`${dir}/`, ''));
  }
}

t.test('the built-in policies are loaded, and a policy of the same name replaces one', async (t) => {
  const shipped = await namesOf([]);
  for (const name of ['reconciliation', 'postgres-credentials', 'jwt-keys', 'no-placeholders']) {
    t.ok(shipped.includes(name), name);
  }
  const dir = t.testdir({ 'mine.yaml': aPolicy('jwt-keys', '{keys: {MINE: {}}}') });
  const { policies } = await load([dir]);
  t.same(
    policies.filter(({ name }) => name === 'jwt-keys').map(({ keys }) => keys.map(({ name }) => name)),
    [['MINE']],
  );
});

t.test('a built-in policy can be left out, by a name that exists', async (t) => {
  t.notOk((await namesOf([], ['jwt-keys'])).includes('jwt-keys'));
  await t.rejects(load([], ['jwt']), { message: 'there is no built-in policy jwt; did you mean jwt-keys?' });
  await t.rejects(load([], ['xyz']), { message: /^there is no built-in policy xyz; there are .*jwt-keys/ });
});

t.test('files, folders in folders and several documents in one file are read', async (t) => {
  const dir = t.testdir({
    'two.yaml': `---\n${aPolicy('a')}---\n---\n# nothing\n---\n${aPolicy('b')}`,
    more: { 'c.yml': aPolicy('c'), 'd.json': JSON.stringify({ ...DOCUMENT, metadata: { name: 'd' } }) },
    'README.md': 'no policy',
    '.hidden.yaml': 'no policy',
  });
  t.same((await namesOf([dir])).slice(0, 4), ['c', 'd', 'a', 'b']);
  t.same((await namesOf([join(dir, 'two.yaml')])).slice(0, 2), ['a', 'b']);
});

const DOCUMENT = { apiVersion: 'lockstep.dev/v1alpha1', kind: 'SecretPolicy', spec: {} };

t.test('a List, as kubectl prints the policies of a cluster, is the policies in it', async (t) => {
  const stored = (name: string, keys: object) => ({
    apiVersion: 'lockstep.dev/v1alpha1',
    kind: 'SecretPolicy',
    metadata: { name, uid: 'x', generation: 3, managedFields: [] },
    spec: { action: 'Warn', keys },
    status: { observedGeneration: 3, conditions: [] },
  });
  const list = (items: readonly object[]) =>
    JSON.stringify({ apiVersion: 'v1', kind: 'List', items }, null, 1);
  const dir = t.testdir({ 'l.json': list([stored('one', { A: {} }), stored('two', { B: {} })]) });
  t.same((await namesOf([dir])).slice(0, 2), ['one', 'two']);
  const [line, ...others] = await faults(t, {
    'l.json': list([stored('one', {}), stored('two', { A: { nme: 1 } })]),
  });
  t.match(line, /^l\.json:\d+: spec\.keys\.A\.nme: is no field of a SecretPolicy/);
  t.same(others, []);
  t.match(await faults(t, { 'l.json': list([null as never]) }), [/^l\.json:\d+: .*is no SecretPolicy/]);
});

t.test('a mounted ConfigMap is read once, through its links', async (t) => {
  const dir = t.testdir({});
  mkdirSync(join(dir, '..2026_11_25'));
  writeFileSync(join(dir, '..2026_11_25', 'a.yaml'), aPolicy('a'));
  symlinkSync('..2026_11_25', join(dir, '..data'));
  symlinkSync('..data/a.yaml', join(dir, 'a.yaml'));
  t.equal((await namesOf([dir]))[0], 'a');
});

t.test('loads a policy with an expired exception, and warns', async (t) => {
  const spec = (until: string): string =>
    `\n  keys: {K: {}}\n  exceptions:\n    - {namespace: legacy, name: app, keys: [K], reason: OPS-412, until: ${until}}`;
  const { warnings } = await load([t.testdir({ 'p.yaml': aPolicy('p', spec('2026-11-24')) })]);
  t.same(warnings, [
    'policy p: the exception for legacy/app (OPS-412) ran out on 2026-11-24 and is ignored, so renew or remove it',
  ]);
  t.same((await load([t.testdir({ 'p.yaml': aPolicy('p', spec('2026-11-25')) })])).warnings, []);
});

t.test('reports a fault of a policy with file, line, path and fix', async (t) => {
  for (const [text, expected] of [
    [
      aPolicy(
        'p',
        '\n  keys:\n    A: {derive: {template: "x-${B}"}}\n    B:\n      derive: {template: "y-${A}"}',
      ),
      [
        'p.yaml:6: spec.keys.A.derive.template: is derived from itself, directly or through other derived keys: break the cycle',
        'p.yaml:8: spec.keys.B.derive.template: is derived from itself, directly or through other derived keys: break the cycle',
      ],
    ],
    [
      aPolicy('p', '\n  keys:\n    A:\n      derive:\n        template: "x-${B}"'),
      [
        'p.yaml:8: spec.keys.A.derive.template: names ${B}, which is neither under keys nor has a default: add it under keys, or write ${B:-default}',
      ],
    ],
    [
      aPolicy('p', '\n  keys:\n    A: {derive: {template: "x-${B"}}'),
      [
        'p.yaml:6: spec.keys.A.derive.template: has a "${" that is no ${KEY} or ${KEY:-default}: fix the template',
      ],
    ],
    [
      `${aPolicy('p')}---\n${aPolicy('p')}`,
      ['p.yaml:8: metadata.name: p is already the name of the policy at p.yaml:1: rename one'],
    ],
    [
      aPolicy('p', '{keys: {A: {minLength: 0, requird: true}}}'),
      [
        'p.yaml:4: spec.keys.A.minLength: is too small: write at least 1',
        'p.yaml:4: spec.keys.A.requird: is no field of a SecretPolicy: did you mean required?',
      ],
    ],
    [`${HEAD}metadata: {name: p}\n`, ['p.yaml:1: spec: is missing: write a map']],
    [
      'apiVersion: v1\nkind: Secret\nmetadata: {name: p}\n',
      ['p.yaml:1: is no SecretPolicy: only kind SecretPolicy of lockstep.dev/v1alpha1 belongs here'],
    ],
    ['# nothing\n', ['p.yaml:1: is empty: put a SecretPolicy there']],
    [
      `${HEAD}metadata: {name: p}\nmetadata: {name: q}\nspec: {}\n`,
      ['p.yaml:4: is no valid YAML: a key stands twice: remove one of the two'],
    ],
  ] as const) {
    t.same(await faults(t, { 'p.yaml': text }), expected);
  }
});

t.test('reads a policy as the API server does, which follows YAML 1.1', async (t) => {
  for (const word of ['Off', 'off', 'no', 'n', 'false'])
    t.same(await faults(t, { 'p.yaml': aPolicy('p', `\n  heal: ${word}\n  keys: {K: {}}`) }), [
      'p.yaml:5: spec.heal: must be "Off", Drift or Always: YAML reads Off without quotes as false',
    ]);
  t.match(await faults(t, { 'p.yaml': aPolicy('p', '{keys: {K: {default: on}}}') }), [
    /^p\.yaml:4: spec\.keys\.K\.default: has the wrong type: write a string$/,
  ]);
  t.same(await faults(t, { 'p.yaml': aPolicy('p', '{heal: ~, match: , keys: {K: {required: null}}}') }), []);
  t.match(await faults(t, { 'p.yaml': aPolicy('p', '{keys: {K: }}') }), [
    /^p\.yaml:4: spec\.keys\.K: has the wrong type: write a map$/,
  ]);
  t.same(await faults(t, { 'p.yaml': `${aPolicy('p')}...\n${aPolicy('q')}` }), [
    'p.yaml:6: is not read by kubectl: begin another document with a line ---',
  ]);
  const dir = t.testdir({
    'p.yaml': aPolicy(
      'p',
      '{restart: yes, keys: {K: {minLength: 010, maxLength: 0x10, required: y, default: "off"}}}',
    ),
  });
  const { policies } = await load([dir]);
  t.match(policies[0], {
    restart: true,
    keys: [{ minLength: 8, maxLength: 16, required: true, default: 'off' }],
  });
});

t.test('reports a policy name that two files use, with both positions', async (t) => {
  t.same(await faults(t, { 'a.yaml': aPolicy('p'), 'b.yaml': aPolicy('p') }), [
    'b.yaml:3: metadata.name: p is already the name of the policy at a.yaml:1: rename one',
  ]);
});

t.test('reports all faults of all files at once', async (t) => {
  const files = { 'a.yaml': aPolicy('A A'), 'b.yaml': aPolicy('b', '7'), 'c.yaml': 'a: [' };
  t.same(
    (await faults(t, files)).map((line) => line.split(':')[0]),
    ['a.yaml', 'b.yaml', 'c.yaml'],
  );
});

t.test('a YAML bomb and a bottomless document are faults, not a wait', async (t) => {
  const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]'];
  for (const [of, name] of ['ab', 'bc', 'cd', 'de', 'ef', 'fg', 'gh'].map((pair) => [...pair])) {
    bomb.push(`${name}: &${name} [${Array(9).fill(`*${of}`).join(', ')}]`);
  }
  t.match((await faults(t, { 'p.yaml': bomb.join('\n') }))[0], /^p\.yaml:2: expands to far more .*alias/);
  t.match(
    (await faults(t, { 'p.yaml': `a: ${'['.repeat(20_000)}` }))[0],
    /^p\.yaml:1: is no valid YAML: .*deep/,
  );
  t.match(
    (await faults(t, { 'p.yaml': `# ${'x'.repeat(1024 * 1024)}` }))[0],
    /^p\.yaml: is larger than 1 MiB/,
  );
});

t.test('a path that can not be read, or holds no policy, is one sentence', async (t) => {
  const dir = t.testdir({ empty: {}, folder: { 'x.txt': '' } });
  symlinkSync('loop.yaml', join(dir, 'loop.yaml'));
  for (const [path, message] of [
    ['missing', /^cannot read policies from .*missing \(ENOENT\); give a file or folder that exists$/],
    ['loop.yaml', /^cannot read policies from .*loop\.yaml \(ELOOP\)/],
    ['empty', /^there is no policy in .*empty; put a SecretPolicy there/],
    ['folder', /^there is no policy in .*folder; put a SecretPolicy there/],
  ] as const) {
    await t.rejects(load([join(dir, path)]), { message });
  }
  await t.rejects(load(['/dev/null']), { message: /\/dev\/null \(it is no file\)/ });
});
