import t from 'tap';
import { warningLines } from '../../../src/admission/review/warnings.ts';

t.test('a warning is one line of at most 256 characters', async (t) => {
  const [line] = warningLines([`a\nb\r\n\u2028c\u0007${'x'.repeat(500)}`]);
  t.match(line, /^a b c x/);
  t.equal(line?.length, 256);
  t.match(line, /…$/);
});

t.test('a character that takes two units is not cut in half', async (t) => {
  const [line] = warningLines(['x'.repeat(254) + '\u{1F511}'.repeat(5)]);
  t.equal(line?.isWellFormed(), true);
});

t.test('all warnings of a request stay within the 4096 characters that are passed on', async (t) => {
  const lines = warningLines(
    Array.from({ length: 100 }, (_, index) => `data[KEY_${index}]: ${'x'.repeat(200)}`),
  );
  t.ok(lines.join('').length <= 4096);
  t.match(lines.at(-1), /^lockstep: … and \d+ more$/);
  t.equal(lines.length - 1 + Number(lines.at(-1)?.match(/\d+/)?.[0]), 100);
});

t.test('a few are passed on whole', async (t) => {
  t.same(warningLines(['one', 'two']), ['one', 'two']);
});
