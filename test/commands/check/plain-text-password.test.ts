import t, { type Test } from 'tap';
import { manifestSource } from '../../../src/commands/manifests/source.ts';
import { readManifests } from '../../../src/manifest/read/read.ts';
import { FORMATS } from '../../../src/report/check/formats.ts';
import { aCanary, findCanaries } from '../../helpers/canary/canary.ts';
import { checkOutput } from '../../helpers/commands/commands.ts';
import { GOOD } from '../../helpers/engine/engine.ts';

type Files = Readonly<Record<string, string>>;

async function checked(t: Test, files: Files, options: Parameters<typeof checkOutput>[2] = {}) {
  const stdin = (async function* (): AsyncGenerator<Uint8Array> {})();
  return await checkOutput(manifestSource({ stdin } as never, readManifests), [t.testdir(files)], options);
}

async function findings(t: Test, text: string): Promise<readonly string[]> {
  const { stdout } = await checked(t, { 'app.yaml': text }, { format: 'json' });
  const { objects } = JSON.parse(stdout) as {
    objects: { kind: string; findings: { rule: string; line: number; message: string }[] }[];
  };
  return objects.flatMap(({ kind, findings }) =>
    findings.map(({ rule, line, message }) => `${kind}:${line} ${message} [${rule}]`),
  );
}

const configMap = (data: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: app, namespace: shop }\ndata:\n${data}\n`;

const quoted = (text: string): string => JSON.stringify(text);

const pod = (container: string) =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: api, namespace: shop }\nspec:\n  template:\n    spec:\n      containers:\n        - ${container}\n`;
const env = (name: string, value: string) => pod(`env: [{ name: ${name}, value: ${quoted(value)} }]`);

const PASSWORD = 'qlcrkfka1#';
const TOKEN = 'u8Qm2xLr9KcW4nB8sZdP';

t.test('finds a password, a token and a URL with a password', async (t) => {
  for (const [name, value, what] of [
    ['DB_PASSWORD', PASSWORD, 'a password'],
    ['SPRING_DATASOURCE_PASSWORD', 'Winter99xq', 'a password'],
    ['MYSQL_ROOT_PASSWORD', 'admin123', 'a password'],
    ['REDIS_PASSWORD', 'hunter2', 'a password'],
    ['JWT_SECRET', TOKEN, 'a secret'],
    ['GITHUB_TOKEN', 'ghp_u8Qm2xLr9KcW4nB8sZdPu8Qm2xLr9KcW4nB8', 'a secret'],
    ['BROKER', `amqp://app:${PASSWORD.replace('#', '%23')}@rabbit:5672/`, 'a URL with a password'],
  ] as const) {
    t.same(await findings(t, env(name, value)), [
      `Deployment:8 the variable ${name} holds ${what} in plain text [plain-text-password]`,
    ]);
    t.same(await findings(t, configMap(`  A: b\n  ${name}: ${quoted(value)}`)), [
      `ConfigMap:6 the key ${name} holds ${what} in plain text [plain-text-password]`,
    ]);
  }
});

t.test('finds a password in a file of a ConfigMap, and names its place', async (t) => {
  const file = `  application.yaml: |\n    spring:\n      datasource:\n        username: app\n        password: ${PASSWORD}\n      mail: { password: ${PASSWORD} }`;
  t.same(await findings(t, configMap(file)), [
    'ConfigMap:5 the key application.yaml holds a password in plain text, at spring.datasource.password and 1 more [plain-text-password]',
  ]);
});

t.test('leaves alone what is no secret', async (t) => {
  for (const [name, value] of [
    ['DB_PASSWORD', ''],
    ['DB_PASSWORD', 'CHANGE_ME'],
    ['DB_PASSWORD', 'password'],
    ['DB_PASSWORD', 'myGmailPassword'],
    ['DB_PASSWORD', 'postgres'],
    ['DB_PASSWORD', '${DB_PASSWORD}'],
    ['DB_PASSWORD', '$(OTHER)'],
    ['DB_PASSWORD', '{{ .Values.password }}'],
    ['DB_PASSWORD', '<password>'],
    ['DB_PASSWORD', '/run/secrets/db'],
    ['DB_PASSWORD', './secrets/db.txt'],
    ['DB_PASSWORD', 'vault:secret/data/app#password'],
    ['DB_PASSWORD', 'arn:aws:secretsmanager:eu-west-1:1:secret:db'],
    ['DB_PASSWORD', 'op://vault/db/password'],
    ['DB_PASSWORD', '$2y$10$abcdefghijklmnopqrstuv'],
    ['DB_PASSWORD_FILE', `/x/${TOKEN}`],
    ['MYSQL_RANDOM_ROOT_PASSWORD', 'yes'],
    ['REQUIRE_PASSWORD', 'true'],
    ['RESET_PASSWORD', '1'],
    ['TOKEN_TTL', '3600'],
    ['ACCESS_TOKEN', '15m'],
    ['SESSION_SECRET', 'my-app-session-secret'],
    ['SECRET_NAME', 'app-secrets'],
    ['AUTH_TOKEN', 'Bearer'],
    ['SESSION_TOKEN', 'app-session-token-v2'],
    ['DATABASE_URL', 'postgres://app@db:5432/shop'],
    ['DATABASE_URL', 'postgres://postgres:postgres@db:5432/shop'],
    ['DATABASE_URL', 'postgres://app:${DB_PASSWORD}@db:5432/shop'],
    ['LOGIN_URL', 'https://example.com/login'],
    ['GREETING', PASSWORD],
  ] as const) {
    t.same(await findings(t, env(name, value)), [], `${name}=${value}`);
    t.same(await findings(t, configMap(`  ${name}: ${quoted(value)}`)), [], `${name}: ${value}`);
  }
  for (const key of ['setup.sh', 'index.html', 'init.sql'])
    t.same(await findings(t, configMap(`  ${key}: |\n    DB_PASSWORD=${PASSWORD}\n    HOST=db`)), [], key);
});

const secretEnv = (name: string) =>
  `{ name: ${name}, valueFrom: { secretKeyRef: { name: app, key: k, optional: true } } }`;

t.test('finds a URL that is built from a password without escaping', async (t) => {
  for (const url of [
    'postgres://app:$(DB_PASSWORD)@db:5432/shop',
    'redis://:$(DB_PASSWORD)@redis:6379',
    'jdbc:postgresql://db/shop?user=app&password=$(DB_PASSWORD)',
    'amqp://$(USER):x$(DB_PASSWORD)@rabbit/',
  ]) {
    const built = `{ name: URL, value: ${quoted(url)} }`;
    const message =
      'puts $(DB_PASSWORD) into a URL unescaped, so that a password with @ or / breaks it [unescaped-expansion]';
    t.same(await findings(t, pod(`env: [${secretEnv('DB_PASSWORD')}, ${built}]`)), [
      `Deployment:8 the variable URL ${message}`,
    ]);
    t.same(
      await findings(t, pod(`args: [--url, ${quoted(url)}]\n          env: [${secretEnv('DB_PASSWORD')}]`)),
      [`Deployment:8 the field args ${message}`],
    );
    t.same(
      await findings(
        t,
        pod(`env: [${built}]\n          envFrom: [{ secretRef: { name: app, optional: true } }]`),
      ),
      [`Deployment:8 the variable URL ${message}`],
    );
  }
});

t.test('leaves alone an expansion that is escaped, elsewhere in the URL, or none', async (t) => {
  for (const [variable, url] of [
    ['DB_PASSWORD_ENCODED', 'postgres://app:$(DB_PASSWORD_ENCODED)@db/shop'],
    ['DB_PASSWORD', 'postgres://app:$$(DB_PASSWORD)@db/shop'],
    ['DB_PASSWORD', 'postgres://app:${DB_PASSWORD}@db/shop'],
    ['DB_USER', 'postgres://$(DB_USER)@db/shop'],
    ['DB_HOST', 'postgres://$(DB_HOST):5432/shop'],
    ['OTHER', 'postgres://app:$(DB_PASSWORD)@db/shop'],
    ['DB_PASSWORD', '--password=$(DB_PASSWORD)'],
  ] as const)
    t.same(
      await findings(t, pod(`env: [${secretEnv(variable)}, { name: URL, value: ${quoted(url)} }]`)),
      [],
      url,
    );
});

t.test('is a warning, an error with --strict, and prints no value in any format', async (t) => {
  const value = `${aCanary()}7Q`;
  const files = {
    'env.yaml': env('DB_PASSWORD', value),
    'map.yaml': configMap(
      `  JWT_SECRET: ${value}\n  app.env: |\n    API_PASSWORD=${value}\n    BROKER=amqp://a:${value}@b/\n  URL: redis://:${value}@redis`,
    ),
    'args.yaml': pod(`args: ["postgres://a:${value}$(P)@db"]\n          env: [${secretEnv('P')}]`),
    'secret.yaml': `apiVersion: v1\nkind: Secret\nmetadata: { name: app }\nstringData: { API_TOKEN: ${GOOD.key} }\n`,
  };
  for (const format of FORMATS) {
    const { exitCode, stdout } = await checked(t, files, { format });
    t.equal(exitCode, 0, format);
    t.match(stdout, /plain-text-password/);
    t.match(stdout, /unescaped-expansion/);
    t.same(findCanaries(stdout, [value]), []);
    t.equal((await checked(t, files, { format, strict: true })).exitCode, 1, format);
  }
  const { stdout } = await checked(t, files);
  t.match(stdout, '1 unescaped expansion; 4 plain-text passwords');
});

t.test('hostile objects cost bounded time and have bounded findings', async (t) => {
  const many = Array.from(
    { length: 20_000 },
    (_, at) => `{ name: P${at}_PASSWORD, value: ${PASSWORD}${at} }`,
  );
  t.equal((await findings(t, pod(`env: [${many.join()}]`))).length, 100);
  const url = `${'://'.repeat(5000)}${'a:'.repeat(5000)}$(P)@`;
  t.same(await findings(t, env('URL', url)), []);
  t.same(await findings(t, configMap(`  A: ${quoted(`password\n${'://a:'.repeat(40_000)}`)}`)), []);
});
