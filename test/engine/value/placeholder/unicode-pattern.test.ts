import t from 'tap';
import { unicodePattern } from '../../../../src/engine/value/placeholder/vocabulary/characters.ts';
import { fc } from '../../../helpers/property.ts';

const SOURCES = [
  String.raw`[\p{L}][\p{L}\p{M}0134578@$!+|]|^n/a$`,
  String.raw`(?<![\p{L}\p{N}])(?:change|replace)[-_. ]?(?:me|this)(?![\p{L}\p{N}])`,
  String.raw`[\p{Lu}]+(?![\p{Ll}])|[\p{Lu}]?[^\p{Lu}]+|[\p{Lu}]`,
  String.raw`[^\p{L}\p{M}\p{N}\s._-]`,
  String.raw`[\p{N}]+|[^\p{N}]+`,
];

t.test('finds in ASCII text what the Unicode classes find', async (t) => {
  for (const source of SOURCES) {
    for (const flags of ['g', 'gi']) {
      const pattern = unicodePattern(source, flags);
      const whole = new RegExp(source, `${flags}u`);
      fc.assert(
        fc.property(fc.string({ unit: 'binary-ascii', maxLength: 40 }), (text) => {
          t.strictSame([...text.matchAll(pattern(text))].flat(), [...text.matchAll(whole)].flat());
        }),
      );
    }
  }
});

t.test('knows the letters of other scripts', async (t) => {
  const word = unicodePattern(String.raw`[\p{L}]+`, 'g');
  t.strictSame('пароль-パス-1'.match(word('пароль-パス-1')), ['пароль', 'パス']);
});
