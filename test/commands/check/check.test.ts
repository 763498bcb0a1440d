import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { FORMATS } from '../../../src/report/check/formats.ts';
import type { CheckedSecret } from '../../../src/report/check-report.ts';
import { aCanary, findCanaries } from '../../helpers/canary/canary.ts';
import { checkOutput } from '../../helpers/commands/commands.ts';
import { type PlainManifest, plainManifests } from '../../helpers/commands/plain-manifests.ts';
import { GOOD, STORY, STORY_URL } from '../../helpers/engine/engine.ts';

type Values = Readonly<Record<string, string>>;

const secret = (stringData: Values, metadata: Values = {}, more: object = {}): PlainManifest => ({
  metadata: { name: 'app', namespace: 'shop', ...metadata },
  stringData,
  ...more,
});

const clean = secret({ TOKEN: GOOD.key });
const denied = secret({ JWT_SECRET: 'CHANGE_ME' });
const toFix = secret(
  { ...STORY, DATABASE_URL: STORY_URL.replace(GOOD.password, GOOD.other) },
  { name: 'db' },
);

const run = (objects: readonly PlainManifest[], options: Parameters<typeof checkOutput>[2] = {}) =>
  checkOutput(plainManifests({ 'k8s/app.yaml': objects }), ['k8s/app.yaml'], options);

async function secretsIn(objects: Readonly<Record<string, readonly PlainManifest[]>>, options = {}) {
  const { stdout } = await checkOutput(plainManifests(objects), Object.keys(objects), {
    format: 'json',
    ...options,
  });
  return JSON.parse(stdout).secrets as readonly CheckedSecret[];
}

t.test('sets the exit code to 1 if the cluster would refuse a Secret', async (t) => {
  t.equal((await run([clean])).exitCode, 0);
  t.equal((await run([])).exitCode, 0);
  t.equal((await run([clean, denied])).exitCode, 1);
  t.equal((await run([toFix])).exitCode, 0);
  t.equal((await run([toFix], { strict: true })).exitCode, 1);
});

t.test('exits with 2 after an unreadable file, and still validates the rest', async (t) => {
  const { read, bytesOf } = plainManifests({ 'a.yaml': [denied] });
  const manifests = {
    bytesOf,
    read: async function* (...args: Parameters<typeof read>) {
      yield* read(...args);
      const errors = [{ file: 'b.yaml', line: 3, message: 'is no valid YAML' }];
      yield { file: 'b.yaml', secrets: [], errors, hints: [] };
    },
  };
  const { exitCode, stdout } = await checkOutput(manifests, ['a.yaml', 'b.yaml']);
  t.equal(exitCode, 2);
  t.match(stdout, /JWT_SECRET is a placeholder.*b\.yaml\n {2}3 {2}error {2}is no valid YAML/s);
});

t.test('reports each verdict', async (t) => {
  const verdicts = await secretsIn({
    'a.yaml': [
      clean,
      denied,
      toFix,
      secret({ JWT_SECRET: 'CHANGE_ME' }, { namespace: 'kube-system' }),
      secret({ JWT_SECRET: 'CHANGE_ME' }, {}, { type: 'helm.sh/release.v1' }),
      secret({ COLOUR: 'blue' }),
    ],
  });
  t.same(
    verdicts.map(({ verdict }) => verdict),
    ['allow', 'deny', 'fix', 'skip', 'skip', 'allow'],
  );
});

t.test('reports a fault of the form with its bare ID, as refused or swallowed', async (t) => {
  const { read, bytesOf } = plainManifests({
    'a.yaml': [secret({ JWT_SECRET: 'CHANGE_ME' }, { namespace: 'kube-system' })],
  });
  const place = { file: 'a.yaml', line: 7, column: 3 };
  const fault = { key: 'PORT', message: 'is a number', fix: 'quote it', place };
  const withFaults = (refused: boolean) => ({
    bytesOf,
    read: async function* (...args: Parameters<typeof read>) {
      for await (const file of read(...args)) {
        const faults = [{ ...fault, rule: 'not-a-string' as const, refused }];
        yield { ...file, secrets: file.secrets.map((each) => ({ ...each, faults })) };
      }
    },
  });
  for (const [refused, action, verdict] of [
    [true, 'Enforce', 'deny'],
    [false, 'Warn', 'skip'],
  ] as const) {
    const { stdout } = await checkOutput(withFaults(refused), ['a.yaml'], { format: 'json' });
    t.match(JSON.parse(stdout).secrets, [
      { verdict, findings: [{ rule: 'not-a-string', key: 'PORT', action, line: 7, column: 3 }] },
    ]);
  }
});

t.test('does not validate ciphertext', async (t) => {
  const { read, bytesOf } = plainManifests({ 'a.yaml': [denied] });
  const manifests = {
    bytesOf,
    read: async function* (...args: Parameters<typeof read>) {
      for await (const file of read(...args)) {
        yield { ...file, secrets: file.secrets.map((each) => ({ ...each, skipped: 'sops' as const })) };
      }
    },
  };
  const { stdout } = await checkOutput(manifests, ['a.yaml'], { format: 'json' });
  t.match(JSON.parse(stdout).secrets, [{ verdict: 'skip', findings: [], changes: [] }]);
});

t.test('denies a key that another tool renders later, or skips it if allowed', async (t) => {
  const keys = { PASSWORD: 'vault:secret/data/app#password', API_KEY: '${API_KEY}', SECRET: '<path:a/b#c>' };
  const found = async (allowReferences: boolean) =>
    (await secretsIn({ a: [secret({ ...keys, JWT_SECRET: 'CHANGE_ME' })] }, { allowReferences })).flatMap(
      ({ verdict, findings }) => [verdict, ...findings.map(({ key }) => key)],
    );
  t.same(await found(false), ['deny', 'JWT_SECRET', 'PASSWORD', 'API_KEY', 'SECRET']);
  t.same(await found(true), ['deny', 'JWT_SECRET']);
});

t.test('uses a policy of the user, and can leave out a built-in one', async (t) => {
  const folder = t.testdir({
    'own.yaml':
      'apiVersion: lockstep.dev/v1alpha1\nkind: SecretPolicy\nmetadata: {name: own}\nspec: {keys: {COLOUR: {required: true}}}\n',
  });
  t.match(await secretsIn({ a: [clean] }, { policy: [join(folder, 'own.yaml')] }), [
    { verdict: 'deny', findings: [{ rule: 'required', key: 'COLOUR' }] },
  ]);
  const builtin = ['jwt-keys', 'no-placeholders'];
  t.match(await secretsIn({ a: [denied] }, { builtin }), [{ verdict: 'allow', findings: [] }]);
});

t.test('warns about one login with two passwords across files', async (t) => {
  const login = { POSTGRES_USER: 'shop', POSTGRES_DB: 'orders', POSTGRES_PASSWORD: GOOD.password };
  const url = { DATABASE_URL: `postgresql://shop:${GOOD.other}@db/orders` };
  const other = secret(url, { name: 'api' });
  t.match(await secretsIn({ 'k8s/db.yaml': [secret(login)], 'k8s/api/api.yaml': [other] }), [
    { verdict: 'allow', findings: [] },
    {
      verdict: 'allow',
      findings: [
        {
          rule: 'cross-secret',
          action: 'Warn',
          key: 'DATABASE_URL',
          message: /POSTGRES_PASSWORD of Secret shop\/app/,
        },
      ],
    },
  ]);
  const elsewhere = secret(url, { name: 'api', namespace: 'stage' });
  t.match(await secretsIn({ 'k8s/db.yaml': [secret(login), elsewhere] }), [
    { findings: [] },
    { findings: [] },
  ]);
});

t.test('compares only Secrets of one folder if overlays repeat them', async (t) => {
  const login = (password: string) =>
    secret({ POSTGRES_USER: 'shop', POSTGRES_DB: 'orders', POSTGRES_PASSWORD: password });
  const url = (password: string) =>
    secret({ DATABASE_URL: `postgresql://shop:${password}@db/orders` }, { name: 'api' });
  const found = await secretsIn({
    'dev/db.yaml': [login(GOOD.password)],
    'dev/api.yaml': [url(GOOD.password)],
    'prod/db.yaml': [login(GOOD.other)],
    'prod/api.yaml': [url(GOOD.key)],
  });
  t.same(
    found.flatMap(({ file, findings }) => findings.map(({ rule }) => `${file} ${rule}`)),
    ['prod/api.yaml cross-secret'],
  );
});

t.test('writes a complete file with --output, and the text to the terminal', async (t) => {
  const folder = t.testdir({ 'old.sarif': 'before' });
  for (const name of ['old.sarif', 'new.sarif']) {
    const output = join(folder, name);
    const { stdout, exitCode } = await run([denied], { format: 'sarif', output });
    t.equal(exitCode, 1);
    t.equal(JSON.parse(readFileSync(output, 'utf8')).version, '2.1.0');
    t.match(stdout, /JWT_SECRET is a placeholder/);
    t.equal(statSync(output).mode & 0o777, 0o644);
  }
  const output = join(folder, 'absent', 'x.sarif');
  await t.rejects(run([denied], { output }), {
    exitCode: 2,
    message: /^cannot write .*x\.sarif \(ENOENT\); [^\n]+$/,
  });
});

t.test('prints no value and no part of one in any format', async (t) => {
  const canaries = Array.from({ length: 9 }, () => aCanary());
  const [a = '', b = '', c = '', d = '', e = '', f = '', g = '', h = '', i = ''] = canaries;
  const objects = [
    secret({
      POSTGRES_USER: a,
      POSTGRES_PASSWORD: `'${b}'`,
      POSTGRES_DB: `${c}/`,
      DATABASE_URL: `postgresql://${d}:${e}@host/${c}`,
      DIRECT_URL: `postgresql://${a}:${f}@host/${c}`,
      JWT_SECRET: `your-${g}`.slice(0, 20),
      JWT_REFRESH_SECRET: `${h}\u0007\n`,
    }),
    secret(
      { POSTGRES_USER: a, POSTGRES_PASSWORD: i, OTHER: `vault:${h}`, LAST: `$(${g})` },
      { name: 'other' },
    ),
  ];
  for (const format of FORMATS) {
    for (const strict of [false, true]) {
      const { stdout, stderr } = await run(objects, { format, strict });
      t.match(stdout, /JWT_SECRET|POSTGRES_DB/, 'there is something to tell');
      t.same(findCanaries(stdout + stderr, canaries), [], format);
    }
  }
});
