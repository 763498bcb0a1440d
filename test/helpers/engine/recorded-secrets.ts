import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import type { Policy } from '../../../src/engine/policy/policy.ts';
import type { Request, Secret } from '../../../src/engine/secret/secret.ts';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import { SOUND_FILES } from './embedded-values.ts';
import { aPolicy, aSecret, builtins, STORY, STORY_URL } from './engine.ts';
import { randomShapes } from './random-shapes.ts';
import { seededRandom } from './seeded-random.ts';

/** A Secret whose decisions `test/data/recorded-decisions.txt` holds. It is the same on every machine. */
export interface RecordedCase {
  readonly request: Request;
  readonly policies: readonly Policy[];
}

type Values = Readonly<Record<string, string | Buffer>>;

const { between, bytes, pick, text, times } = seededRandom(20261128);
const shapes = Object.values(randomShapes(20261128));

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../data/${name}.json`, import.meta.url), 'utf8'));
const listsOf = (name: string, part: string): readonly string[] =>
  Object.values<readonly string[]>(read(name)[part]).flat();

const PLACEHOLDERS = ['placeholders', 'placeholders-more'].flatMap((name) => listsOf(name, 'placeholders'));
const LEGITIMATE = ['placeholders', 'placeholders-more'].flatMap((name) => listsOf(name, 'legit'));
const PUBLISHED = Object.values<readonly string[]>(read('published-values')).flat();
const URLS = [
  ...Object.values<readonly string[]>(read('postgres-strings')).flat(),
  ...read('url-vectors').flatMap(({ url, jdbc }: { url: string; jdbc: string }) => [url, jdbc]),
  'redis://:pa55@redis:6379/0',
  'mysql://app:CHANGE_ME@mysql/orders',
  'mongodb://app:s3cr3t-pa55@mongo-0,mongo-1/orders?replicaSet=rs0',
  'amqp://guest:guest@rabbitmq:5672/%2f',
  'Server=mssql;User Id=sa;Password=changeme;Database=orders',
  'smtp://mailer:password@mail.acme.io:587',
  'https://your-domain.com/callback',
];
const FILES = [
  ...Object.values(SOUND_FILES),
  ...Object.values(SOUND_FILES).map((file) => file.replace(/[A-Za-z0-9]{20,}/, 'CHANGE_ME')),
];
const CERTIFICATES = read('certificates');
const HOSTILE = [
  '',
  ' ',
  '\n',
  '\0',
  '5432',
  'true',
  'p@ss/w0rd#?',
  'münchen',
  'pa\u00adss-wörd',
  "it's",
  '%41',
  'md5f6a2b0d8b1a6f0b8c3d9e2f4a5b6c7d8',
  'ab12ab12ab12ab12ab12ab12ab12ab12',
  'aaaaaaaaaaaaaaaaaaaaaaaaaaaa',
  '{"a":{"password":"changeme"}}',
  'vault:secret/data/db#password',
  '{{ .Values.password }}',
  '${POSTGRES_PASSWORD}',
  '$(openssl rand -base64 32)',
  'postgres-service:5432',
];

interface WholeSecret {
  readonly type?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly text?: Readonly<Record<string, string>>;
  readonly bytes?: Readonly<Record<string, string>>;
}
const WHOLE: readonly WholeSecret[] = [...read('whole-secrets').good, ...read('whole-secrets').bad];
const wholeValues = ({ text: texts = {}, bytes: binary = {} }: WholeSecret): Values => ({
  ...texts,
  ...Object.fromEntries(Object.entries(binary).map(([key, value]) => [key, Buffer.from(value, 'base64')])),
});

const POLICY_KEYS = builtins.flatMap(({ keys }) => keys.flatMap(({ name, aliases }) => [name, ...aliases]));
const OTHER_KEYS = [
  ...new Set(WHOLE.flatMap((whole) => Object.keys(wholeValues(whole)))),
  ...[
    '__proto__',
    'constructor',
    'a.b',
    'DIRECT_URL',
    'LOG_LEVEL',
    'config.yaml',
    'auth',
    'tls.crt',
    'tls.key',
  ],
];

/** Rules that no built-in policy uses: forms, conditions, exceptions, expressions, several accounts and lines. */
const OWN_POLICIES: readonly Policy[] = [
  aPolicy('team', {
    match: { namespaces: ['team'] },
    action: 'Enforce',
    keys: {
      MODE: { enum: ['debug', 'release'] },
      STRIPE_SECRET_KEY: { prefix: 'sk_live_', sensitive: true, maxLength: 40 },
      REGION: { pattern: '^[a-z]{2}-[a-z]+-[0-9]$' },
      PORT: { format: 'port' },
      SETTINGS: { format: 'json' },
      TOKEN: { sensitive: true, minLength: 16, recommendedLength: 32, distinctFrom: ['OLD_TOKEN'] },
      OLD_TOKEN: { sensitive: true, action: 'Warn' },
      USER: { required: true, aliases: ['username', 'login'] },
      PASSWORD: { sensitive: true, requiredWith: ['USER'], aliases: ['password'] },
      ROOT_PASSWORD: { sensitive: true },
      HOST: { when: { key: 'MODE', is: 'release' }, required: true, format: 'hostname' },
      URL: {
        required: true,
        derive: {
          template: 'postgresql://${USER}:${PASSWORD}@${HOST:-db}:${PORT:-5432}/app',
          accounts: [{ user: 'postgres', password: '${ROOT_PASSWORD}' }],
        },
      },
      'pgpass.conf': { derive: { template: 'db:5432:app:${USER}:${PASSWORD}\nother:5432:app:${USER}:x\n' } },
      LIMIT: { validations: [{ expression: 'int(self) > 0', message: 'must be positive' }] },
    },
    validations: [{ expression: 'data.USER != data.MODE', message: 'must have a user of its own' }],
    unnamedKeys: {},
    exceptions: [
      { namespace: 'team', name: 'app*', keys: ['TOKEN'], reason: 'OPS-1', until: '2027-01-01' },
      { namespace: '*', name: '*', keys: ['OLD_TOKEN'], reason: 'OPS-2', until: '2026-01-01' },
    ],
  }),
  aPolicy('audited', {
    match: { namespaces: ['team'] },
    precedence: -5,
    action: 'Audit',
    keys: { API_KEY: { sensitive: true, minLength: 24 } },
  }),
];
const OWN_KEYS = OWN_POLICIES.flatMap(({ keys }) => keys.flatMap(({ name, aliases }) => [name, ...aliases]));

const damage: readonly ((value: string) => string | Buffer)[] = [
  (value) => `${value}\n`,
  (value) => `"${value}"`,
  (value) => ` ${value} `,
  (value) => Buffer.from(value).toString('base64'),
  (value) => Buffer.from(value, 'base64'),
  (value) => value.slice(0, between(0, value.length)),
  (value) => value.toUpperCase(),
  (value) => value + pick(HOSTILE),
  (value) => `${value.slice(0, 3)}${pick(['%', '@', '/', 'é', '\0', '-', '_', '1'])}${value.slice(3)}`,
  (value) => value.replace(/:\/\/[^@]*@/, `://app:${pick(PLACEHOLDERS)}@`),
  (value) => value.replace(/[0-9]+/, '0'),
];

function anyValue(): string | Buffer {
  const kind = between(0, 99);
  if (kind < 35) return pick(shapes)();
  if (kind < 50) return pick(PLACEHOLDERS);
  if (kind < 57) return pick(LEGITIMATE);
  if (kind < 61) return pick(PUBLISHED);
  if (kind < 75) return pick(URLS);
  if (kind < 80) return pick(FILES);
  if (kind < 90) return pick(HOSTILE);
  if (kind < 93) return bytes(0, 60);
  if (kind < 96) return text('abcdefghijklmnopqrstuvwxyz', 3, 12);
  return pick([CERTIFICATES.chain, CERTIFICATES.leaf.key, CERTIFICATES.expired.cert, CERTIFICATES.rootFirst]);
}

/** Changes up to three values of a Secret: damaged, replaced, removed, added, or the value of another key. */
function changed(values: Values, keys: readonly string[]): Values {
  const result = new Map(Object.entries(values));
  for (let left = between(0, 3); left > 0; left--) {
    const key = result.size > 0 && between(0, 4) > 0 ? pick([...result.keys()]) : pick(keys);
    const present = result.get(key);
    const kind = between(0, 5);
    if (kind === 0) result.delete(key);
    else if (kind === 1 && typeof present === 'string') result.set(key, pick(damage)(present));
    else if (kind === 2 && result.size > 0) result.set(key, result.get(pick([...result.keys()]))!);
    else result.set(key, anyValue());
  }
  return Object.fromEntries(result);
}

function story(): Values {
  const password = pick(shapes)();
  const { POSTGRES_PASSWORD: _, ...rest } = STORY;
  const isLocal = between(0, 3) === 0;
  return {
    ...rest,
    POSTGRES_PASSWORD: password,
    ...(isLocal
      ? {
          POSTGRES_HOST: pick(['localhost', 'db.shop.svc', '[::1]']),
          POSTGRES_PORT: pick(['5432', '6432', 'x']),
        }
      : {}),
    ...(between(0, 2) === 0
      ? {}
      : {
          DATABASE_URL: pick([
            STORY_URL,
            withPassword(encodeURIComponent(password)),
            withPassword(password),
            ` ${withPassword('x')}`,
          ]),
        }),
  };
}

const withPassword = (password: string): string =>
  `postgresql://recon:${password}@postgres-service:5432/reconciliation`;

const scattered = (keys: readonly string[]): Values =>
  Object.fromEntries(times(between(0, 12), () => [pick(keys), anyValue()] as const));

const TYPES = [
  'Opaque',
  'Opaque',
  'kubernetes.io/basic-auth',
  'kubernetes.io/dockerconfigjson',
  'bootstrap.kubernetes.io/token',
];

function tls(): { readonly values: Values; readonly rest: Partial<Secret> } {
  const pairs = [CERTIFICATES.leaf, CERTIFICATES.other, CERTIFICATES.expired];
  const cert = pick([CERTIFICATES.chain, CERTIFICATES.rootFirst, pick(pairs).cert, 'x']);
  return {
    values: { 'tls.crt': cert, 'tls.key': pick(pairs).key },
    rest: { type: 'kubernetes.io/tls', name: 'shop-tls' },
  };
}

function draft(): {
  readonly values: Values;
  readonly keys: readonly string[];
  readonly rest: Partial<Secret>;
} {
  const kind = between(0, 9);
  if (kind < 3) return { values: story(), keys: POLICY_KEYS, rest: {} };
  if (kind < 5) {
    const whole = pick(WHOLE);
    const { type = 'Opaque', labels = {}, annotations = {} } = whole;
    const rest = {
      type,
      labels: new Map(Object.entries(labels)),
      annotations: new Map(Object.entries(annotations)),
      name: 'app',
      namespace: 'shop',
    };
    return { values: wholeValues(whole), keys: OTHER_KEYS, rest };
  }
  if (kind < 6)
    return {
      values: scattered(POLICY_KEYS),
      keys: POLICY_KEYS,
      rest: { name: pick(['app', 'reconciliation-secrets']) },
    };
  if (kind < 7)
    return { values: scattered(OTHER_KEYS), keys: OTHER_KEYS, rest: { name: 'grafana', type: pick(TYPES) } };
  if (kind < 8) return { ...tls(), keys: OTHER_KEYS };
  const values = {
    ...scattered(OWN_KEYS),
    USER: pick(['app', 'postgres', 'debug']),
    PASSWORD: pick(shapes)(),
    MODE: pick(['debug', 'release', 'x']),
  };
  return { values, keys: OWN_KEYS, rest: { namespace: 'team', name: pick(['app', 'web']) } };
}

const sensitive = (values: Values): Map<string, Sensitive> =>
  new Map(
    Object.entries(values).map(([key, value]) => [
      key,
      typeof value === 'string' ? Sensitive.fromText(value) : Sensitive.fromBytes(value),
    ]),
  );

const MARKS: readonly Partial<Secret>[] = [
  ...Array.from({ length: 12 }, () => ({})),
  { annotations: new Map([['lockstep.dev/generate', 'true']]) },
  {
    annotations: new Map([
      ['kubectl.kubernetes.io/last-applied-configuration', '{"data":{"POSTGRES_PASSWORD":"YWJj"}}'],
    ]),
  },
  { controller: 'ExternalSecret/x' },
  { immutable: true },
  { deleting: true },
];
const USERS = ['alice', 'alice', 'alice', 'system:serviceaccount:velero:velero', undefined];

/** Makes the cases in their order: each depends on the chance that those before it used. */
export function* recordedCases(count: number): Generator<RecordedCase> {
  for (let number = 0; number < count; number++) {
    const { values, keys, rest } = draft();
    const after = changed(values, keys);
    const secret: Secret = { ...aSecret({}, { ...rest, ...pick(MARKS) }), data: sensitive(after) };
    const isUpdate = between(0, 1) === 1;
    const before = between(0, 3) === 0 ? values : changed(after, keys);
    const old = isUpdate ? { ...secret, data: sensitive(before) } : undefined;
    const request: Request = {
      operation: isUpdate ? 'UPDATE' : 'CREATE',
      secret,
      old,
      username: pick(USERS),
    };
    yield { request, policies: between(0, 9) === 0 ? OWN_POLICIES : [...OWN_POLICIES, ...builtins] };
  }
}
