import { Buffer } from 'node:buffer';
import { readFile, stat, writeFile } from 'node:fs/promises';
import t, { type Test } from 'tap';
import { parse } from 'yaml';
import { run } from '../../../src/commands/program.ts';
import { findCanaries } from '../../helpers/canary/canary.ts';
import { aShell } from '../../helpers/commands/commands.ts';
import { GOOD, STORY } from '../../helpers/engine/engine.ts';

const MANIFEST = `# The team's own words.
apiVersion: v1
kind: Secret
metadata: {name: reconciliation-secrets}   # no namespace
stringData:
  POSTGRES_USER: recon
  POSTGRES_PASSWORD: '${GOOD.password}'    # from the database team
  CSRF_SECRET: ""
`;

async function aFile(t: Test, text: string): Promise<string> {
  const file = `${t.testdir()}/secret.yaml`;
  await writeFile(file, text, { mode: 0o640 });
  return file;
}

async function into(file: string, ...args: readonly string[]) {
  const shell = aShell();
  const exitCode = await run(['generate', '--into', file, ...args], shell);
  return { exitCode, ...shell.printed, text: await readFile(file, 'utf8').catch(() => '') };
}

t.test('adds missing keys, and changes nothing else', async (t) => {
  const file = await aFile(t, MANIFEST);
  const { exitCode, stdout, stderr, text } = await into(file);
  t.same({ exitCode, stderr }, { exitCode: 0, stderr: '' });
  const added = 'POSTGRES_DB, DATABASE_URL, JWT_SECRET, JWT_REFRESH_SECRET, PASSWORD_MASTER_KEY';
  t.equal(stdout, `${file}: ${added} added\n`);
  t.ok(text.startsWith(MANIFEST), text);
  const { stringData } = parse(text);
  t.equal(
    stringData.DATABASE_URL,
    `postgresql://recon:${GOOD.password}@postgres-service:5432/reconciliation?sslmode=disable`,
  );
  t.equal(stringData.CSRF_SECRET, '');
  t.equal((await stat(file)).mode & 0o777, 0o640);

  const again = await into(file);
  t.same(again, { exitCode: 0, stdout: `${file}: nothing is missing\n`, stderr: '', text });
});

t.test('fills a required key that is empty', async (t) => {
  const file = await aFile(t, MANIFEST.replace(`'${GOOD.password}'`, '""'));
  const { stdout, text } = await into(file);
  t.match(stdout, 'POSTGRES_PASSWORD');
  t.match(parse(text).stringData.POSTGRES_PASSWORD, /^[A-Za-z0-9]{32}$/);
});

t.test('reports a fault that was there before, and leaves the file unchanged', async (t) => {
  const manifest = MANIFEST.replace(`'${GOOD.password}'`, 'CHANGE_ME');
  const { exitCode, stdout, stderr, text } = await into(await aFile(t, manifest));
  t.same({ exitCode, stdout, text }, { exitCode: 1, stdout: '', text: manifest });
  t.match(
    stderr,
    /^lockstep: data\[POSTGRES_PASSWORD\]: is a placeholder \[lockstep\/placeholder\][^\n]+\n$/,
  );
});

t.test('leaves corrections to lockstep render', async (t) => {
  const url = `postgresql://recon:${GOOD.other}@postgres-service:5432/reconciliation`;
  const { exitCode, stderr, text } = await into(await aFile(t, `${MANIFEST}  DATABASE_URL: ${url}\n`));
  t.equal(exitCode, 0);
  t.equal(stderr, 'lockstep: data[DATABASE_URL] is left as it is. lockstep render corrects it.\n');
  t.equal(parse(text).stringData.DATABASE_URL, url);
});

t.test('selects one of several Secrets by its name', async (t) => {
  const two = `${MANIFEST}---\n${MANIFEST.replace('name: reconciliation-secrets', 'name: other')}`;
  const file = await aFile(t, two);
  const unclear = await into(file);
  t.equal(unclear.exitCode, 2);
  t.match(unclear.stderr, 'default/reconciliation-secrets, default/other; say which with --name');
  t.equal((await into(file, '--name', 'reconciliation-secrets')).exitCode, 0);
});

t.test('reports an error in one sentence without a value, and leaves the file unchanged', async (t) => {
  for (const [text, args, sentence] of [
    [MANIFEST, ['--name', 'x'], 'holds no such Secret; it holds default/reconciliation-secrets'],
    [MANIFEST, ['--set', `POSTGRES_PASSWORD=${GOOD.other}`], 'POSTGRES_PASSWORD has a value already'],
    [MANIFEST, ['--format', 'json'], '--format: it does not go together with --into'],
    [MANIFEST, ['--env', 'prod'], 'has no environment prod'],
    ['kind: ConfigMap\napiVersion: v1\n', [], 'holds no such Secret; it holds none'],
    [`${MANIFEST}  OTHER: "${STORY.JWT_SECRET}\n`, [], 'secret.yaml:'],
    [`${MANIFEST}dta: {KEY: "%${GOOD.key}"}\n`, [], 'secret.yaml:9: dta'],
  ] as const) {
    const result = await into(await aFile(t, text), ...args);
    t.same([result.exitCode, result.stdout, result.text], [2, '', text], sentence);
    t.match(result.stderr, /^lockstep: [^\n]+\n$/);
    t.match(result.stderr, sentence);
    t.same(findCanaries(result.stderr, Object.values(GOOD)), []);
  }
  t.match(
    (await into(`${t.testdir()}/absent.yaml`)).stderr,
    /^lockstep: --into: [^\n]*absent\.yaml[^\n]*\n$/,
  );
  t.match((await into(t.testdir({ 'a.yaml': MANIFEST }))).stderr, 'is a folder; give a file');
});

t.test('replaces the placeholders that a policy generates, and keeps the others', async (t) => {
  const manifest = `${MANIFEST.replace(`'${GOOD.password}'`, 'CHANGE_ME')}  DATABASE_URL: postgresql://recon:CHANGE_ME@db:5432/app
  JWT_SECRET: your-jwt-secret-min-32-characters   # a comment
  STRIPE_SECRET_KEY: sk_live_your_key_here
  MAIL_URL: smtp://app:CHANGE_ME@mail
  SLACK_TOKEN: \${SLACK_TOKEN}
`;
  const file = await aFile(t, manifest);
  const { exitCode, stdout, stderr, text } = await into(file, '--replace-placeholders');
  t.equal(exitCode, 1, 'check would still refuse it');
  const { stringData } = parse(text);
  t.match(stringData, {
    POSTGRES_PASSWORD: /^[A-Za-z0-9]{32}$/,
    DATABASE_URL: `postgresql://recon:${stringData.POSTGRES_PASSWORD}@db:5432/app`,
    JWT_SECRET: /^[\w-]{64}$/,
    STRIPE_SECRET_KEY: 'sk_live_your_key_here',
    MAIL_URL: 'smtp://app:CHANGE_ME@mail',
    SLACK_TOKEN: '${SLACK_TOKEN}',
  });
  t.match(text, /# a comment\n/);
  t.match(
    stdout,
    /: JWT_REFRESH_SECRET, PASSWORD_MASTER_KEY added; POSTGRES_PASSWORD, DATABASE_URL, JWT_SECRET replaced; STRIPE_SECRET_KEY, MAIL_URL, SLACK_TOKEN kept\n$/,
  );
  t.match(
    stderr,
    /data\[STRIPE_SECRET_KEY\]: is a placeholder [^\n]*: set the key that the vendor issued \(policy no-placeholders\)\n/,
  );
  t.match(stderr, /data\[SLACK_TOKEN\]: is a template that nobody rendered/);
  t.same(findCanaries(stdout + stderr, [stringData.POSTGRES_PASSWORD, stringData.JWT_SECRET]), []);

  const again = await into(file, '--replace-placeholders');
  t.equal(again.text, text);
  t.match(again.stdout, /: STRIPE_SECRET_KEY, MAIL_URL, SLACK_TOKEN kept\n$/);
});

t.test('invents no other login next to a URL', async (t) => {
  const url = 'postgresql://recon:Vq7mT2xLr9KcW4nB8sZd@db:5432/app';
  const manifest = MANIFEST.replace(/stringData:[\s\S]*/, `stringData:\n  DATABASE_URL: ${url}\n`);
  const { exitCode, stderr, text } = await into(await aFile(t, manifest));
  t.same({ exitCode, stderr }, { exitCode: 0, stderr: '' });
  t.same(Object.keys(parse(text).stringData), [
    'DATABASE_URL',
    'JWT_SECRET',
    'JWT_REFRESH_SECRET',
    'CSRF_SECRET',
    'PASSWORD_MASTER_KEY',
  ]);
  t.equal(parse(text).stringData.DATABASE_URL, url);
  const bad = await into(
    await aFile(t, manifest.replace('Vq7mT2xLr9KcW4nB8sZd', 'CHANGE_ME')),
    '--replace-placeholders',
  );
  t.match(bad, { exitCode: 1, stdout: /added; DATABASE_URL kept\n$/ });
});

t.test('replaces a placeholder that stands raw under data', async (t) => {
  const manifest = MANIFEST.replace(
    /stringData:[\s\S]*/,
    'data:\n  POSTGRES_PASSWORD: CHANGE_ME\n  POSTGRES_USER: cmVjb24=\n',
  );
  const file = await aFile(t, manifest);
  const { exitCode, stderr, text } = await into(file, '--replace-placeholders');
  t.equal(exitCode, 0, stderr);
  t.match(Buffer.from(parse(text).data.POSTGRES_PASSWORD, 'base64').toString(), /^[A-Za-z0-9]{32}$/);
  const other = await into(await aFile(t, `${manifest}  OTHER: "!"\n`), '--replace-placeholders');
  t.match(other, { exitCode: 1, stdout: /POSTGRES_PASSWORD replaced; OTHER kept\n$/ });
});

t.test('keeps a value that can not be read, and completes the Secret around it', async (t) => {
  const bad = `%${GOOD.key}`;
  const manifest = `${MANIFEST}  LIMIT: 5432\ndata: {CSRF_TOKEN: "${bad}", JWT_SECRET: "${bad}"}   # pasted\n`;
  for (const args of [[], ['--replace-placeholders']]) {
    const { exitCode, stdout, stderr, text } = await into(await aFile(t, manifest), ...args);
    t.equal(exitCode, 1, 'check would still refuse it');
    t.match(stdout, /: POSTGRES_DB, DATABASE_URL, JWT_REFRESH_SECRET, PASSWORD_MASTER_KEY added; /);
    t.match(stdout, /; CSRF_TOKEN, JWT_SECRET, LIMIT kept\n$/);
    t.match(text, `data: {CSRF_TOKEN: "${bad}", JWT_SECRET: "${bad}"}   # pasted\n`);
    t.match(
      stderr,
      'lockstep: data[JWT_SECRET]: is under data and is not base64 [lockstep/invalid-base64]: ',
    );
    t.match(stderr, 'lockstep: data[LIMIT]: is a number, and a Secret holds text [lockstep/not-a-string]: ');
    t.equal(stderr.split('\n').length, 4, 'no other finding about a value that can not be read');
    t.same(
      findCanaries(stdout + stderr, [GOOD.key, ...Object.values(parse(text).stringData).map(String)]),
      [],
    );
  }
});

t.test('warns that the owner of the Secret overwrites the change', async (t) => {
  const withUrl = `${MANIFEST}  DATABASE_URL: postgresql://recon:${GOOD.password}@db:5432/reconciliation\n`;
  const owned = (label: string) => withUrl.replace(/secrets\}.*/, `secrets, labels: {${label}}}`);
  const external = await into(await aFile(t, owned('reconcile.external-secrets.io/managed: "true"')));
  t.equal(external.exitCode, 0);
  t.equal(
    external.stderr,
    'lockstep: default/reconciliation-secrets belongs to an ExternalSecret, which overwrites this change: change the values in its store or its template (lockstep render --external-secret --policy reconciliation)\n',
  );
  const other = await into(await aFile(t, owned('cnpg.io/cluster: pg')));
  t.match(other.stderr, /belongs to CloudNativePG, which overwrites this change: change the values there\n$/);
  const sealed = withUrl.replace(
    /secrets\}.*/,
    'secrets, annotations: {sealedsecrets.bitnami.com/managed: "true"}}',
  );
  t.equal((await into(await aFile(t, sealed))).stderr, '', 'kubeseal reads the manifest');
});

t.test('replaces what it can where a value of the team is missing', async (t) => {
  const policies = `${t.testdir()}/shop.yaml`;
  await writeFile(
    policies,
    `apiVersion: lockstep.dev/v1alpha1
kind: SecretPolicy
metadata: {name: shop}
spec:
  match: {names: [shop]}
  keys:
    SHOP_KEY: {required: true, sensitive: true, generate: {length: 40}}
    OTHER_KEY: {required: true, sensitive: true, generate: {length: 40}}
    STRIPE_KEY: {required: true, sensitive: true}
`,
  );
  const file = `${policies}.secret.yaml`;
  const before = 'apiVersion: v1\nkind: Secret\nmetadata: {name: shop}\nstringData:\n  SHOP_KEY: CHANGE_ME\n';
  await writeFile(file, before);
  t.match(await into(file, '--policy', policies), { exitCode: 2, text: before });
  const { exitCode, stdout, stderr, text } = await into(file, '--policy', policies, '--replace-placeholders');
  t.equal(exitCode, 1);
  t.match(stdout, /: OTHER_KEY added; SHOP_KEY replaced\n$/);
  t.equal(stderr, 'lockstep: nothing says what STRIPE_KEY must be; give --set STRIPE_KEY=…\n');
  t.match(parse(text).stringData, { SHOP_KEY: /^\w{40}$/, OTHER_KEY: /^\w{40}$/ });
});

const DOCUMENT = (name: string, data: string, metadata = '') =>
  `apiVersion: v1\nkind: Secret\nmetadata: {name: ${name}${metadata}}\nstringData: {${data}}\n`;

t.test('completes each refused Secret of a file by its own policy', async (t) => {
  const good = DOCUMENT('good', 'NOTE: hello');
  const owned = DOCUMENT('owned', 'JWT_SECRET: CHANGE_ME', ', labels: {cnpg.io/cluster: pg}');
  const file = await aFile(
    t,
    [
      DOCUMENT('keys', 'JWT_SECRET: CHANGE_ME'),
      good,
      DOCUMENT('reconciliation-secrets', `POSTGRES_PASSWORD: CHANGE_ME, POSTGRES_USER: app`),
      owned,
    ].join('---\n'),
  );
  const { exitCode, stdout, stderr, text } = await into(file, '--replace-placeholders');
  t.equal(exitCode, 1, 'one is left');
  t.match(
    stdout,
    /^[^\n]+: JWT_SECRET replaced in default\/keys\n[^\n]+: .*POSTGRES_PASSWORD replaced in default\/reconciliation-secrets\n$/,
  );
  t.equal(stderr, 'lockstep: default/owned: it is left as it is. lockstep check says why.\n');
  const [keys = '', second, third = '', last] = text.split('---\n');
  t.match(parse(keys).stringData.JWT_SECRET, /^[\w-]{64}$/);
  t.same([second, last], [good, owned]);
  t.match(parse(third).stringData.DATABASE_URL, parse(third).stringData.POSTGRES_PASSWORD);
  t.match(await into(file, '--replace-placeholders'), { text, stdout: `${file}: nothing is missing\n` });

  const inProd = DOCUMENT('keys', 'JWT_SECRET: CHANGE_ME', ', namespace: prod');
  const selected = await into(
    await aFile(t, `${good}---\n${inProd}`),
    '-n',
    'prod',
    '--replace-placeholders',
  );
  t.match(selected, { exitCode: 0, stdout: /: JWT_SECRET replaced in prod\/keys\n/ });
});

t.test('an option that speaks of one Secret asks for its name', async (t) => {
  const text = `${MANIFEST}---\n${DOCUMENT('keys', 'JWT_SECRET: CHANGE_ME')}`;
  for (const args of [
    ['--set', 'A=b'],
    ['--policy', 'jwt-keys'],
    ['--env', 'development'],
  ]) {
    const refused = await into(await aFile(t, text), '--replace-placeholders', ...args);
    t.match(refused, { exitCode: 2, stderr: /say which with --name/, text }, args.join(' '));
  }
});

t.test('--replace-placeholders needs a file', async (t) => {
  const shell = aShell();
  t.equal(await run(['generate', '--replace-placeholders'], shell), 2);
  t.match(shell.printed.stderr, /--into/);
});
