import { Buffer } from 'node:buffer';
import { decide } from '../../../src/engine/decide/decide.ts';
import type { Policy } from '../../../src/engine/policy/policy.ts';
import { aPolicy, builtins, GOOD, STORY, testContext } from '../engine/engine.ts';
import { type SeededRandom, seededRandom } from '../engine/seeded-random.ts';
import { requestOf, valuesAfter } from './soundness.ts';
import type { FloorObjectFields, FloorWrite } from './writes.ts';

type Values = Readonly<Record<string, string>>;

/** Templates of each form, above and among the built-in policies. */
export const DERIVE_POLICIES: readonly Policy[] = [
  ...builtins,
  aPolicy('forms', {
    match: { names: ['forms*'] },
    precedence: 10,
    keys: {
      U: { aliases: ['u', 'user'] },
      P: { sensitive: true, aliases: ['p'] },
      D: {},
      H: {},
      N: {},
      DSN: { derive: { template: 'host=${H:-db} user=${U} password=${P} dbname=${D:-app}' } },
      JDBC: { derive: { template: 'jdbc:postgresql://${H:-db}:${N:-5432}/${D}?user=${U}&password=${P}' } },
      LINE: { derive: { template: '${U}:${P}', addWith: ['WANTED'] } },
      EXACT: { derive: { template: 'redis://:${P}@${H:-redis}:${N:-6379}/0', mode: 'Exact' } },
      FREE: { derive: { template: 'postgres://${U}:${P}@${H}:${N:-5432}/${D}', free: ['host', 'database'] } },
      QUERY: { derive: { template: 'postgres://${U}:${P}@pg-${H}.svc/${D}?schema=${U}&x=1' } },
      FILE: { derive: { template: '[client]\nuser=${U}\npassword=${P}\n' } },
      COND: { when: { key: 'U', present: true }, derive: { template: '${U}@${H}' } },
      NOTED: { action: 'Audit', derive: { template: '${U}@${H}' } },
      CHAIN: { derive: { template: '${LINE}-x' } },
    },
    exceptions: [{ namespace: '*', name: 'forms-x', keys: ['DSN'], reason: 'OPS-1', until: '2099-01-01' }],
  }),
  aPolicy('rival', {
    match: { labelSelector: { matchLabels: { tier: 'gold' } } },
    precedence: 20,
    keys: { POSTGRES_USER: { aliases: ['GOLD_USER'] }, DSN: { enum: ['none'] } },
  }),
];

const { POSTGRES_USER: _user, POSTGRES_PASSWORD: _password, POSTGRES_DB: _database, ...OTHERS } = STORY;

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

const FAMILIES: readonly {
  readonly name: string;
  readonly keys: Readonly<Record<Part, readonly string[]>>;
}[] = [
  {
    name: 'reconciliation-secrets',
    keys: {
      user: ['POSTGRES_USER', 'postgres-user', 'DB_USER', 'PGUSER'],
      password: ['POSTGRES_PASSWORD', 'postgres-password', 'DB_PASSWORD', 'PGPASSWORD'],
      database: ['POSTGRES_DB', 'PGDATABASE', 'DB_NAME'],
      host: ['POSTGRES_HOST', 'DB_HOST'],
      port: ['POSTGRES_PORT', 'DB_PORT'],
      url: ['DATABASE_URL', 'POSTGRES_URL', 'REDIS_URL'],
    },
  },
  {
    name: 'app',
    keys: {
      user: ['POSTGRES_USER', 'MYSQL_USER', 'RABBITMQ_USER', 'REDIS_USERNAME', 'SMTP_USER', 'DB_USER'],
      password: [
        'POSTGRES_PASSWORD',
        'MYSQL_PASSWORD',
        'RABBITMQ_PASSWORD',
        'REDIS_PASSWORD',
        'SMTP_PASSWORD',
        'DB_PASSWORD',
      ],
      database: ['POSTGRES_DB', 'MYSQL_DATABASE', 'RABBITMQ_VHOST', 'REDIS_DB', 'DB_NAME'],
      host: ['POSTGRES_HOST', 'MYSQL_HOST', 'RABBITMQ_HOST', 'REDIS_HOST', 'SMTP_HOST', 'DB_HOST'],
      port: ['POSTGRES_PORT', 'MYSQL_PORT', 'REDIS_PORT', 'SMTP_PORT', 'DB_PORT'],
      url: ['DATABASE_URL', 'MYSQL_URL', 'AMQP_URL', 'REDIS_URL', 'SMTP_URL', 'QUEUE_URL', 'MAILER_DSN'],
    },
  },
  {
    name: 'forms',
    keys: {
      user: ['U', 'u'],
      password: ['P', 'p'],
      database: ['D'],
      host: ['H'],
      port: ['N'],
      url: ['DSN', 'JDBC', 'LINE', 'EXACT', 'FREE', 'QUERY', 'FILE', 'COND', 'WANTED', 'CHAIN'],
    },
  },
];
type Part = 'user' | 'password' | 'database' | 'host' | 'port' | 'url';

/** Endless writes of Secrets with logins, the same for a seed on every machine. */
export function deriveWrites(seed: number, stored: readonly StoredSecret[]): () => FloorWrite {
  const random = seededRandom(seed);
  return () => {
    if (stored.length > 0 && random.between(0, 1) === 0) {
      const { namespace, ...before } = random.pick(stored);
      const data = encoded(changed(random, decoded(before.data), before.name));
      return { namespace, before, after: { ...before, data } };
    }
    return {
      namespace: 'default',
      before: undefined,
      after: fields(random, 'new', random.pick(FAMILIES).name),
    };
  };
}

export type StoredSecret = FloorObjectFields & { readonly namespace: string };

/** Secrets as lockstep stores them, with derived keys. */
export function storedLogins(seed: number, count: number): readonly StoredSecret[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, at) => {
    const family = FAMILIES[at % FAMILIES.length]!;
    const namespace = `derive-${Math.floor(at / FAMILIES.length)}`;
    const one = fields(random, 'stored', family.name);
    const write = { namespace, before: undefined, after: one };
    const data = valuesAfter(requestOf(write), decide(requestOf(write), DERIVE_POLICIES, testContext));
    return { namespace, ...one, name: family.name, annotations: {}, data };
  });
}

function fields(random: SeededRandom, suffix: string, family: string): FloorObjectFields {
  const name =
    family === 'reconciliation-secrets'
      ? `reconciliation-${suffix}-secrets`
      : `${family}-${random.pick([suffix, 'x'])}`;
  return {
    name,
    labels: random.pick([{}, {}, {}, {}, { tier: 'gold' }, { application: 'spilo' }]),
    annotations:
      random.between(0, 9) === 0 ? { 'lockstep.dev/generate': random.pick(['true', 'false']) } : {},
    type: 'Opaque',
    data: encoded(login(random, family)),
  };
}

const familyOf = (name: string) =>
  FAMILIES.find((family) => name.startsWith(family.name.slice(0, 3))) ?? FAMILIES[0]!;

function login(random: SeededRandom, name: string): Values {
  const { keys } = familyOf(name);
  const values: Record<string, string> = {};
  // One family of an application has keys of one system, mostly.
  const at = name === 'reconciliation-secrets' && random.between(0, 2) > 0 ? 0 : random.between(0, 5);
  for (const part of ['user', 'password', 'database', 'host', 'port'] as const) {
    const isLeftOut = random.between(0, 9) < (part === 'host' || part === 'port' ? 5 : 1);
    if (isLeftOut && !(name === 'app' && part === 'host')) continue;
    const list = keys[part];
    const key =
      name === 'forms' || random.between(0, 9) === 0
        ? random.pick(list)
        : list[Math.min(at, list.length - 1)]!;
    values[key] = valueFor(random, part);
  }
  if (random.between(0, 9) === 0)
    values[random.pick(keys.url)] = random.pick(['', 'x', 'postgresql://a:b@c/d']);
  if (random.between(0, 9) === 0) values[random.pick(keys.user)] = valueFor(random, 'user');
  if (name === 'reconciliation-secrets')
    return {
      ...OTHERS,
      ...values,
      ...(random.between(0, 2) === 0 ? { REDIS_PASSWORD: GOOD.other } : {}),
    };
  if (name === 'forms' && random.between(0, 1) === 0) values.WANTED = 'x';
  return values;
}

function valueFor(random: SeededRandom, part: Part): string {
  const isOdd = random.between(0, 29) === 0;
  if (isOdd)
    return random.pick([
      'CHANGE_ME',
      '<password>',
      'your-user',
      '',
      'ünïcode',
      'a b',
      '"quoted1234567890Abc"',
      'x\n',
      `${GOOD.password}\n`,
      '${DB}',
      'p@ss/w0rd#1',
      'postgres',
      'recon',
      'changeme123',
      'a'.repeat(200),
      '\0',
      'To-Be-Set',
      'example',
      '3306',
      'reconciliation',
      'todo',
    ]);
  switch (part) {
    case 'user':
      return random.pick([
        'recon',
        'app',
        'postgres',
        'shop_rw',
        'svc-a',
        'admin',
        'u1',
        'orders',
        'Node',
        'secretkey',
      ]);
    case 'password':
      return password(random);
    case 'database':
      return random.pick([
        'reconciliation',
        'shop',
        'orders',
        'app-db',
        'app.main',
        '0',
        random.pick(['/', 'My DB', '3']),
      ]);
    case 'host':
      return random.pick([
        'db',
        'postgres-service',
        'pg-rw.shop.svc',
        '10.0.0.7',
        'db.example.com',
        'localhost',
        'redis',
        random.pick(['DB', 'a,b', '[::1]', 'host_1', 'x-']),
      ]);
    case 'port':
      return random.pick([
        '5432',
        '6379',
        '3306',
        '1',
        '65535',
        '5671',
        '587',
        random.pick(['65536', '0', 'x', '05432']),
      ]);
    case 'url':
      return '';
  }
}

const password = (random: SeededRandom): string =>
  random.pick([
    () => random.text(LETTERS, 20, 64),
    () => random.text(LETTERS, 32),
    () => random.text('0123456789abcdef', 32),
    () => random.bytes(24, 36).toString('base64'),
    () => random.bytes(24, 48).toString('base64url'),
    () => random.text(`${LETTERS}!@#%&`, 16, 40),
    () => GOOD.password,
    () => 'correct-horse-battery-staple',
  ])();

/** A change of a stored Secret: of base keys, of derived keys, or of others. */
function changed(random: SeededRandom, values: Values, name: string): Values {
  const { keys } = familyOf(name);
  let after: Record<string, string> = { ...values };
  for (let times = random.between(1, 2); times > 0; times -= 1) {
    const part = random.pick([
      'password',
      'password',
      'password',
      'user',
      'database',
      'host',
      'port',
      'url',
    ] as const);
    const present = keys[part].filter((key) => key in after);
    const key =
      present.length > 0 && random.between(0, 9) < 8 ? random.pick(present) : random.pick(keys[part]);
    if (random.between(0, 7) === 0 || (part === 'url' && random.between(0, 1) === 0)) {
      const { [key]: _, ...rest } = after;
      after = rest;
    } else if (part === 'url')
      after = {
        ...after,
        [key]: (after[key] ?? '').replace(/:5432|sslmode=disable/, random.pick(['', ':6432', 'x=y'])),
      };
    else after = { ...after, [key]: valueFor(random, part) };
  }
  return after;
}

const encoded = (values: Values): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  );

const decoded = (data: Readonly<Record<string, string>>): Values =>
  Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
  );
