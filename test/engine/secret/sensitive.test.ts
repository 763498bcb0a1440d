import { Buffer } from 'node:buffer';
import { format, inspect } from 'node:util';
import t from 'tap';

import { Sensitive } from '../../../src/engine/secret/sensitive.ts';

const CANARY = 'Vq7mT2xLr9KcW4nB8sZd';
const value = Sensitive.fromText(CANARY);

t.test('every way to print a value prints [redacted]', async (t) => {
  const error = new Error('x', { cause: { value } });
  for (const text of [
    String(value),
    `${value}`,
    [value].join(),
    value.toString(),
    JSON.stringify({ value }),
    inspect(value),
    inspect({ deep: [value] }, { depth: 9, showHidden: true }),
    inspect(error, { depth: 9 }),
    inspect(new Map([['key', value]])),
    format('%s %o %O %j', value, value, value, value),
    Object.entries(value).join(),
    JSON.stringify(structuredClone({ ...value })),
  ]) {
    t.notMatch(text, new RegExp(`${CANARY}|${value.reveal()}`), text.slice(0, 40));
  }
  t.equal(`${value}`, '[redacted]');
});

t.test('holds text, bytes and base64, and reveals base64', async (t) => {
  const base64 = Buffer.from(CANARY).toString('base64');
  t.equal(value.reveal(), base64);
  t.ok(value.equals(Sensitive.fromBase64(base64)));
  t.ok(value.equals(Sensitive.fromBytes(Buffer.from(`xx${CANARY}`).subarray(2))), 'a view into other bytes');
  t.notOk(value.equals(undefined));
});

t.test('the size is the number of bytes, and an empty value is empty', async (t) => {
  for (const text of ['', 'a', 'ab', 'abc', 'é', '🔑']) {
    const one = Sensitive.fromText(text);
    t.equal(one.size, Buffer.byteLength(text), text);
    t.equal(one.isEmpty, text === '', text);
  }
});

t.test('bytes that are not UTF-8 have no text, and a byte order mark stays', async (t) => {
  t.equal(
    Sensitive.fromBytes(Buffer.from([0xff, 0x41])).withPlaintext(({ text }) => text),
    undefined,
  );
  t.equal(
    Sensitive.fromText('\ufeffa').withPlaintext(({ text }) => text),
    '\ufeffa',
  );
});

t.test('computes a new value from text only', async (t) => {
  t.equal(
    Sensitive.fromText('a')
      .map((text) => `${text}b`)
      ?.reveal(),
    Sensitive.fromText('ab').reveal(),
  );
  t.equal(
    value.map(() => undefined),
    undefined,
  );
  t.equal(
    Sensitive.fromBytes(Buffer.from([0xff])).map((text) => text),
    undefined,
  );
});

t.test('groups keys with one value, in the order given', async (t) => {
  const of = (text: string): Sensitive => Sensitive.fromText(text);
  t.same(
    Sensitive.sameValues([
      ['a', of('1')],
      ['b', of('2')],
      ['c', of('1')],
      ['d', of('3')],
      ['e', of('2')],
    ]),
    [
      ['a', 'c'],
      ['b', 'e'],
    ],
  );
});
