import { randomBytes } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import t from 'tap';
import { type LoginRecord, newLoginRecord } from '../../../src/engine/secret/record/login-record.ts';
import { newRecord, type SecretRecord } from '../../../src/engine/secret/record/record.ts';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import { decodeRecord, encodeRecord } from '../../../src/kube/record/codec.ts';
import { at, aVersion, plainValues, values } from '../../helpers/engine/record.ts';
import { fc } from '../../helpers/property.ts';

const RECORD: SecretRecord = {
  uid: 'u1',
  versions: [
    aVersion(3, { A: '1', EMPTY: '' }, { why: { kind: 'rotated', step: 'introduced' } }),
    aVersion(4, { A: '2' }, { why: { kind: 'rolled-back', to: 2 }, keys: ['A', 'EMPTY'] }),
  ],
  pending: {
    ...aVersion(5, { A: '3' }, { by: 'lockstep', why: { kind: 'healed' } }),
    baseResourceVersion: '77',
  },
  lastChanged: new Map([
    ['__proto__', at(1)],
    ['A', at(4)],
  ]),
  recentChanges: [
    { number: 3, time: at(3), by: 'helm', keys: ['A'] },
    { number: 4, time: at(4), by: 'helm', keys: ['A', 'EMPTY'], recreated: true },
  ],
  rotations: new Map([['A', { step: 'switched', since: at(4), previousKey: 'A_PREVIOUS' }]]),
  requestedKeys: ['A'],
  afterPending: { rotations: new Map(), requestedKeys: [] },
  rollout: {
    changes: [{ number: 4, time: at(4), keys: ['A'] }],
    done: new Map([['Deployment/api', 4]]),
    current: { workload: 'Deployment/web', since: at(5) },
    stopped: { workload: 'Deployment/web', reason: 'too slow' },
  },
  login: undefined,
  inSyncKeys: new Map([['__proto__', { entry: 'e', version: 4 }]]),
  deletedAt: at(9),
  frame: {
    type: 'kubernetes.io/basic-auth',
    immutable: true,
    controller: 'Kind/name',
    labels: new Map([['__proto__', 'label']]),
    annotations: new Map([['a', 'annotation']]),
  },
};

const LOGIN: LoginRecord = {
  secret: 'u1',
  movedFrom: 'app-9b7bht2f7m',
  owner: 'app',
  at: 'here',
  auth: 'scram-sha-256',
  current: { role: 'app', password: Sensitive.fromText('current') },
  previous: { role: 'app_alt', password: Sensitive.fromText('previous') },
  change: {
    id: 'c1',
    cause: 'rolled-back',
    since: at(6),
    phase: 'rollback-verify',
    entered: at(7),
    from: { role: 'app', password: Sensitive.fromText('current') },
    to: { role: '__proto__', password: Sensitive.fromText('next') },
    overlaps: true,
    restores: 3,
    fault: 'nobody came in',
  },
  server: { system: '7', timeline: 2 },
  changeRequest: { kind: 'rollback', to: 3 },
  diverged: { since: at(8), reason: 'who knows', version: 4 },
  rotated: at(2),
  failed: { time: at(3), reason: 'too slow', undone: true },
};

const form = (record: SecretRecord): Record<string, string> => ({
  ...(encodeRecord(record) as Record<string, string>),
});
const read = (data: Readonly<Record<string, string | null>>): SecretRecord => {
  const record = decodeRecord(data);
  if (typeof record === 'string') throw new Error(record);
  return record;
};
// biome-ignore lint/suspicious/noExplicitAny: what stands in the index
const indexOf = (data: Readonly<Record<string, string>>): any =>
  JSON.parse(Buffer.from(data.index ?? '', 'base64').toString('utf8'));
const withIndex = (index: unknown) => ({
  index: Buffer.from(typeof index === 'string' ? index : JSON.stringify(index)).toString('base64'),
});
/** The record with some fields of its index as `change` says. */
const edited = (change: (index: ReturnType<typeof indexOf>) => object) => {
  const index = indexOf(form(RECORD));
  return { ...form(RECORD), ...withIndex({ ...index, ...change(index) }) };
};
const held = ({ versions }: SecretRecord) => versions.map(({ data }) => plainValues(data));

t.test('decodes an encoded record', async (t) => {
  const data = form(RECORD);
  t.same(Object.keys(data), ['index', 'version-3', 'version-4', 'pending']);
  const record = read(data);
  t.same({ ...record, versions: [], pending: undefined }, { ...RECORD, versions: [], pending: undefined });
  t.same(held(record), [{ A: '1', EMPTY: '' }, { A: '2' }]);
  t.same(
    record.versions.map(({ data: _, ...rest }) => rest),
    RECORD.versions.map(({ data: _, ...rest }) => rest),
  );
  t.match(record.pending, { number: 5, by: 'lockstep', why: { kind: 'healed' }, baseResourceVersion: '77' });
  t.same(plainValues(record.pending?.data), { A: '3' });
  const bare = newRecord('u1', new Map(), { time: at(0), by: '', why: { kind: 'seen' } });
  t.same(read(form(bare)), bare);
});

t.test('decodes a login with its passwords, and has none of them in the index', async (t) => {
  const data = form({ ...RECORD, login: LOGIN });
  const { login } = read(data);
  const texts = [login?.current, login?.previous, login?.change?.from, login?.change?.to].map((one) =>
    one?.password.withPlaintext(({ text }) => text),
  );
  t.same(texts, ['current', 'previous', 'current', 'next']);
  t.same(login, LOGIN);
  t.notMatch(JSON.stringify(indexOf(data).login), /"next"/);
  const bare = newLoginRecord('u1', 'app');
  t.same(read(form({ ...RECORD, login: bare })).login, bare);
});

t.test('decodes the logins on several servers, each with its own passwords', async (t) => {
  const redis: LoginRecord = {
    ...newLoginRecord('u1', 'default', 'redis'),
    current: { role: 'default', password: Sensitive.fromText('of redis') },
  };
  for (const [login, other] of [
    [LOGIN, redis],
    [redis, LOGIN],
  ] as const)
    t.same(read(form({ ...RECORD, login, otherLogins: [other] })), {
      ...RECORD,
      login,
      otherLogins: [other],
    });
  t.same(read(form({ ...RECORD, login: redis })).login, redis);
  t.same(read(form({ ...RECORD, otherLogins: [redis] })).login, redis, 'the only one is the first');
  const data = form({ ...RECORD, login: LOGIN, otherLogins: [redis] });
  t.equal(decodeRecord({ ...data, 'login-redis': null }), 'the passwords of its login were edited');
  const { login, ...index } = indexOf(data);
  const twice = { ...data, ...withIndex({ ...index, login, otherLogins: [login] }) };
  t.equal(decodeRecord(twice), 'it has two logins of one kind');
});

t.test('refuses a record whose login has lost its passwords', async (t) => {
  const data = form({ ...RECORD, login: LOGIN });
  t.equal(decodeRecord({ ...data, login: null }), 'the passwords of its login were edited');
  const { login, ...index } = indexOf(data);
  const other = { ...data, ...withIndex({ ...index, login: { ...login, sha256: 'f' } }) };
  t.equal(decodeRecord(other), 'the passwords of its login were edited');
});

t.test('decodes any values byte for byte, under any keys', async (t) => {
  const anyValues = fc.dictionary(
    fc.oneof(fc.constantFrom('__proto__', 'constructor', 'a.b', ''), fc.string()),
    fc.uint8Array({ maxLength: 50 }),
  );
  fc.assert(
    fc.property(anyValues, (texts) => {
      const written = newRecord('u', values(texts), { time: at(0), by: 'x', why: { kind: 'seen' } });
      const data = read(form(written)).versions[0]?.data;
      const before = written.versions[0]?.data;
      return (
        data?.size === before?.size && [...(before ?? [])].every(([key, one]) => one.equals(data?.get(key)))
      );
    }),
    { seed: 20261125, numRuns: 300 },
  );
  t.pass();
});

t.test('keeps values out of the index, and readable without lockstep', async (t) => {
  const data = form({ ...RECORD, versions: [aVersion(3, { A: 'canary-value' })], pending: undefined });
  t.notMatch(JSON.stringify(indexOf(data)), /canary-value|Y2FuYXJ5/);
  const json = gunzipSync(Buffer.from(data['version-3'] ?? '', 'base64')).toString('utf8');
  t.same(JSON.parse(json), { A: Buffer.from('canary-value').toString('base64') });
});

t.test('keeps an edited version without its values', async (t) => {
  const packed = (texts: unknown) => gzipSync(JSON.stringify(texts)).toString('base64');
  const lost = (name: string, content: string | null | undefined) => {
    const { [name]: _, ...others } = form(RECORD);
    return read(content === undefined ? others : { ...others, [name]: content });
  };
  for (const content of [packed({ A: 'OQ==' }), 'not base64!', '', null, undefined]) {
    const record = lost('version-4', content);
    t.same(held(record), [{ A: '1', EMPTY: '' }, undefined]);
    t.equal(record.pending?.number, 5);
  }
  t.equal(lost('pending', packed({ A: 'OQ==' })).pending?.data, undefined);
  const again = read(form(lost('version-4', 'AAAA')));
  t.same(held(again), [{ A: '1', EMPTY: '' }, undefined], 'and stays so');
});

t.test('refuses a malformed record, without a quote', async (t) => {
  const reasonOf = (data: Readonly<Record<string, string | null>>) => {
    const reason = decodeRecord(data);
    t.type(reason, 'string');
    t.notMatch(reason, 'canary');
    return reason;
  };
  t.equal(reasonOf({}), 'it has no index');
  t.equal(reasonOf({ index: null }), 'it has no index');
  t.equal(reasonOf(withIndex('canary')), 'its index is no JSON');
  t.equal(reasonOf(withIndex('{"schema":1')), 'its index is no JSON');
  t.equal(reasonOf(withIndex('null')), 'its index can not be read at its root');
  t.equal(reasonOf(withIndex([])), 'its index can not be read at its root');
  t.equal(
    reasonOf(edited(() => ({ schema: 2 }))),
    'it was written by a newer lockstep (schema 2, this one knows 1)',
  );
  t.equal(reasonOf(edited(() => ({ schema: 'canary' }))), 'its index can not be read at schema');
  t.equal(reasonOf(edited(() => ({ versions: [] }))), 'its index can not be read at versions');
  t.equal(
    reasonOf(edited(({ versions: [one, two] }) => ({ versions: [one, { ...two, time: 'canary' }] }))),
    'its index can not be read at versions.1.time',
  );
  t.equal(
    reasonOf(edited(({ versions: [one] }) => ({ versions: [{ ...one, why: { kind: 'canary' } }] }))),
    'its index can not be read at versions.0.why.kind',
  );
  t.equal(
    reasonOf(edited(({ versions }) => ({ versions: versions.toReversed() }))),
    'the versions of its index are not in order',
  );
  t.equal(
    reasonOf(edited(({ pending }) => ({ pending: { ...pending, number: 4 } }))),
    'the versions of its index are not in order',
  );
  t.equal(reasonOf(edited(() => ({ uid: undefined }))), 'its index can not be read at uid');
  const { login } = indexOf(form({ ...RECORD, login: LOGIN }));
  t.equal(
    reasonOf(edited(() => ({ login: { ...login, movedFrom: 'canary/../../kube-system' } }))),
    'its index can not be read at login.movedFrom',
  );
  t.equal(reasonOf(withIndex('['.repeat(100_000))), 'its index is no JSON');
});

t.test('reports a record with a former field name as unreadable', async (t) => {
  const former = {
    lastChanged: 'changed',
    requestedKeys: 'asked',
    afterPending: 'ahead',
    inSyncKeys: 'inStep',
    deletedAt: 'gone',
  };
  const { pending, ...index } = indexOf(form(RECORD)) as Record<string, unknown>;
  const reasonOf = (content: object) => decodeRecord({ ...form(RECORD), ...withIndex(content) });
  const renamed = (fields: object, names: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(fields).map(([name, value]) => [names[name] ?? name, value]));
  t.type(reasonOf({ ...index, pending }), 'object', 'the present names');
  for (const [name, old] of Object.entries(former))
    t.match(reasonOf({ ...renamed(index, { [name]: old }), pending }), /^its index can not be read at /, old);
  t.match(reasonOf({ ...renamed(index, former), pending }), /^its index can not be read at /, 'all of them');
  const oldPending = renamed(pending as object, { baseResourceVersion: 'over' });
  t.equal(reasonOf({ ...index, pending: oldPending }), 'its index can not be read at pending');
  const { afterPending } = index as { readonly afterPending: object };
  t.equal(
    reasonOf({ ...index, afterPending: renamed(afterPending, { requestedKeys: 'asked' }), pending }),
    'its index can not be read at afterPending.requestedKeys',
  );
});

t.test('parses a list of 200,000 faults at little more than the cost of its JSON', async (t) => {
  const text = `{"schema":1,"uid":"u","versions":[${'{},'.repeat(200_000)}{}]}`;
  const costOf = (work: () => unknown): number => {
    const begun = performance.now();
    work();
    return performance.now() - begun;
  };
  // Both take about as long, so that a busy machine interrupts them alike.
  const costs = Array.from({ length: 3 }, () => [
    costOf(() => {
      for (let number = 0; number < 20; number++) JSON.parse(text);
    }),
    costOf(() => t.equal(decodeRecord(withIndex(text)), 'its index can not be read at versions.0.number')),
  ]);
  const [parse = 0, read = 0] = [0, 1].map((which) => Math.min(...costs.map((pair) => pair[which] ?? 0)));
  t.ok(read < parse, `${((20 * read) / parse).toFixed(1)} times as long`);
});

t.test('reads any change of the index, or refuses it with a reason, and never throws', async (t) => {
  const place = fc.constantFrom(
    'schema',
    'uid',
    'versions',
    'pending',
    'lastChanged',
    'recentChanges',
    'rotations',
    'requestedKeys',
    'afterPending',
    'inSyncKeys',
    'rollout',
    'deletedAt',
  );
  fc.assert(
    fc.property(place, fc.jsonValue(), (name, instead) => {
      const record = decodeRecord(edited(() => ({ [name]: instead })));
      return typeof record === 'string' || record.versions.length > 0;
    }),
    { seed: 20261125, numRuns: 500 },
  );
  t.pass();
});

t.test('limits the unpacked size of a gzip bomb', async (t) => {
  const { createHash } = await import('node:crypto');
  const bomb = gzipSync(Buffer.from(`{"A":"${'A'.repeat(16 * 1024 * 1024)}"}`));
  const sha256 = createHash('sha256').update(bomb).digest('hex');
  const large = gzipSync(Buffer.from(`{"A":"${'A'.repeat(3 * 1024 * 1024)}"}`));
  const largeSum = createHash('sha256').update(large).digest('hex');
  const index = indexOf(form(RECORD));
  const [first] = index.versions;
  const one = {
    ...withIndex({ ...index, versions: [{ ...first, sha256 }] }),
    'version-3': bomb.toString('base64'),
  };
  t.same(held(read(one)), [undefined]);
  const numbers = Array.from({ length: 40 }, (_, n) => n + 1);
  const many = {
    ...withIndex({
      ...index,
      pending: undefined,
      versions: numbers.map((number) => ({ ...first, number, sha256: largeSum })),
    }),
    ...Object.fromEntries(numbers.map((number) => [`version-${number}`, large.toString('base64')])),
  };
  const { versions } = read(many);
  t.equal(versions.filter(({ data }) => data !== undefined).length, 10, 'as much as is read of one record');
  t.ok(versions.at(-1)?.data, 'the newest first');
});

t.test('limits the number of keys without a value', async (t) => {
  const { createHash } = await import('node:crypto');
  const index = indexOf(form(RECORD));
  const [first] = index.versions;
  const sizeOf = (count: number): number | undefined => {
    const keys = Array.from({ length: count }, (_, at) => `"${at.toString(36)}":""`);
    const packed = gzipSync(`{${keys.join(',')}}`);
    const sha256 = createHash('sha256').update(packed).digest('hex');
    const one = {
      ...withIndex({ ...index, pending: undefined, versions: [{ ...first, sha256 }] }),
      [`version-${first?.number}`]: packed.toString('base64'),
    };
    return read(one).versions[0]?.data?.size;
  };
  t.equal(sizeOf(100_000), 100_000);
  t.equal(sizeOf(400_000), undefined, 'in four megabytes');
});

t.test('drops the oldest versions of a record that does not fit into a Secret', async (t) => {
  const version = (number: number, size: number) => ({
    ...aVersion(number, {}),
    data: values({ A: randomBytes(size) }),
  });
  const numbersOf = (record: SecretRecord) => {
    const data = encodeRecord(record);
    return data && Object.keys(data).filter((key) => key !== 'index');
  };
  const record = (sizes: readonly number[], pending?: number): SecretRecord => ({
    ...RECORD,
    versions: sizes.map((size, at) => version(at + 1, size)),
    pending:
      pending === undefined
        ? undefined
        : { ...version(sizes.length + 1, pending), baseResourceVersion: undefined },
  });
  const KB = 1000;
  t.same(numbersOf(record([200 * KB, 200 * KB, 200 * KB], 200 * KB)), [
    'version-1',
    'version-2',
    'version-3',
    'pending',
  ]);
  t.same(numbersOf(record([400 * KB, 400 * KB, 400 * KB])), ['version-2', 'version-3']);
  t.same(numbersOf(record([10, 400 * KB, 400 * KB], 400 * KB)), ['version-3', 'pending']);
  t.same(numbersOf(record([10, 1000 * KB])), ['version-1', 'version-2']);
  t.equal(numbersOf(record([10, 600 * KB], 600 * KB)), undefined);
  t.equal(numbersOf(record([1024 * 1024])), undefined);
  const compressible = { ...aVersion(1, {}), data: values({ A: 'a'.repeat(1024 * 1024) }) };
  t.same(numbersOf({ ...record([]), versions: [compressible, { ...compressible, number: 2 }] }), [
    'version-1',
    'version-2',
  ]);
});
