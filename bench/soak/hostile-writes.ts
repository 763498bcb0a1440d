/** One request of the tenant, relative to `/api/v1/namespaces/NAMESPACE/secrets`. */
export interface HostileWrite {
  readonly kind: string;
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** JSON text: `JSON.stringify` would cost this process more than lockstep. */
  readonly body: string;
  /** The API server must not store it: it holds a placeholder under a key that policies name. */
  readonly isFaulty: boolean;
}

/** From 0 up to, and without, `below`. */
export type RandomBelow = (below: number) => number;

/** The values of a Secret may have 1 MiB together. A little is left for the key names and the placeholder. */
const MAX_SECRET_BYTES = 1_000_000;
/** A name in ownerReferences is limited by the size of the request alone: 3 MiB. */
const MAX_REQUEST_BYTES = 2_900_000;

/** Parts that a parser may read again and again: the text between them decides nothing. */
const PARTS = [
  'cat\t',
  'echo ',
  '$(',
  '${',
  '{{',
  '`',
  '%',
  '%4',
  '<',
  '"',
  "'",
  '\\',
  '&',
  ';',
  ',',
  '[',
  ']',
  '(',
  '=',
  'a=',
  'a,',
  ' ',
  '\t',
  '\n',
  'A',
  'aA',
  'a1',
  'é',
  '\u0301',
  '0',
  '1234',
  'qwerty',
  'your-',
  'change',
  'secret',
  'base64 ',
  '://',
  'postgresql://',
  'p:',
  '@',
  'p:p@',
  'h:1,',
  '?a=b&',
  'host=',
  "host='",
  '-----BEGIN ',
  '-----',
  '.',
  '-',
  '_',
  '/',
  '../',
  'xx',
  '**',
  '{"a":',
  '[[',
  'YQ==',
  'ZGF0YQ',
] as const;
const STARTS = [
  '',
  'cat',
  'cat ',
  'postgresql://',
  'postgresql://u:',
  'jdbc:postgresql://h/d?',
  '$(',
  '{{',
  '"',
  "host='",
  '-----BEGIN A-----\n',
  '<',
  'run ',
];
const ENDS = ['', '!', '@h/d', '"', ')', '}}', '>', '=', '\n', '\u0000'];
const KEYS = [
  'DATABASE_URL',
  'POSTGRES_PASSWORD',
  'JWT_SECRET',
  'REDIS_URL',
  'API_TOKEN',
  'config.yaml',
  'tls.key',
  'notes',
];

/** JSON text of one Secret that no policy may let in. */
const PLACEHOLDER = { JWT_SECRET: 'changeme' };

export function hostileWrites(chance: RandomBelow): () => HostileWrite {
  const pick = <Item>(items: readonly Item[]): Item => items[chance(items.length)] as Item;
  let count = 0;
  const makers: readonly (() => HostileWrite)[] = [
    () => faulty('commands', Object.fromEntries(numbered('password', 254, `cat${'\t'.repeat(4000)}!`))),
    () => faulty('one long value', { [pick(KEYS)]: repeated(MAX_SECRET_BYTES) }),
    () =>
      faulty(
        'some long values',
        Object.fromEntries(numbered(pick(KEYS), 16, repeated(MAX_SECRET_BYTES / 16))),
      ),
    () => faulty('many short values', Object.fromEntries(numbered('password', 4000, repeated(200)))),
    () => faulty('findings', Object.fromEntries(numbered('password', 5_000 + chance(15_000), 'x'))),
    () => faulty('empty keys', Object.fromEntries(numbered('', 5_000 + chance(25_000), ''))),
    () => faulty('long key names', Object.fromEntries(numbered('k'.repeat(240), 4000, 'x'))),
    () =>
      faulty('one password', {
        ...Object.fromEntries(numbered('DB_PASSWORD_', 3000, 'Tr0ub4dor-and-3')),
        ...urls(3000),
      }),
    () => faulty('long names in metadata', {}, owner('<'.repeat(1 + chance(MAX_REQUEST_BYTES - 1000)))),
    () => faulty('annotations', {}, { annotations: { a: '<'.repeat(250_000) } }),
    () => stored('large and dull', { blob: 'A'.repeat(MAX_SECRET_BYTES) }),
    () => stored('large with an owner', { blob: 'x' }, owner('<'.repeat(1_250_000))),
    () => stored('a token', {}, { ...owner('<'.repeat(1_250_000)) }, 'bootstrap.kubernetes.io/token'),
    () => touched(),
    () => removed(),
    () => record(),
  ];
  return () => pick(makers)();

  function repeated(size: number): string {
    const [start, part, end] = [pick(STARTS), pick(PARTS), pick(ENDS)];
    return `${start}${part.repeat(Math.floor(size / Buffer.byteLength(part)))}${end}`;
  }

  function faulty(
    kind: string,
    values: Readonly<Record<string, string>>,
    metadata: object = {},
  ): HostileWrite {
    count += 1;
    const body = secret(`hostile-${count}`, { ...values, ...PLACEHOLDER }, metadata);
    const path = chance(2) === 0 ? '?dryRun=All' : '';
    return { kind, method: 'POST', path, body, isFaulty: true };
  }

  /** Few names, so that what etcd holds stays small. */
  function stored(
    kind: string,
    values: Readonly<Record<string, string>>,
    metadata: object = {},
    type = 'Opaque',
  ): HostileWrite {
    return {
      kind,
      method: 'POST',
      path: '',
      body: secret(`stored-${chance(8)}`, values, metadata, type),
      isFaulty: false,
    };
  }

  /** A change of one label: the controller looks at the whole Secret again. */
  function touched(): HostileWrite {
    count += 1;
    const body = JSON.stringify({ metadata: { labels: { touched: `${count}` } } });
    return { kind: 'a label', method: 'PATCH', path: `/stored-${chance(8)}`, body, isFaulty: false };
  }

  function removed(): HostileWrite {
    return { kind: 'a delete', method: 'DELETE', path: `/stored-${chance(8)}`, body: '{}', isFaulty: false };
  }

  /** As a record of lockstep's looks, of a Secret of the same tenant. */
  function record(): HostileWrite {
    const of = `stored-${chance(8)}`;
    const index = pick([
      '{',
      '['.repeat(400_000),
      `{"versions":[${'{},'.repeat(200_000)}{}]}`,
      '\u0000'.repeat(100_000),
    ]);
    const metadata = {
      labels: { 'lockstep.dev/record': 'true' },
      annotations: { 'lockstep.dev/record-of': of },
    };
    const body = secret(`lockstep-record-${of}`, { index }, metadata, 'lockstep.dev/record');
    return { kind: 'a record', method: 'POST', path: '', body, isFaulty: false };
  }
}

function secret(
  name: string,
  values: Readonly<Record<string, string>>,
  metadata: object,
  type = 'Opaque',
): string {
  const data = Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, Buffer.from(value, 'utf8').toString('base64')]),
  );
  return JSON.stringify({ apiVersion: 'v1', kind: 'Secret', type, metadata: { name, ...metadata }, data });
}

const owner = (name: string): object => ({
  ownerReferences: [
    { apiVersion: 'v1', kind: 'ConfigMap', name, uid: '00000000-0000-0000-0000-000000000001' },
  ],
});

const numbered = (name: string, many: number, value: string): [string, string][] =>
  Array.from({ length: many }, (_, index) => [`${name}${index}`, value]);

const urls = (many: number): Record<string, string> =>
  Object.fromEntries(numbered('DATABASE_URL_', many, 'postgresql://app:Tr0ub4dor-and-3@db:5432/app'));
