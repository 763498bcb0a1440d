import { inspect } from 'node:util';
import t from 'tap';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import { BASE64, BLANK, CHARACTER, factsOf, LETTER } from '../../../src/engine/secret/value-facts.ts';
import { fc } from '../../helpers/property.ts';

/** The class of one character, as a regular expression. */
const PATTERNS: Readonly<Record<Exclude<keyof typeof CHARACTER, 'notText'>, RegExp>> = {
  lower: /[a-z]/,
  upper: /[A-Z]/,
  digit: /[0-9]/,
  space: / /,
  tab: /[\t\v\f]/,
  lineBreak: /[\r\n]/,
  control: /[\0-\x08\x0e-\x1f\x7f]/,
  dash: /-/,
  underscore: /_/,
  dot: /\./,
  plus: /\+/,
  slash: /\//,
  equals: /=/,
  colon: /:/,
  at: /@/,
  comma: /,/,
  semicolon: /;/,
  dollar: /\$/,
  percent: /%/,
  hash: /#/,
  asterisk: /\*/,
  brace: /[{}]/,
  angle: /[<>]/,
  bracket: /[[\]]/,
  parenthesis: /[()]/,
  quote: /["']/,
  backtick: /`/,
  otherSign: /[!&?\\^|~]/,
  nonAscii: /[^\0-\x7f]/,
};

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme-ascii' }),
  fc.constantFrom('', 'postgresql://app:p@db:5432/app', 'a:/b', ' x\n', '"x"', 'YWJj=='),
);

t.test('each character has exactly one class', async (t) => {
  for (let code = 0; code < 0x180; code++) {
    const one = String.fromCharCode(code);
    const { classes, first, last } = factsOf(one);
    const names = Object.entries(PATTERNS).filter(([, pattern]) => pattern.test(one));
    const expected = names.map(([name]) => CHARACTER[name as keyof typeof CHARACTER]);
    t.same([classes], expected, `U+${code.toString(16)}`);
    t.same([first, last], [classes, classes]);
  }
});

t.test('the facts are those of the text', async () => {
  fc.assert(
    fc.property(text, (one) => {
      const facts = factsOf(one);
      for (const [name, pattern] of Object.entries(PATTERNS))
        if (facts.has(CHARACTER[name as keyof typeof CHARACTER]) !== pattern.test(one)) return false;
      return (
        facts.length === one.length &&
        facts.hasScheme === one.includes('://') &&
        facts.hasOnly(BASE64) === /^[A-Za-z0-9+/=]*$/.test(one) &&
        facts.hasOnly(LETTER) === /^[A-Za-z]*$/.test(one) &&
        (one.trim() === one || ((facts.first | facts.last) & BLANK) !== 0)
      );
    }),
  );
});

t.test('a value is decoded into the same text and bytes, at any size', async (t) => {
  for (const size of [0, 1, 2, 3, 6143, 6144, 6145, 8191, 8192, 8193, 100_000]) {
    const bytes = Buffer.alloc(size, 'äb');
    const value = Sensitive.fromBytes(bytes);
    t.ok(
      value.withPlaintext((plain) => bytes.equals(plain.bytes)),
      `${size} bytes`,
    );
    const text = size % 3 === 1 ? undefined : bytes.toString('utf8');
    t.equal(
      value.withPlaintext((plain) => plain.text === text),
      true,
      `${size} bytes of text`,
    );
  }
});

t.test('short values do not share their text, although they share a buffer', async (t) => {
  const [one, other] = [Sensitive.fromText('first value'), Sensitive.fromText('other')];
  one.withPlaintext((first) =>
    other.withPlaintext((second) => {
      t.equal(second.text, 'other');
      t.equal(first.text, 'first value');
      t.equal(Buffer.from(first.bytes).toString(), 'first value');
      t.equal(Buffer.from(second.bytes).toString(), 'other');
    }),
  );
});

t.test('bytes that are no text have no class of characters, and a long value may have each', async (t) => {
  const binary = Sensitive.fromBytes(Buffer.from([0xff, 0xfe, 0x00])).facts;
  t.ok(binary.has(CHARACTER.notText));
  t.notOk(binary.has(CHARACTER.control | CHARACTER.nonAscii));
  const long = Sensitive.fromText('a'.repeat(8193)).facts;
  for (const bit of Object.values(CHARACTER)) t.ok(long.has(bit));
});

t.test('no length is printed', async (t) => {
  const { facts } = Sensitive.fromText('a'.repeat(4711));
  t.notMatch(
    `${inspect(facts)}${inspect([facts], { showHidden: true })}${JSON.stringify({ facts })}`,
    /4711/,
  );
});
