import { generateKeyPairSync } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { findValues } from '../../../../src/engine/diagnosis/find-value/search.ts';
import { SoughtValues } from '../../../../src/engine/diagnosis/find-value/sought-values.ts';
import { unsearchableReason } from '../../../../src/engine/diagnosis/find-value/unsearchable.ts';
import { fc } from '../../../helpers/property.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const hex = (text: string) => Buffer.from(text).toString('hex');
const percent = (text: string) =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
const bytes = (text: string) => Buffer.from(text).toString('latin1');

const search = (text: string, ...values: string[]) => findValues(bytes(text), new SoughtValues(values));
/** The encodings of the value in the text, or undefined. */
const encodingsOf = (text: string, value: string) => search(text, value).hits[0]?.encodings.join(' ');

/** Each way to write a value that a search must see through. */
const WRITTEN: Readonly<Record<string, (value: string) => string>> = {
  plain: (value) => value,
  base64,
  'base64 twice': (value) => base64(base64(value)),
  'base64 without padding': (value) => base64(value).replace(/=+$/, ''),
  base64url: (value) => Buffer.from(value).toString('base64url'),
  'base64 after one byte': (value) => base64(`:${value}@db`),
  'base64 after two bytes': (value) => base64(`u:${value}@db`),
  'base64 of base64, both after others': (value) => base64(`{"auth":"${base64(`ci:${value}`)}"}`),
  'base64 in lines': (value) =>
    base64(`${'a line of text, '.repeat(9)}${value}`).replace(/.{64}/g, '$&\n    '),
  percent: encodeURIComponent,
  'percent of all, lower case': percent,
  'percent of all, upper case': (value) => percent(value).toUpperCase(),
  'percent of a form': (value) => new URLSearchParams([['password', value]]).toString(),
  'percent in base64': (value) => base64(`postgresql://app:${encodeURIComponent(value)}@db/app`),
  hex,
  'hex in upper case': (value) => hex(value).toUpperCase(),
  JSON: (value) => JSON.stringify({ password: value }),
  'JSON in ASCII': (value) =>
    JSON.stringify(value).replace(
      /[\u007f-\uffff]/g,
      (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
  'JSON in JSON': (value) => JSON.stringify(JSON.stringify({ password: value })),
  'a shell, single quotes': (value) => `'${value.replaceAll("'", "'\\''")}'`,
  'a shell, single and double quotes': (value) => `'${value.replaceAll("'", `'"'"'`)}'`,
  'a shell, double quotes': (value) => `"${value.replace(/[$`"\\]/g, '\\$&')}"`,
  'a shell, backslashes': (value) => value.replace(/[^\w\n\u0080-\uffff]/g, '\\$&'),
  'YAML, single quotes': (value) => `'${value.replaceAll("'", "''")}'`,
  XML: (value) => `<v>${value.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/'/g, '&#39;')}</v>`,
};

const aValue = fc
  .oneof(
    fc.string({ minLength: 8, maxLength: 40 }),
    fc.string({ minLength: 8, maxLength: 40, unit: 'binary' }),
    fc.string({ minLength: 8, maxLength: 24, unit: fc.constantFrom(...'abcXYZ019%+/=\\\'"$@:? &<') }),
  )
  .filter(
    (value) =>
      unsearchableReason(value) === undefined &&
      value === value.toWellFormed() &&
      !/\s/.test(value.at(-1) ?? ''),
  );

t.test('a value is found in each encoding, wherever it stands', async (t) => {
  fc.assert(
    fc.property(aValue, fc.constantFrom(...Object.keys(WRITTEN)), (value, how) => {
      const written = WRITTEN[how]!(value);
      for (const text of [written, `PORT=1\nKEY=${written}\nNEXT=2\n`, `{"url": "${written}"}`]) {
        const { hits, isComplete } = search(text, value, 'another-value-7Qx2');
        t.same([hits.map((hit) => hit.value), isComplete], [[0], true], `${how}: ${JSON.stringify(text)}`);
      }
    }),
    { numRuns: 2000 },
  );
});

t.test('another value is not found', async (t) => {
  const anySafe = fc.string({
    minLength: 12,
    maxLength: 40,
    unit: fc.constantFrom(...'abcdefghXYZ0123456789'),
  });
  fc.assert(
    fc.property(anySafe, fc.constantFrom(...Object.keys(WRITTEN)), fc.nat(), (value, how, at) => {
      fc.pre(unsearchableReason(value) === undefined);
      const place = at % value.length;
      const others = [
        `${value.slice(0, place)}_${value.slice(place + 1)}`,
        value.slice(1),
        value.slice(0, -1),
      ];
      const text = others.map((other) => `KEY=${WRITTEN[how]!(other)}\n`).join('');
      t.same(search(text, value).hits, [], `${how}: ${value}`);
    }),
    { numRuns: 500 },
  );
});

t.test('a hit names the encodings, the outermost first, and the simplest of several ways', async (t) => {
  const value = 'kT7/q+Zr$9pLm';
  t.equal(encodingsOf(`A=${value}`, value), '');
  t.equal(encodingsOf(`A=${base64(value)}`, value), 'base64');
  t.equal(encodingsOf(base64(base64(value)), value), 'base64 base64');
  t.equal(encodingsOf(base64(encodeURIComponent(value)), value), 'base64 percent');
  t.equal(encodingsOf(`A=${base64(value)}\nB=${value}`, value), '');
});

t.test('a compressed text counts as no level, as in a release of Helm', async (t) => {
  const value = 'kT7/q+Zr$9pLm';
  const release = gzipSync(JSON.stringify({ manifest: `data:\n  PASSWORD: ${base64(value)}\n` })).toString(
    'base64',
  );
  t.equal(encodingsOf(release, value), 'base64 gzip base64');
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024)).toString('base64');
  t.same(search(bomb, value), { hits: [], isComplete: false });
});

t.test('a short value counts only as a whole word, and a long one anywhere', async (t) => {
  t.same(search('PASSWORD=hunter2242', 'hunter22').hits, []);
  t.same(search('PASSWORD=xhunter22', 'hunter22').hits, []);
  t.equal(search('PASSWORD=hunter22-', 'hunter22').hits.length, 1);
  t.equal(search('mysql -phunter22 app', 'hunter22').hits.length, 1);
  t.equal(search('mysql --xhunter22 app', 'hunter22').hits.length, 0);
  t.equal(search('mysql -pkT7Zr9pLmkT7Zr9pLm', 'kT7Zr9pLmkT7Zr9pLm').hits.length, 1);
});

t.test('a value that a file encodes is found in plain, and the password of a URL alone', async (t) => {
  const password = 'kT7/q+Zr$9pLm';
  t.match(search(password, base64(password)).hits, [{ encodings: [], form: 'decoded' }]);
  t.match(search(password, encodeURIComponent(password)).hits, [{ encodings: [], form: 'decoded' }]);
  const url = `postgresql://app:${encodeURIComponent(password)}@db:5432/app`;
  t.match(search(password, url).hits, [{ encodings: [], form: 'url-password' }]);
  t.match(search(`A=${url}\nB=${password}`, url).hits, [{ encodings: [], form: 'given' }]);
});

t.test('a private key is found with other line breaks, and no other key is', async (t) => {
  const aKey = (type: 'rsa' | 'ec') =>
    (type === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' })
    ).privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  const inLine = (key: string) => key.replaceAll('\n', '\\n');
  for (const type of ['rsa', 'ec'] as const) {
    const [key, other] = [aKey(type), aKey(type)];
    for (const write of [
      (one: string) => one.replace(/^/gm, '    '),
      (one: string) => one.replaceAll('\n', '\r\n'),
      inLine,
      (one: string) => JSON.stringify({ data: base64(one) }),
    ])
      for (const given of [key.trim(), inLine(key)]) {
        t.equal(search(write(key), given).hits.length, 1);
        t.equal(search(write(other), given).hits.length, 0);
      }
  }
});

t.test('a hostile text costs a bounded time', async (t) => {
  const value = `${'a'.repeat(60_000)}bcde`;
  t.same(search('a'.repeat(1024 * 1024), value), { hits: [], isComplete: false });
  const dense = `\\%41+''&#41;`.repeat(80_000);
  t.same(search(dense, 'kT7/q+Zr$9pLm'), { hits: [], isComplete: true });
});

t.test('values are not in the outputs of the object that holds them', async (t) => {
  const value = 'kT7/q+Zr$9pLm';
  const sought = new SoughtValues([value]);
  t.notMatch(JSON.stringify(sought), value);
  t.equal(sought.redact(`Secret shop/${value}, key A`), 'Secret shop/[redacted], key A');
  t.equal(new SoughtValues(['hunter22']).redact('Secret shop/xhunter22x'), 'Secret shop/x[redacted]x');
});
