import t from 'tap';
import * as RUNS from '../../../src/engine/placeholder/scan/runs.ts';
import { scan } from '../../../src/engine/placeholder/scan/scanned-text.ts';
import * as KINDS from '../../../src/engine/placeholder/scan/traits.ts';
import * as GROUPS from '../../../src/engine/placeholder/scan/triggers.ts';
import { fc } from '../../helpers/property.ts';

const KIND_PATTERNS: readonly (readonly [kind: number, pattern: RegExp])[] = [
  [KINDS.LOWER, /[a-z]/],
  [KINDS.UPPER, /[A-Z]/],
  [KINDS.DIGIT, /[0-9]/],
  [KINDS.SPACE, / /],
  [KINDS.NEWLINE, /\n/],
  [KINDS.CONTROL, /[\0-\x09\x0b-\x1f\x7f]/],
  [KINDS.BEYOND_ASCII, /[^\0-\x7f]/],
];

const RUN_PATTERNS: readonly (readonly [run: number, pattern: RegExp])[] = [
  [RUNS.TWO_LETTERS, /[A-Za-z]{2}/],
  [RUNS.THREE_LETTERS, /[A-Za-z]{3}/],
  [RUNS.TWO_CAPITALS, /[A-Z]{2}/],
  [RUNS.THREE_CAPITALS, /[A-Z]{3}/],
  [RUNS.FIVE_CAPITALS, /[A-Z]{5}/],
  [RUNS.TWO_FILLERS, /[xX]{2}|([*._?-])\1/],
  [RUNS.THREE_FILLERS, /[xX]{3}|([*._?-])\1\1/],
];

/** Without the words that name the group. A sign stands for any separator. */
const WORDS: readonly (readonly [group: number, words: string])[] = [
  [GROUPS.PHRASE, 'change replace override update rotate edit placeholder django not fill only to-be'],
  [GROUPS.LENGTH, 'least min 9char 9-cara 9zeich 9teke 9znak 9kara menos moins almeno najmniej en-az enaz'],
  [GROUPS.NOTE, 'EXAMPLE todo fixme xxx tba tbc tbd to-do'],
  [GROUPS.POSSESSIVE, 'your votre deine ihre jouw twj two tvoje sizin kamu'],
  [GROUPS.DESCRIBES, 'pass pwd key token secret dummy fake x-id x-sid x-name'],
  [GROUPS.LEET_PASSWORD, 'passw0rd p4ssword passw00rd'],
];

const few = fc.string({ unit: fc.constantFrom(...'abxyzXYZEU0123456789-_.*?+$@!| é\n') });
const text = fc.oneof(few, fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme-ascii' }));

t.test('kinds, signs, runs and counts are those of the text', async () => {
  fc.assert(
    fc.property(text, (one) => {
      const { kinds, signs, runs, alphanumerics, hasContent } = scan(one);
      const hasKinds = KIND_PATTERNS.every(([kind, pattern]) => ((kinds & kind) !== 0) === pattern.test(one));
      const hasRuns = RUN_PATTERNS.every(([run, pattern]) => ((runs & run) !== 0) === pattern.test(one));
      const written = one.match(/[!-/:-@[-`{-~]/g) ?? [];
      return (
        hasKinds &&
        hasRuns &&
        signs === KINDS.signBits(written.join('')) &&
        alphanumerics === (one.match(/[A-Za-z0-9]/g)?.length ?? 0) &&
        hasContent === /[^xX*._?#=+~\- ]/.test(one)
      );
    }),
    { numRuns: 5000 },
  );
});

t.test('no reading in leet makes words of a text of chance', async () => {
  const consonants = 'bcdfghjklmnpqrstvwxz';
  const slow = new RegExp(`[a-z]\\d*[269]\\d*[a-z]|[${consonants}578$+|]{5}[${consonants}]`, 'i');
  fc.assert(
    fc.property(text, (one) => scan(one).isChance === slow.test(one)),
    { numRuns: 5000 },
  );
});

t.test('a trigger word is found in any case and between any characters', async (t) => {
  for (const [group, words] of WORDS) {
    for (const word of words.split(' ')) {
      const spellings = [
        word,
        word.toUpperCase(),
        word.replace('-', '_'),
        word.replace('-', '.'),
        word.replace('-', ' '),
      ];
      const texts = spellings.flatMap((one) => [one, `a1${one}`, `-${one}9`, `Xq${one}qX`]);
      // At another place than the beginning, no character before it is needed either.
      for (const one of texts) t.ok((scan(one).triggers & group) !== 0, one);
    }
  }
});

t.test('most random values have no trigger', async (t) => {
  t.equal(scan('3f9a1b7c2d4e8f60517283949a0b1c2d').triggers, 0);
  t.equal(scan('Zk3mQ8vT1xW5yB7nR2cD9fG4hJ6kL0pS').triggers, 0);
  t.equal(scan('').triggers, 0);
});
