import t from 'tap';
import {
  BLANK,
  CAPITAL,
  classesOf,
  HALF,
  LETTER,
  MARK,
  NUMBER,
  SMALL,
} from '../../../../src/engine/value/placeholder/vocabulary/characters.ts';

const PATTERNS: readonly (readonly [number, RegExp])[] = [
  [LETTER, /\p{L}/u],
  [MARK, /\p{M}/u],
  [NUMBER, /\p{N}/u],
  [CAPITAL, /\p{Lu}/u],
  [SMALL, /\p{Ll}/u],
  [BLANK, /\s/u],
];
const ALL = PATTERNS.reduce((bits, [bit]) => bits | bit, HALF);

t.test(
  'a character has the classes that the patterns of Unicode find, at the first and the second question',
  async (t) => {
    const wrong: number[] = [];
    for (const _ of ['first', 'second'])
      for (let code = 0; code <= 0xffff; code++) {
        const character = String.fromCharCode(code);
        const isHalf = code >= 0xd800 && code <= 0xdfff;
        let expected = isHalf ? HALF : 0;
        for (const [bit, pattern] of PATTERNS) if (pattern.test(character)) expected |= bit;
        if ((classesOf(code) & ALL) !== expected) wrong.push(code);
      }
    t.strictSame(wrong, []);
  },
);
