import { deepStrictEqual, strictEqual } from 'node:assert';
import { Buffer } from 'node:buffer';
import t from 'tap';
import { isLongText, parseJson } from '../../../src/admission/review/json-parser.ts';
import { fc } from '../../helpers/property.ts';

/** Large enough for strings to be lifted out. */
const FILL = 'f'.repeat(20_000);

const long = fc
  .uint8Array({ minLength: 300, maxLength: 900 })
  .map((bytes) => Buffer.from(bytes).toString('base64'));
const odd = fc.oneof(
  long.map((text) => `${text}"`),
  long.map((text) => `\\${text}\\`),
  long.map((text) => `${text}é\u0000\n`),
  fc.string({ unit: 'binary', minLength: 500, maxLength: 1200 }),
);
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.jsonValue(),
    long,
    odd,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.string(), long, odd, fc.constant('__proto__')), tie('tree'), { maxKeys: 4 }),
  ),
}));

t.test('reads a large body exactly as JSON.parse does', async () => {
  fc.assert(
    fc.property(tree, fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
      const text = JSON.stringify([FILL, value], null, indent).replaceAll('":', '" :');
      deepStrictEqual(asParsed(parseJson(Buffer.from(text))), JSON.parse(text));
    }),
    { numRuns: 300, seed: 20261125 },
  );
});

t.test('refuses a large body that JSON.parse refuses', async () => {
  fc.assert(
    fc.property(tree, fc.nat(), fc.constantFrom('"', '\\', '{', '', ' ', '\n', ','), (value, at, put) => {
      const whole = JSON.stringify([FILL, value]);
      const place = at % whole.length;
      const text = whole.slice(0, place) + put + whole.slice(place + 1);
      strictEqual(
        outcome(() => asParsed(parseJson(Buffer.from(text)))),
        outcome(() => JSON.parse(text)),
      );
    }),
    { numRuns: 300, seed: 20261125 },
  );
});

t.test('reads a string that looks like the placeholder of a lifted one as a string', async (t) => {
  const value = Buffer.from('s'.repeat(3000)).toString('base64');
  const text = JSON.stringify({ a: FILL, b: value, c: '0', d: 'AAAA:0' });
  t.same(asParsed(parseJson(Buffer.from(text))), JSON.parse(text));
});

t.test('does not overflow the stack for a body nested a million levels deep', async (t) => {
  const value = Buffer.from('s'.repeat(3000)).toString('base64');
  const deep = `[${JSON.stringify(value)},${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}]`;
  t.equal(asParsed((parseJson(Buffer.from(deep)) as unknown[])[0]), value);
});

/** With every LongText as the string that it stands for. */
function asParsed(node: unknown): unknown {
  if (isLongText(node)) return node.toString('latin1');
  if (typeof node !== 'object' || node === null) return node;
  for (const key of Object.keys(node)) {
    const value = asParsed(node[key as keyof typeof node]);
    Object.defineProperty(node, key, { value, enumerable: true, writable: true, configurable: true });
  }
  return node;
}

function outcome(parse: () => unknown): string {
  try {
    return JSON.stringify(parse()) ?? 'undefined';
  } catch {
    return 'refused';
  }
}
