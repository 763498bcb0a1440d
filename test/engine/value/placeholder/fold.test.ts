import t from 'tap';
import { classifyPlaceholder } from '../../../../src/engine/value/placeholder/classify.ts';
import { fold, lettersOf } from '../../../../src/engine/value/placeholder/vocabulary/vocabulary.ts';
import { fc } from '../../../helpers/property.ts';

const characters = fc.constantFrom(
  ...[
    'a',
    'Z',
    '9',
    ' ',
    '-',
    '\u0301',
    '\u0327',
    '\u0345',
    'é',
    'İ',
    'ß',
    'й',
    '中',
    '½',
    '😀',
    '𝐀',
    '\ud800',
    '\u212a',
  ],
);
const texts = fc.array(characters, { maxLength: 30 }).map((parts) => parts.join(''));

t.test('a folded text has small letters without marks', async (t) => {
  t.equal(fold('Contrasen\u0303a'), 'contrasena');
  t.equal(fold('İstanbul'), 'istanbul');
  t.equal(fold('Größe'), 'grosse');
  t.equal(fold('\u212a'), 'k');
  fc.assert(
    fc.property(texts, (text) => {
      const folded = fold(text);
      t.notMatch(folded, /\p{M}/u, text);
    }),
  );
});

t.test('the letters of a text are those that a pattern finds', async (t) => {
  fc.assert(
    fc.property(texts, (text) => {
      const folded = fold(text);
      const other = /[^\0-\x7f]/.test(folded) ? /[^\p{L}\p{N}]+/gu : /[^a-z0-9]+/g;
      t.equal(lettersOf(folded), folded.replace(other, ''), text);
    }),
  );
});

t.test('a walk next to a mathematical capital is a walk', async (t) => {
  const context = { role: 'secret', key: 'TOKEN', known: [] } as const;
  t.equal(classifyPlaceholder('yx𝐀c\rvbn', context)?.message, 'is a sequence or a keyboard walk');
});
