import t from 'tap';
import { type Columns, maxRowBytes, rowOf, UnexpectedValue } from '../../../src/postgres/protocol/columns.ts';

const parsed = (type: Columns[string], text: string | null): unknown => rowOf({ one: type }, [text]).one;

t.test('reads a value as the type of its column', async (t) => {
  for (const [type, text, value] of [
    ['bool', 't', true],
    ['bool', 'f', false],
    ['int', '-42', -42],
    ['id', '18446744073709551615', '18446744073709551615'],
    ['float', '1767225600.5', 1767225600.5],
    ['float', '1e+20', 1e20],
    ['text', '', ''],
    ['texts', '["a","\\u00e9"]', ['a', 'é']],
    ['texts', '[]', []],
    ['text?', null, null],
    ['int?', '1', 1],
  ] as const)
    t.same(parsed(type, text), value, `${type} ${text}`);
});

t.test('refuses a value of another form', async (t) => {
  for (const [type, text] of [
    ['bool', 'true'],
    ['bool', null],
    ['int', ''],
    ['int', '1.5'],
    ['int', 'NaN'],
    ['id', '12 or more'],
    ['float', 'Infinity'],
    ['float', '1e999'],
    ['float', '--1'],
    ['text', null],
    ['texts', '{a,b}'],
    ['texts', '["a",null]'],
    ['texts', '"a"'],
    ['texts', '['.repeat(250_000)],
    ['texts', null],
  ] as const)
    t.throws(() => parsed(type, text), UnexpectedValue, `${type} ${text?.slice(0, 20)}`);
});

t.test('a name such as __proto__ is a column like any other', async (t) => {
  const columns: Columns = JSON.parse('{ "__proto__": "text", "constructor": "text" }');
  t.same(Object.entries(rowOf(columns, ['a', 'b'])), [
    ['__proto__', 'a'],
    ['constructor', 'b'],
  ]);
});

t.test('a row of short values has a small limit', async (t) => {
  t.equal(maxRowBytes({ standby: 'bool' }), 7);
  t.equal(maxRowBytes({ version: 'int', iterations: 'int?' }), 32);
  t.equal(maxRowBytes({ name: 'text?' }), Number.POSITIVE_INFINITY);
});
