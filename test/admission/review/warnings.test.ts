import t from 'tap';
import { warningLines } from '../../../src/admission/review/warnings.ts';

t.test('cuts a warning to one line of 256 characters', async (t) => {
  const [line] = warningLines([`a\nb\r\n\u2028c\u0007${'x'.repeat(500)}`]);
  t.match(line, /^a b c x/);
  t.equal(line?.length, 256);
  t.match(line, /…$/);
});

t.test('cuts a long warning before the name of its policy', async (t) => {
  const [line] = warningLines(['x'.repeat(500)], String, () => ' (policy jwt-keys)');
  t.equal(line?.length, 256);
  t.match(line, /x… \(policy jwt-keys\)$/);
});

t.test('does not cut a surrogate pair in half', async (t) => {
  const [line] = warningLines(['x'.repeat(254) + '\u{1F511}'.repeat(5)]);
  t.equal(line?.isWellFormed(), true);
});

t.test('keeps all warnings of a request within 4096 characters', async (t) => {
  const lines = warningLines(
    Array.from({ length: 100 }, (_, index) => `data[KEY_${index}]: ${'x'.repeat(200)}`),
  );
  t.ok(lines.join('').length <= 4096);
  t.match(lines.at(-1), /^lockstep: … and \d+ more$/);
  t.equal(lines.length - 1 + Number(lines.at(-1)?.match(/\d+/)?.[0]), 100);
});

t.test('passes a few warnings on in full', async (t) => {
  t.same(warningLines(['one', 'two']), ['one', 'two']);
});
