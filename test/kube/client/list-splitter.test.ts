import { Buffer } from 'node:buffer';
import t from 'tap';
import { ListSplitter } from '../../../src/kube/client/list-splitter.ts';
import { fc } from '../../helpers/property.ts';

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom(
    '"',
    '\\',
    '\\"',
    '\\\\',
    '\\\\"',
    '}',
    ']',
    '[{',
    ',',
    '{"items":[{}]}',
    '__proto__',
    'é€😀',
  ),
);
/**
 * Without a backslash, because JSON.parse of Node 26.10 may confuse a key with another one. No key of a Kubernetes
 * object has a backslash.
 */
const key = text.map((any) => any.replaceAll('\\', '/'));
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    text,
    fc.integer(),
    fc.constantFrom(true, false, null),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.dictionary(key, tie('any'), { maxKeys: 4 }),
  ),
})).any;
const item = fc.dictionary(key, value, { maxKeys: 5 });
const list = fc.record({
  kind: fc.constant('SecretList'),
  metadata: fc.dictionary(key, fc.oneof(text, fc.dictionary(key, text, { maxKeys: 2 })), { maxKeys: 3 }),
  items: fc.array(item, { maxLength: 6 }),
});

const read = (chunks: readonly Uint8Array[]) => {
  const cutter = new ListSplitter();
  const items = chunks.flatMap((chunk) =>
    [...cutter.push(Buffer.from(chunk))].map((json) => (typeof json === 'string' ? JSON.parse(json) : json)),
  );
  return { items, rest: cutter.envelope() };
};

const cutAt = (bytes: Uint8Array, places: readonly number[]): Uint8Array[] => {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
};

t.test('splits a list like JSON.parse, however it is cut and spaced', async () => {
  fc.assert(
    fc.property(
      list,
      fc.constantFrom(undefined, 1, '\t'),
      fc.array(fc.nat(), { maxLength: 12 }),
      fc.boolean(),
      (whole, space, places, isBackward) => {
        const entries = Object.entries(whole);
        const ordered = Object.fromEntries(isBackward ? entries.reverse() : entries);
        const bytes = Buffer.from(JSON.stringify(ordered, undefined, space));
        const { items, rest } = read(cutAt(bytes, places));
        const same = (a: unknown, b: unknown): void => {
          if (JSON.stringify(a) !== JSON.stringify(b))
            throw new Error(`${JSON.stringify(a)} is not ${JSON.stringify(b)}`);
        };
        same(items, JSON.parse(bytes.toString()).items);
        same(rest, { ...ordered, items: [] });
      },
    ),
    { numRuns: 2000 },
  );
});

t.test('splits a list by single bytes, and at once', async (t) => {
  const bytes = Buffer.from(
    JSON.stringify({ kind: 'SecretList', items: [{ a: '\\"}]' }, {}, { b: [[{}]] }] }),
  );
  t.same(read([...bytes].map((byte) => Uint8Array.of(byte))), read([bytes]));
});

t.test('returns an item at its last byte', async (t) => {
  const cutter = new ListSplitter();
  t.same([...cutter.push(Buffer.from('{"items":[{"a":1'))], []);
  t.same([...cutter.push(Buffer.from('},{"a":2}'))], ['{"a":1}', '{"a":2}']);
});

t.test('throws for an incomplete list', async (t) => {
  const bytes = Buffer.from(JSON.stringify({ kind: 'SecretList', items: [{ a: 'canary' }], metadata: {} }));
  for (let end = 0; end < bytes.length; end += 1) {
    t.throws(() => read([bytes.subarray(0, end)]), { message: 'its answer is no JSON' }, `${end} bytes`);
  }
});

t.test('ignores arrays that are not the list’s items', async (t) => {
  t.same(read([Buffer.from('[{"a":1}]')]), { items: [], rest: [{ a: 1 }] });
  const nested = '{"kind":"Table","rows":{"items":[{"a":1}]}}';
  t.same(read([Buffer.from(nested)]).rest, JSON.parse(nested));
});

t.test('returns only the name of an item over 16 MiB, and reads the next items', async (t) => {
  const large = (rest: string): string =>
    `{"metadata":{"name":"large","namespace":"shop","uid":"1"},"text":"${rest}"}`;
  const text = `{"kind":"SecretList","items":[${large('\\u003c'.repeat(2_900_000))},{"metadata":{"name":"next"}}]}`;
  const bytes = Buffer.from(text);
  const chunks = Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_, index) =>
    bytes.subarray(index * 65_536, (index + 1) * 65_536),
  );
  const expected = [{ namespace: 'shop', name: 'large' }, { metadata: { name: 'next' } }];
  t.same(read(chunks), { items: expected, rest: { kind: 'SecretList', items: [] } });
  t.same(read([bytes]).items, expected);
  const whole = Buffer.from(`{"items":[${large('<'.repeat(15 * 1024 * 1024))}]}`);
  t.equal(read([whole]).items[0].text.length, 15 * 1024 * 1024);
});

t.test('returns no name for a large item whose first bytes hold none', async (t) => {
  const text = `{"items":[{"data":"${'x'.repeat(17 * 1024 * 1024)}","metadata":{"name":"late"}}]}`;
  t.same(read([Buffer.from(text)]).items, [{ namespace: '', name: '' }]);
});
