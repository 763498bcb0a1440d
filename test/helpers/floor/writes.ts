import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { aPolicy, builtins, GOOD, STORY, STORY_URL } from '../engine/engine.ts';
import { randomShapes } from '../engine/random-shapes.ts';
import { type SeededRandom, seededRandom } from '../engine/seeded-random.ts';

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../data/${name}.json`, import.meta.url), 'utf8'));
const listsOf = (name: string, part: string): readonly string[] =>
  Object.values<readonly string[]>(read(name)[part]).flat();

/** The corpus of which the floor must catch a share. */
export const PLACEHOLDERS: readonly string[] = listsOf('placeholders', 'placeholders');
const MORE = listsOf('placeholders-more', 'placeholders');
const LEGITIMATE = ['placeholders', 'placeholders-more'].flatMap((name) => listsOf(name, 'legit'));
const PUBLISHED = Object.values<readonly string[]>(read('published-values')).flat();
const WHOLE: readonly Values[] = ['good', 'bad'].flatMap((part) =>
  read('whole-secrets')[part].map(({ text = {} }: { text?: Values }) => text),
);

type Values = Readonly<Record<string, string | Uint8Array>>;

/** Policies with each requirement that the floor expresses, above and among the built-in ones. */
export const POLICIES = [
  ...builtins,
  aPolicy('shop', {
    match: { names: ['shop', 'shop-?-secrets', '*-shop'], types: ['Opaque', 'acme.io/*'] },
    precedence: 10,
    keys: {
      MODE: { enum: ['live', "te'st", 'dry run'] },
      STRIPE_KEY: { prefix: 'sk_live_', sensitive: true, minLength: 20 },
      TAG: { prefix: 'v', maxLength: 12 },
      CODE: { prefix: 'ab', minLength: 4 },
      NOTE: { maxLength: 16, minLength: 2 },
      API_SECRET: { sensitive: true, minLength: 12, aliases: ['api-secret', 'apiSecret'] },
      SIGN_SECRET: {
        sensitive: true,
        distinctFrom: ['API_SECRET'],
        required: true,
        generate: { length: 32 },
      },
      OLD_SECRET: { sensitive: true, distinctFrom: ['SIGN_SECRET'], action: 'Warn' },
      LOOSE: { sensitive: true, lenient: true, minLength: 10, required: true },
      REGION: { requiredWith: ['MODE', 'TAG'] },
      WHEN_LIVE: { when: { key: 'MODE', is: 'live' }, required: true },
      NODE_PASSWORD: { sensitive: true, minLength: 6 },
      NODE_USER: {},
      NODE_URL: {
        required: true,
        derive: { template: 'postgres://${NODE_USER}:${NODE_PASSWORD}@${NODE_HOST:-db}/main' },
      },
    },
    exceptions: [
      {
        namespace: 'floor-1*',
        name: 'shop',
        keys: ['API_SECRET', 'apiSecret', 'MODE'],
        reason: 'OPS-1',
        until: '2099-01-01',
      },
      { namespace: 'floor-*', name: 'shop', keys: ['STRIPE_KEY'], reason: 'OPS-2', until: '2020-01-01' },
    ],
  }),
  aPolicy('gold', {
    match: {
      labelSelector: {
        matchLabels: { tier: 'gold' },
        matchExpressions: [{ key: 'off', operator: 'DoesNotExist' }],
      },
      hasKeys: ['DATABASE_URL'],
    },
    precedence: 20,
    keys: { JWT_SECRET: { minLength: 2 }, CSRF_SECRET: { sensitive: true, action: 'Audit' } },
  }),
  aPolicy('labelled', {
    match: { namespaceSelector: { matchLabels: { team: 'blue' } }, hasAnyKey: ['TOKEN', 'NOTE'] },
    precedence: 15,
    keys: { TOKEN: { sensitive: true, minLength: 5, requiredWith: ['USER'] }, NOTE: { enum: ['ok', 'ja'] } },
  }),
];

export interface FloorObjectFields {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly type: string;
  /** In base64. */
  readonly data: Readonly<Record<string, string>>;
}

export interface FloorWrite {
  readonly namespace: string;
  readonly after: FloorObjectFields;
  /** Undefined for a CREATE. */
  readonly before: FloorObjectFields | undefined;
}

export const NAMESPACES: readonly string[] = Array.from({ length: 20 }, (_, at) => `floor-${at}`);
const NAMES = ['reconciliation-secrets', 'shop', 'app', 'reconciliation-x-secrets'];

/** Secrets that are stored before the floor is there: good ones, and some that it would refuse. */
export function storedSecrets(seed: number): readonly (FloorObjectFields & { readonly namespace: string })[] {
  const random = seededRandom(seed);
  const makers = makersOf(random, seed);
  return NAMESPACES.flatMap((namespace) =>
    NAMES.slice(0, 3).map((name) => ({ namespace, ...objectOf(random, name, makers.base(name)) })),
  );
}

/** Endless writes, the same for a seed on every machine. */
export function floorWrites(
  seed: number,
  stored: readonly (FloorObjectFields & { readonly namespace: string })[],
): () => FloorWrite {
  const random = seededRandom(seed);
  const makers = makersOf(random, seed + 1);
  return () => {
    if (random.between(0, 9) < 5) {
      const { namespace, ...before } = random.pick(stored);
      const after = {
        ...before,
        labels: random.between(0, 9) === 0 ? labelsOf(random) : before.labels,
        data: encoded(mutated(random, makers, decodedValues(before.data), 1 + random.between(0, 2))),
      };
      return { namespace, before, after };
    }
    const name = random.pick(NAMES);
    const values = mutated(random, makers, makers.base(name), random.between(0, 3));
    return {
      namespace: random.pick(NAMESPACES),
      before: undefined,
      after: {
        ...objectOf(random, name === 'shop' ? 'x-shop' : `${name}`, values),
        name: fresh(random, name),
      },
    };
  };
}

/** A name that no stored Secret has, and that the same policies select. */
const fresh = (random: SeededRandom, name: string): string =>
  name === 'shop'
    ? `shop-${random.pick(['a', 'b'])}-secrets`
    : name === 'app'
      ? 'other'
      : 'reconciliation-new-secrets';

const labelsOf = (random: SeededRandom): Readonly<Record<string, string>> =>
  random.between(0, 4) === 0 ? { tier: 'gold', ...(random.between(0, 3) === 0 ? { off: 'yes' } : {}) } : {};

const objectOf = (random: SeededRandom, name: string, values: Values): FloorObjectFields => ({
  name,
  labels: labelsOf(random),
  annotations: random.between(0, 9) === 0 ? { 'lockstep.dev/generate': 'true' } : {},
  type: random.between(0, 9) === 0 ? random.pick(['acme.io/x', 'acme.com/ü']) : 'Opaque',
  data: encoded(values),
});

const encoded = (values: Values): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, Buffer.from(value as string).toString('base64')]),
  );

const decodedValues = (data: Readonly<Record<string, string>>): Values =>
  Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64')]));

interface Makers {
  readonly base: (name: string) => Values;
  readonly value: (values: Values) => string | Uint8Array;
}

const SHOP = {
  MODE: 'live',
  STRIPE_KEY: 'sk_live_Vq7mT2xLr9KcW4nB8sZd',
  TAG: 'v1.2',
  CODE: 'ab12',
  NOTE: 'short',
  API_SECRET: 'h3JfPz6RyD1gXw5EuNaQ',
  SIGN_SECRET: 'pY4kLx0QmVb7Rz2NcT9wJf6H',
  LOOSE: 'C7tWz1JqXn5RbK9vLm3Y',
  REGION: 'eu',
  WHEN_LIVE: 'yes',
  NODE_USER: 'node',
  NODE_PASSWORD: 'Rk8VnZ2qWc5LpXj7TbYd',
  NODE_URL: 'postgres://node:Rk8VnZ2qWc5LpXj7TbYd@db/main',
};
/** The keys of the writes. */
export const KEYS = [
  ...Object.keys(STORY),
  ...Object.keys(SHOP),
  'DATABASE_URL',
  'REDIS_URL',
  'REDIS_PASSWORD',
  'api-secret',
  'apiSecret',
  'DB_PASSWORD',
  'DB_USER',
  'DB_HOST',
  'DB_PORT',
  'DB_CONNECTION',
  'POSTGRES_HOST',
  'postgres-password',
  'MYSQL_PASSWORD',
  'MYSQL_URL',
  'MYSQL_HOST',
  'jwt-secret',
  'TOKEN',
  'USER',
  'username',
  'password',
  'tls.key',
  'message_template',
  'app.conf',
  '.dot.key_-',
  'OLD_SECRET',
];
const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

function makersOf(random: SeededRandom, seed: number): Makers {
  const shapes = Object.values(randomShapes(seed));
  const password = () => random.text(LETTERS, 15, 64);
  const base = (name: string): Values => {
    const chance = random.between(0, 9);
    if (name.includes('shop')) return SHOP;
    if (name === 'app' && chance < 7) return random.pick(WHOLE);
    const own = { ...STORY, POSTGRES_PASSWORD: password() };
    if (chance === 7) return { ...own, DATABASE_URL: STORY_URL };
    const url = `postgresql://recon:${own.POSTGRES_PASSWORD}@postgres-service:5432/reconciliation?sslmode=disable`;
    return chance < 5 ? { ...own, DATABASE_URL: url } : own;
  };
  const value = (values: Values): string | Uint8Array => {
    switch (random.between(0, 17)) {
      case 0:
      case 1:
      case 2:
        return random.pick(PLACEHOLDERS);
      case 3:
        return random.pick(MORE);
      case 4:
        return random.pick(LEGITIMATE);
      case 5:
        return random.pick(PUBLISHED);
      case 6:
        return random.text(LETTERS, 1, 40);
      case 7:
        return random.pick(shapes)();
      case 8:
        return random.pick([...Object.values(values), '']);
      case 9:
        return '';
      case 10:
        return wrapped(random, random.pick([...PLACEHOLDERS, ...LEGITIMATE, 'live', GOOD.key, 'sk_live_']));
      case 11:
        return random.bytes(1, 40);
      case 12:
        return random.pick([
          'live',
          "te'st",
          'sk_live_',
          'sk_live_x',
          'v',
          'ab',
          'ok',
          'vé',
          'ab\u00e9é',
          'ß'.repeat(9),
          '😀'.repeat(5),
        ]);
      case 13:
      case 14:
        return url(random, values, password);
      case 15:
        return random.text(`${LETTERS}!#$%&*+/:;=?@[]^{}~ "'\\<>|,`, 1, 64);
      case 16:
        return Buffer.from(random.pick([...PLACEHOLDERS, STORY_URL])).toString('base64');
      default:
        return random.text('xX*.-_01a', 1, 30);
    }
  };
  return { base, value };
}

const wrapped = (random: SeededRandom, text: string): string =>
  random.pick([
    `${text}\n`,
    `"${text}"`,
    `'${text}'`,
    `"${text}`,
    ` ${text}`,
    `${text} `,
    `"${text}"\n`,
    `${text}\r\n`,
    `\n`,
    '""',
  ]);

function url(random: SeededRandom, values: Values, password: () => string): string {
  const textOf = (key: string) => Buffer.from((values[key] as string) ?? 'x').toString('utf8');
  const user = random.pick([textOf('POSTGRES_USER'), textOf('NODE_USER'), 'recon', 'other', 'node']);
  const secret = random.pick([
    textOf('POSTGRES_PASSWORD'),
    textOf('NODE_PASSWORD'),
    password(),
    'changeme',
    'p%40ss',
    '%41bc',
  ]);
  const scheme = random.pick([
    'postgresql',
    'postgres',
    'postgresql',
    'mysql',
    'postgresql+asyncpg',
    'redis',
    'POSTGRESQL',
  ]);
  const host = random.pick([
    'postgres-service',
    'pooler:6432',
    'db',
    'a,b',
    '[::1]:5432',
    'localhost:5432',
    '',
  ]);
  const database = random.pick(['reconciliation', 'other', '', 'main', 'a%20b']);
  const query = random.pick([
    '',
    '',
    '?sslmode=require',
    '?user=x',
    '?password=y&sslmode=disable',
    '?options=-c%20a',
    '#x',
  ]);
  return `${scheme}://${user}:${secret}@${host}/${database}${query}`;
}

function mutated(random: SeededRandom, makers: Makers, values: Values, times: number): Values {
  let data: Record<string, string | Uint8Array> = { ...values };
  for (let done = 0; done < times; done++) {
    const present = Object.keys(data);
    const key = random.between(0, 9) < 7 && present.length > 0 ? random.pick(present) : random.pick(KEYS);
    switch (random.between(0, 11)) {
      case 0: {
        const { [key]: _, ...rest } = data;
        data = rest;
        break;
      }
      case 1: {
        const { [key]: value = 'x', ...rest } = data;
        data = { ...rest, [random.pick(KEYS)]: value };
        break;
      }
      case 2:
      case 3: {
        const urlKey = random.pick(['DATABASE_URL', 'NODE_URL', 'DATABASE_URL', 'POSTGRES_URL']);
        data = { ...data, [urlKey]: url(random, data, () => random.text(LETTERS, 1, 40)) };
        break;
      }
      case 4:
        data = {
          ...data,
          [random.pick([
            'POSTGRES_PASSWORD',
            'POSTGRES_PASSWORD',
            'POSTGRES_USER',
            'POSTGRES_DB',
            'NODE_PASSWORD',
            'NODE_USER',
          ])]: random.text(LETTERS, 1, 64),
        };
        break;
      default:
        data = { ...data, [key]: makers.value(data) };
    }
  }
  return data;
}
