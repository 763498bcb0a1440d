import { Buffer } from 'node:buffer';
import { type SeededRandom, seededRandom } from '../../helpers/engine/seeded-random.ts';

/** A field of a manifest that may be wrong in any way. */
type Fields = Readonly<Record<string, unknown>>;

/** One Secret for the differential test. The API server says whether it is right. */
export interface ServerShape {
  readonly name: string;
  readonly manifest: Fields;
}

const base64 = (text: string | Uint8Array): string => Buffer.from(text).toString('base64');
const bytes = (count: number): string => Buffer.alloc(count, 'x').toString('base64');
const chars = (count: number): string => 'a'.repeat(count);

const secret = (name: string, fields: Fields): ServerShape => ({
  name,
  manifest: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'app' }, ...fields },
});
const typed = (name: string, type: unknown, values: Fields, metadata: Fields = {}): ServerShape =>
  secret(name, { type, metadata: { name: 'app', ...metadata }, stringData: values });
const meta = (name: string, metadata: Fields): ServerShape =>
  secret(name, { metadata: { name: 'app', ...metadata }, stringData: { A: 'x' } });
const label = (key: string, value: unknown = 'x'): ServerShape =>
  meta(`label ${short(key)}: ${short(JSON.stringify(value))}`, { labels: { [key]: value } });
const annotation = (key: string, value: unknown = 'x'): ServerShape =>
  meta(`annotation ${short(key)}: ${short(JSON.stringify(value))}`, { annotations: { [key]: value } });
const named = (name: unknown): ServerShape => meta(`name ${short(JSON.stringify(name))}`, { name });
const inNamespace = (namespace: unknown): ServerShape =>
  meta(`namespace ${short(JSON.stringify(namespace))}`, { namespace });
const finalizers = (...list: readonly unknown[]): ServerShape =>
  meta(`finalizers ${short(JSON.stringify(list))}`, { finalizers: list });
const OWNER = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop', uid: 'a-b-c' };
const owner = (name: string, fields: Fields): ServerShape =>
  meta(`owner with ${name}`, { ownerReferences: [{ ...OWNER, ...fields }] });
const dockerConfig = (name: string, value: string | Uint8Array): ServerShape =>
  secret(`docker config: ${name}`, {
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': base64(value) },
  });
const without = (fields: Fields, key: string): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => name !== key));

const short = (text: string | undefined): string =>
  text === undefined || text.length <= 40 ? String(text) : `${text.slice(0, 32)}… (${text.length})`;

const MAX_DATA = 1_048_576;
const MAX_ANNOTATIONS = 262_144;

const types: readonly ServerShape[] = [
  typed('tls, both keys', 'kubernetes.io/tls', { 'tls.crt': 'x', 'tls.key': 'x' }),
  typed('tls, both keys empty', 'kubernetes.io/tls', { 'tls.crt': '', 'tls.key': '' }),
  typed('tls, no certificate', 'kubernetes.io/tls', { 'tls.key': 'x' }),
  typed('tls, no key', 'kubernetes.io/tls', { 'tls.crt': 'x' }),
  typed('tls, other keys', 'kubernetes.io/tls', { cert: 'x', key: 'x' }),
  secret('tls, nothing', { type: 'kubernetes.io/tls' }),
  secret('tls, one key in data and one in stringData', {
    type: 'kubernetes.io/tls',
    data: { 'tls.crt': base64('x') },
    stringData: { 'tls.key': 'x' },
  }),
  secret('tls, a key without a value', {
    type: 'kubernetes.io/tls',
    stringData: { 'tls.crt': 'x', 'tls.key': null },
  }),
  secret('tls, a key without a value in data', {
    type: 'kubernetes.io/tls',
    data: { 'tls.crt': base64('x'), 'tls.key': null },
  }),
  secret('tls, null over a value', {
    type: 'kubernetes.io/tls',
    data: { 'tls.crt': base64('x'), 'tls.key': base64('x') },
    stringData: { 'tls.key': null },
  }),
  typed('tls in capitals is another type', 'kubernetes.io/TLS', {}),
  typed('tls with a blank is another type', 'kubernetes.io/tls ', {}),
  typed('ssh', 'kubernetes.io/ssh-auth', { 'ssh-privatekey': 'x' }),
  typed('ssh, empty key', 'kubernetes.io/ssh-auth', { 'ssh-privatekey': '' }),
  typed('ssh, no key', 'kubernetes.io/ssh-auth', { 'ssh-publickey': 'x' }),
  secret('ssh, nothing', { type: 'kubernetes.io/ssh-auth' }),
  typed('basic, both', 'kubernetes.io/basic-auth', { username: 'x', password: 'x' }),
  typed('basic, user', 'kubernetes.io/basic-auth', { username: 'x' }),
  typed('basic, password', 'kubernetes.io/basic-auth', { password: 'x' }),
  typed('basic, empty password', 'kubernetes.io/basic-auth', { password: '' }),
  typed('basic, neither', 'kubernetes.io/basic-auth', { user: 'x', pass: 'x' }),
  secret('basic, nothing', { type: 'kubernetes.io/basic-auth' }),
  typed('token, nothing', 'kubernetes.io/service-account-token', {}),
  typed(
    'token, annotation',
    'kubernetes.io/service-account-token',
    {},
    { annotations: { 'kubernetes.io/service-account.name': 'app' } },
  ),
  typed(
    'token, empty annotation',
    'kubernetes.io/service-account-token',
    {},
    { annotations: { 'kubernetes.io/service-account.name': '' } },
  ),
  typed(
    'token, a name that is none',
    'kubernetes.io/service-account-token',
    {},
    { annotations: { 'kubernetes.io/service-account.name': 'A B' } },
  ),
  typed(
    'token, uid alone',
    'kubernetes.io/service-account-token',
    {},
    { annotations: { 'kubernetes.io/service-account.uid': 'x' } },
  ),
  typed('bootstrap token, nothing', 'bootstrap.kubernetes.io/token', {}),
  typed('bootstrap token, some', 'bootstrap.kubernetes.io/token', { 'token-id': 'X' }),
  typed('dockercfg', 'kubernetes.io/dockercfg', { '.dockercfg': '{}' }),
  typed('dockercfg, no key', 'kubernetes.io/dockercfg', { dockercfg: '{}' }),
  typed('dockercfg, key of the other type', 'kubernetes.io/dockercfg', { '.dockerconfigjson': '{}' }),
  typed('dockercfg, empty', 'kubernetes.io/dockercfg', { '.dockercfg': '' }),
  typed('dockercfg, a list', 'kubernetes.io/dockercfg', { '.dockercfg': '[]' }),
  typed('dockerconfigjson, no key', 'kubernetes.io/dockerconfigjson', { 'config.json': '{}' }),
  typed('dockerconfigjson, key of the other type', 'kubernetes.io/dockerconfigjson', { '.dockercfg': '{}' }),
  typed('an unknown type of Kubernetes', 'kubernetes.io/nothing', {}),
  typed('a type of a third party', 'example.com/thing', {}),
  typed('a type that is a sentence', 'any text / at all!', {}),
  typed('a long type', chars(4000), {}),
  typed('an empty type', '', { A: 'x' }),
  typed('a type that is null', null, { A: 'x' }),
  typed('a type that is a number', 5, { A: 'x' }),
  typed('a type that is a list', ['Opaque'], { A: 'x' }),
  typed('helm', 'helm.sh/release.v1', {}),
];

const deep = (open: string, close: string, depth: number): string =>
  `${open.repeat(depth)}1${close.repeat(depth)}`;

const dockerConfigs: readonly ServerShape[] = [
  dockerConfig('empty', ''),
  dockerConfig('blank', ' \n\t\r '),
  dockerConfig('an object', '{}'),
  dockerConfig('auths', '{"auths":{"r.example.com":{"auth":"eDp5"}}}'),
  dockerConfig('not the members of docker', '{"a":[1,null,true,"x",{"b":-1.5e3}]}'),
  dockerConfig('null', 'null'),
  dockerConfig('null with blanks', ' null\n'),
  dockerConfig('a list', '[]'),
  dockerConfig('a string', '"{}"'),
  dockerConfig('an empty string', '""'),
  dockerConfig('a number', '1'),
  dockerConfig('true', 'true'),
  dockerConfig('cut off', '{"auths":{"r.example.com":{"auth":"eDp5"'),
  dockerConfig('cut off in a string', '{"auths'),
  dockerConfig('a trailing comma', '{"a":1,}'),
  dockerConfig('a comment', '{"a":1} // x'),
  dockerConfig('single quotes', "{'a':1}"),
  dockerConfig('a key without quotes', '{a:1}'),
  dockerConfig('YAML', 'auths:\n  r: {}\n'),
  dockerConfig('two objects', '{}{}'),
  dockerConfig('blanks around', '\n\t {} \r\n'),
  dockerConfig('a form feed', '\f{}'),
  dockerConfig('a no-break space', '\u00a0{}'),
  dockerConfig('a byte-order mark', '\ufeff{}'),
  dockerConfig('a NUL behind', '{}\0'),
  dockerConfig('a NUL in a string', '{"a":"\0"}'),
  dockerConfig('a newline in a string', '{"a":"x\ny"}'),
  dockerConfig('DEL in a string', '{"a":"\u007f"}'),
  dockerConfig('an escaped NUL', '{"a":"\\u0000"}'),
  dockerConfig('a wrong escape', '{"a":"\\x41"}'),
  dockerConfig('half a surrogate', '{"a":"\\ud800"}'),
  dockerConfig(
    'bytes that are no UTF-8 in a string',
    Buffer.from([0x7b, 0x22, 0x61, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
  ),
  dockerConfig('bytes that are no UTF-8 outside', Buffer.from([0x7b, 0xff, 0x7d])),
  dockerConfig('UTF-16', Buffer.from('{}', 'utf16le')),
  dockerConfig('a key twice', '{"a":1,"a":2}'),
  dockerConfig('a key __proto__', '{"__proto__":1}'),
  dockerConfig('the largest number', '{"a":1.7976931348623157e308}'),
  dockerConfig('a number that is too small', '{"a":1e-999}'),
  dockerConfig('a large number in a string', '{"a":"1e999"}'),
  dockerConfig('a leading zero', '{"a":01}'),
  dockerConfig('a plus', '{"a":+1}'),
  dockerConfig('a point without digits', '{"a":1.}'),
  dockerConfig('minus zero', '{"a":-0}'),
  dockerConfig('NaN', '{"a":NaN}'),
  dockerConfig('10,000 deep', `{"a":${deep('[', ']', 9_999)}}`),
  dockerConfig('objects 10,000 deep', deep('{"a":', '}', 10_000)),
  dockerConfig('brackets in a string', `{"a":"${'['.repeat(10_001)}"}`),
  dockerConfig('an escaped quote before brackets in a string', `{"a\\"${'['.repeat(10_001)}":1}`),
  dockerConfig('an exponent of three digits', '{"a":[9e99,1e308,1E+308]}'),
  dockerConfig('a megabyte of empty objects', `{"a":[${'{},'.repeat(349_000)}{}]}`),
  dockerConfig('double base64', base64('{}')),
];

const sizes: readonly ServerShape[] = [
  secret('data of the limit', { data: { A: bytes(MAX_DATA) } }),
  secret('data of one byte more', { data: { A: bytes(MAX_DATA + 1) } }),
  secret('two values of the limit', { data: { A: bytes(MAX_DATA - 1), B: base64('x') } }),
  secret('two values of one byte more', { data: { A: bytes(MAX_DATA), B: base64('x') } }),
  secret('names of keys do not count', { data: { A: bytes(MAX_DATA), [chars(200)]: '' } }),
  secret('stringData of the limit', { stringData: { A: chars(MAX_DATA) } }),
  secret('stringData of one byte more', { stringData: { A: chars(MAX_DATA + 1) } }),
  secret('stringData in bytes, not characters', { stringData: { A: 'é'.repeat(MAX_DATA / 2), B: 'x' } }),
  secret('characters of two bytes, within the limit', { stringData: { A: 'é'.repeat(MAX_DATA / 2) } }),
  secret('stringData wins over a large value', {
    data: { A: bytes(MAX_DATA + 9), B: base64('x') },
    stringData: { A: 'x' },
  }),
  secret('data and stringData together', {
    data: { A: bytes(MAX_DATA / 2) },
    stringData: { B: chars(MAX_DATA / 2 + 1) },
  }),
  secret('large and typed', {
    type: 'kubernetes.io/ssh-auth',
    data: { 'ssh-privatekey': bytes(MAX_DATA + 1) },
  }),
  secret('base64 with line breaks', {
    data: {
      A: `${bytes(3 * 349_525)
        .match(/.{1,76}/g)
        ?.join('\n')}`,
    },
  }),
  meta('annotations of the limit', { annotations: { 'a.b/c': chars(MAX_ANNOTATIONS - 5) } }),
  meta('annotations of one byte more', { annotations: { 'a.b/c': chars(MAX_ANNOTATIONS - 4) } }),
  meta('annotations of two keys at the limit', { annotations: { a: chars(200_000), b: chars(62_142) } }),
  meta('annotations of two keys above it', { annotations: { a: chars(200_000), b: chars(62_143) } }),
  meta('annotations in bytes, not characters', { annotations: { a: 'é'.repeat(131_072) } }),
  meta('annotations in bytes, within the limit', { annotations: { a: 'é'.repeat(131_071) } }),
  meta('labels count for no limit', {
    labels: Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`l${index}`, chars(63)])),
  }),
];

const names: readonly ServerShape[] = [
  ...[chars(253), chars(254), chars(64), 'a'].map(named),
  ...[
    'A',
    'a_b',
    'a b',
    'a.b',
    'a..b',
    '.a',
    'a.',
    '-a',
    'a-',
    'a.-b',
    'a-.b',
    '1',
    '1.2',
    'é',
    'a/b',
    '..',
    '.',
    'a\n',
    '\na',
    'a\u0000',
    'a%2fb',
    'ａ',
  ].map(named),
  ...['', null, 5, true, ['a'], { a: 1 }].map(named),
  secret('no metadata', { metadata: undefined }),
  secret('metadata is null', { metadata: null }),
  secret('metadata is text', { metadata: 'app' }),
  secret('metadata is a list', { metadata: [] }),
  ...[
    'default',
    chars(63),
    chars(64),
    'A',
    'a.b',
    'a_b',
    '-a',
    'a-',
    '',
    'kube system',
    'a/b',
    '..',
    null,
    5,
    true,
  ].map(inNamespace),
];

const labels: readonly ServerShape[] = [
  label('app'),
  label('app', ''),
  label('app', chars(63)),
  label('app', chars(64)),
  ...[
    'A.b_c-d',
    '-a',
    'a-',
    '_a',
    'a_',
    '.a',
    'a.',
    'a b',
    'a/b',
    'a@b',
    'é',
    'a\n',
    '${APP}',
    '{{ .Values.app }}',
    'v1.2.3+4',
    '0',
    '-',
  ].map((value) => label('app', value)),
  ...[5, true, null, ['a'], { a: 'b' }, 1.5].map((value) => label('app', value)),
  label(chars(63)),
  label(chars(64)),
  label(`${chars(253)}/a`),
  label(`${chars(254)}/a`),
  label(`a/${chars(63)}`),
  label(`a/${chars(64)}`),
  ...[
    '',
    '/',
    'a/',
    '/a',
    'a/b/c',
    'A.b/c',
    'a.B/c',
    'a_b/c',
    'a..b/c',
    '-a',
    'a-',
    'A',
    'a b',
    'a b/c',
    'é',
    'a\n',
    'a.b/C_d.e-f',
    'example.com/',
    'example.com/-a',
    '${KEY}',
  ].map((key) => label(key)),
  meta('labels are a list', { labels: ['a'] }),
  meta('labels are text', { labels: 'a=b' }),
  meta('labels are null', { labels: null }),
  meta('labels are empty', { labels: {} }),
  meta('two invalid labels', { labels: { 'a b': 'c d', e: 'f ' } }),
];

const annotations: readonly ServerShape[] = [
  annotation('a', ''),
  annotation('a', 'any text: at all, é\n'),
  ...[5, true, null, ['a'], { a: 'b' }].map((value) => annotation('a', value)),
  annotation(chars(63)),
  annotation(chars(64)),
  annotation(`${chars(253)}/a`),
  annotation(`${chars(254)}/a`),
  ...[
    '',
    '/',
    'a/',
    '/a',
    'a/b/c',
    'A.B/c',
    'A_b/c',
    'K/k',
    '\u212aelvin',
    '\u0130',
    'a b',
    'é',
    '-a',
    'a.b/C_d',
    'a\n',
  ].map((key) => annotation(key)),
  meta('annotations are a list', { annotations: ['a'] }),
  meta('annotations are text', { annotations: 'a' }),
  meta('annotations are null', { annotations: null }),
];

const finalizersAndOwners: readonly ServerShape[] = [
  finalizers(),
  finalizers('kubernetes'),
  finalizers('a.b/c'),
  finalizers('orphan'),
  finalizers('foregroundDeletion'),
  finalizers('orphan', 'foregroundDeletion'),
  finalizers('a.b/c', 'd.e/f'),
  finalizers('a.b/c', 'a.b/c'),
  ...['', 'a b', 'plain', 'A.b/c', 'a/b/c', '-a', chars(63), chars(64), 5, null, true, ['a']].map((one) =>
    finalizers(one),
  ),
  meta('finalizers are text', { finalizers: 'a.b/c' }),
  meta('finalizers are a map', { finalizers: {} }),
  meta('finalizers are null', { finalizers: null }),
  owner('everything', { controller: true, blockOwnerDeletion: true }),
  ...['apiVersion', 'kind', 'name', 'uid'].flatMap((field) => [
    meta(`owner without ${field}`, { ownerReferences: [without(OWNER, field)] }),
    owner(`an empty ${field}`, { [field]: '' }),
    owner(`${field} null`, { [field]: null }),
    owner(`${field} a number`, { [field]: 5 }),
  ]),
  ...['v1', 'a/b/c', 'apps/', '/v1', '/', 'a b', 'apps/V1'].map((apiVersion) =>
    owner(`apiVersion ${apiVersion}`, { apiVersion }),
  ),
  owner('any uid, kind and name', { uid: 'no uid', kind: 'a b', name: 'A_b' }),
  owner('an unknown field', { namespace: 'x' }),
  owner('an unknown field that is null', { namespace: null }),
  owner('controller as text', { controller: 'true' }),
  owner('controller null', { controller: null }),
  owner('controller a number', { controller: 1 }),
  owner('blockOwnerDeletion as text', { blockOwnerDeletion: 'yes' }),
  owner('an Event', { apiVersion: 'v1', kind: 'Event' }),
  owner('an Event of its new group', { apiVersion: 'events.k8s.io/v1', kind: 'Event' }),
  meta('two owners', { ownerReferences: [OWNER, { ...OWNER, uid: 'd' }] }),
  meta('two controllers', {
    ownerReferences: [
      { ...OWNER, controller: true },
      { ...OWNER, uid: 'd', controller: true },
    ],
  }),
  meta('one controller of two', {
    ownerReferences: [
      { ...OWNER, controller: true },
      { ...OWNER, uid: 'd', controller: false },
    ],
  }),
  meta('one owner twice', { ownerReferences: [OWNER, OWNER] }),
  meta('one uid of two owners', { ownerReferences: [OWNER, { ...OWNER, name: 'other' }] }),
  meta('ownerReferences are a map', { ownerReferences: OWNER }),
  meta('ownerReferences are text', { ownerReferences: 'x' }),
  meta('ownerReferences are null', { ownerReferences: null }),
  meta('ownerReferences are empty', { ownerReferences: [] }),
  meta('an owner that is text', { ownerReferences: ['x'] }),
  meta('an owner that is null', { ownerReferences: [null] }),
  meta('an owner that is empty', { ownerReferences: [{}] }),
];

const systemFields: readonly ServerShape[] = [
  meta('uid is empty', { uid: '' }),
  meta('uid is a number', { uid: 5 }),
  meta('resourceVersion', { resourceVersion: '1' }),
  meta('resourceVersion is 0', { resourceVersion: '0' }),
  meta('resourceVersion is empty', { resourceVersion: '' }),
  meta('resourceVersion is a number', { resourceVersion: 1 }),
  meta('resourceVersion is no number', { resourceVersion: 'x' }),
  meta('generation', { generation: 3 }),
  meta('generation is negative', { generation: -1 }),
  meta('generation is text', { generation: '3' }),
  meta('generation is no integer', { generation: 1.5 }),
  meta('generation is null', { generation: null }),
  meta('creationTimestamp', { creationTimestamp: '2027-03-01T00:00:00Z' }),
  meta('creationTimestamp is null', { creationTimestamp: null }),
  meta('creationTimestamp is empty', { creationTimestamp: '' }),
  meta('creationTimestamp is a date', { creationTimestamp: '2027-03-01' }),
  ...[
    '2027-03-01T00:00:00+01:00',
    '2027-03-01T00:00:00.123456789Z',
    '2027-03-01T00:00:00,5Z',
    '2027-02-30T00:00:00Z',
    '2028-02-29T00:00:00Z',
    '2027-02-29T00:00:00Z',
    '0000-01-01T00:00:00Z',
    '2027-13-01T00:00:00Z',
    '2027-03-01T24:00:00Z',
    '2027-03-01T9:00:00Z',
    '2027-03-01T00:00:60Z',
    '2027-03-01t00:00:00z',
    '2027-03-01 00:00:00Z',
    '2027-03-01T00:00:00',
    '2027-03-01T00:00:00+24:00',
    '2027-03-01T00:00:00+01',
    ' 2027-03-01T00:00:00Z',
  ].map((time) => meta(`creationTimestamp ${time}`, { creationTimestamp: time })),
  meta('creationTimestamp is text', { creationTimestamp: 'today' }),
  meta('creationTimestamp is a number', { creationTimestamp: 5 }),
  meta('deletionTimestamp', { deletionTimestamp: '2027-03-01T00:00:00Z' }),
  meta('deletionTimestamp is text', { deletionTimestamp: 'today' }),
  meta('deletionGracePeriodSeconds', { deletionGracePeriodSeconds: 5 }),
  meta('deletionGracePeriodSeconds is negative', { deletionGracePeriodSeconds: -5 }),
  meta('deletionGracePeriodSeconds is text', { deletionGracePeriodSeconds: '5' }),
  meta('selfLink', { selfLink: '/x' }),
  meta('selfLink is a number', { selfLink: 5 }),
  meta('managedFields are null', { managedFields: null }),
  meta('clusterName', { clusterName: 'x' }),
  meta('an unknown field of metadata', { label: {} }),
  ...[true, false, null, 'true', 1, 'yes', [], {}].map((immutable) =>
    secret(`immutable ${JSON.stringify(immutable)}`, { immutable }),
  ),
];

const keys: readonly ServerShape[] = [
  chars(253),
  chars(254),
  '.',
  '..',
  '...',
  '..a',
  '.a',
  'a/b',
  'a b',
  '',
  'é',
  'a\n',
  '_',
  '-',
  'A.b-C_d',
].map((key) => secret(`key ${short(JSON.stringify(key))}`, { stringData: { [key]: 'x' } }));

/** Random text of the characters on which the rules turn: most of it is nearly right. */
function fuzzed({ between, pick, text, times }: SeededRandom): ServerShape {
  const word = (): string => pick([text('aZ0', 1, 3), text('aZ0-_.', 1, 5), text('az09-._/ é$\n', 0, 6)]);
  const path = (): string =>
    pick([word(), `${word()}/${word()}`, `a.b/${word()}`, `${word().toLowerCase()}/c`]);
  return pick([
    () => named(word()),
    () => label(path(), word()),
    () => annotation(path()),
    () => finalizers(...times(between(1, 2), path)),
    () => owner('random fields', { apiVersion: path(), uid: word(), name: word() }),
    () => dockerConfig('random text', text('{}[]":,1e.-\\nul t', 0, 12)),
    () =>
      dockerConfig(
        'random members',
        `{"a":${pick(['', '-', '0', '1'])}${text('0123.eE+-', 0, 6)},"b":"${text('\\"nu0/\n', 0, 4)}"}`,
      ),
    () => secret('random key', { stringData: { [word()]: 'x' } }),
    () =>
      typed(
        'random keys',
        pick(TYPES),
        Object.fromEntries(times(between(0, 3), () => [pick(TYPED_KEYS), pick(['', 'x', '{}', null])])),
      ),
  ])();
}

const TYPES = ['tls', 'ssh-auth', 'basic-auth', 'dockercfg', 'dockerconfigjson', 'service-account-token'].map(
  (type) => `kubernetes.io/${type}`,
);
const TYPED_KEYS = [
  'tls.crt',
  'tls.key',
  'ssh-privatekey',
  'username',
  'password',
  '.dockercfg',
  '.dockerconfigjson',
];

const SEED = 15;
const manyFuzzed = (random: SeededRandom): readonly ServerShape[] => random.times(600, () => fuzzed(random));

/** Each is one write. A new shape is one line. */
export const serverShapes: readonly ServerShape[] = [
  ...types,
  ...dockerConfigs,
  ...sizes,
  ...names,
  ...labels,
  ...annotations,
  ...finalizersAndOwners,
  ...systemFields,
  ...keys,
  ...manyFuzzed(seededRandom(SEED)),
];

const generated = (generateName: unknown, metadata: Fields = {}): ServerShape =>
  secret(`generateName ${short(JSON.stringify(generateName))}, ${short(JSON.stringify(metadata))}`, {
    metadata: { generateName, ...metadata },
  });

/**
 * These are for `kubectl create`. `kubectl apply` takes no generateName, and `--server-side` takes a uid and
 * managedFields only of a Secret that exists.
 */
export const createShapes: readonly ServerShape[] = [
  meta('uid', { uid: 'a-b' }),
  meta('managedFields', {
    managedFields: [
      { manager: 'x', operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: {} },
    ],
  }),
  meta('managedFields are empty', { managedFields: [] }),
  meta('managedFields without an operation', { managedFields: [{ manager: 'x' }] }),
  meta('managedFields of another type', { managedFields: [{ operation: 'Apply', fieldsType: 'X' }] }),
  meta('managedFields are text', { managedFields: 'x' }),
  meta('managedFields are a map', { managedFields: {} }),
  meta('managedFields of text', { managedFields: ['x'] }),
  meta('resourceVersion', { resourceVersion: '1' }),
  ...[
    'app-',
    'app',
    'a',
    '-',
    'a-',
    '-a',
    'a.',
    'a--',
    'a.-',
    'a..',
    '.-',
    '--',
    'A-',
    'a_',
    'a b-',
    'é-',
    'a/',
    'a.b-',
    'a.b.-',
    chars(58),
    chars(59),
    chars(63),
    chars(64),
    chars(248),
    chars(253),
    chars(254),
    `${chars(253)}-`,
    `${chars(252)}-`,
    `${chars(57)}.${chars(9)}`,
    `${chars(57)}-${chars(9)}`,
    `${chars(56)}..${chars(9)}`,
  ].map((prefix) => generated(prefix)),
  ...['', null, 5].map((prefix) => generated(prefix)),
  ...['A_', 'a.', 'app-', chars(254)].map((prefix) => generated(prefix, { name: 'app' })),
];
