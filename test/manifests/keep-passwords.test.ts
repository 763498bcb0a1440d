import { readFileSync } from 'node:fs';
import t from 'tap';
import { parse } from 'yaml';
import {
  aCreate,
  afterMutation,
  anUpdate,
  aPolicy,
  builtins,
  findingTexts,
  GOOD,
  mutated,
  validated,
  validatedOnly,
} from '../helpers/engine/engine.ts';

const { spec } = parse(readFileSync('manifests/examples/keep-passwords/policy.yaml', 'utf8'));
const policy = aPolicy('keep-passwords', spec);
const all = [policy, ...builtins];

t.test('the example matches a Secret by each key that it keeps', async (t) => {
  const kept = policy.keys.filter(({ onChange }) => onChange === 'Keep').map(({ name }) => name);
  t.same(kept, policy.match.hasAnyKey);
});

t.test('the example refuses no drawn value', async (t) => {
  for (const key of policy.match.hasAnyKey ?? []) {
    const { findings } = validated(aCreate({ [key]: GOOD.password }, { name: 'app' }), all);
    t.same(findings, [], key);
  }
  const drawn = aCreate({ rootUser: GOOD.other, rootPassword: GOOD.password }, { name: 'app' });
  t.same(validated(drawn, all).findings, []);
});

type Values = Readonly<Record<string, string>>;

/** Secrets whose charts draw the password, and build a URL from it. */
const SECRETS: Readonly<Record<string, (password: string) => Values>> = {
  'postgres-password and database-url': (password) => ({
    'postgres-user': 'app',
    'postgres-password': password,
    'database-url': `postgresql://app:${password}@db:5432/shop`,
  }),
  'postgres-password and uri': (password) => ({
    username: 'app',
    'postgres-password': password,
    host: 'db.shop.svc',
    port: '5432',
    database: 'shop',
    uri: `postgresql://app:${password}@db.shop.svc:5432/shop`,
  }),
  'password and uri of an operator': (password) => ({
    username: 'app',
    password,
    host: 'db',
    port: '5432',
    dbname: 'shop',
    uri: `postgresql://app:${password}@db.shop.svc:5432/shop`,
  }),
  'POSTGRES_PASSWORD and DATABASE_URL': (password) => ({
    POSTGRES_USER: 'app',
    POSTGRES_PASSWORD: password,
    POSTGRES_DB: 'shop',
    POSTGRES_HOST: 'db',
    DATABASE_URL: `postgresql://app:${password}@db:5432/shop`,
  }),
  'redis-password and redis-url': (password) => ({
    'redis-password': password,
    'redis-url': `redis://:${password}@redis:6379/0`,
  }),
  'mysql-password and DATABASE_URL': (password) => ({
    MYSQL_USER: 'app',
    MYSQL_PASSWORD: password,
    MYSQL_DATABASE: 'shop',
    DATABASE_URL: `mysql://app:${password}@db:3306/shop`,
  }),
  'rabbitmq-password and RABBITMQ_URL': (password) => ({
    'rabbitmq-username': 'app',
    'rabbitmq-password': password,
    RABBITMQ_URL: `amqp://app:${password}@mq:5672/`,
  }),
};

for (const [title, secret] of Object.entries(SECRETS))
  t.test(`${title}: a URL follows the password that stays`, async (t) => {
    const request = anUpdate(secret(GOOD.password), secret(GOOD.other), { name: 'app', namespace: 'shop' });
    const decision = mutated(request, all);
    const after = afterMutation(request, decision);
    const values = [...after.secret.data].map(([key, value]) => [
      key,
      Buffer.from(value.reveal(), 'base64').toString(),
    ]);
    t.same(Object.fromEntries(values), secret(GOOD.password));
    t.same(
      findingTexts(validatedOnly(after, all)).filter((text) => text.startsWith('Enforce')),
      [],
    );
  });
