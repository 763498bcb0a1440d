import t from 'tap';
import { Lexer, parseDocument } from 'yaml';
import { readFirstDocument } from '../../../src/manifest/yaml/first-document.ts';

const read = (text: string) => readFirstDocument(text, new Lexer(), { prettyErrors: false });

t.test('the first of many faults counts, as the library reports it', async (t) => {
  for (const text of [
    'a: "b\nc: "d\ne: "f\n',
    'a: [\nb: ]\n- c\n',
    'a: b\n c: d\n  e: f: g\n',
    '- a\nb: c\n]\n',
    '%YAML 9\n%BAD\na: b\n',
    '@a\n`b\n',
  ]) {
    const [first] = parseDocument(text, { prettyErrors: false }).errors;
    const { fault } = read(text);
    t.ok(first, text);
    t.strictSame([fault?.code, fault?.pos], [first?.code, first?.pos], text);
  }
});

t.test('a second document is noticed, and its faults do not count', async (t) => {
  const text = 'a: b\n---\nc: "d\n';
  const first = read(text);
  if (first.fault !== undefined) return t.fail('the first document has no fault');
  t.equal(first.secondAt, text.indexOf('---'));
  t.strictSame(first.document.toJS(), { a: 'b' });
});

t.test('a text without a document has an empty one', async (t) => {
  const first = read('# only a comment\n');
  if (first.fault !== undefined) return t.fail('a comment is no fault');
  t.equal(first.secondAt, undefined);
  t.equal(first.document.contents, null);
});
