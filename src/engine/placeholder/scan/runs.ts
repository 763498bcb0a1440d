import { BEYOND, CAPITAL, CONSONANT, FILLS, LETTER, ODD, TRAITS } from './traits.ts';

/** Runs of characters: the bits of `ScannedText.runs`. */
export const TWO_LETTERS = 1;
export const THREE_LETTERS = 2;
export const TWO_CAPITALS = 4;
export const THREE_CAPITALS = 8;
export const FIVE_CAPITALS = 16;
/** The same sign of filler: `x`, `*`, `.`, `-`, `_`, `?`. */
export const TWO_FILLERS = 32;
export const THREE_FILLERS = 64;

export function runsIn(text: string): number {
  let runs = 0;
  let fills = 0;
  let fillSign = 0;
  // One bit for each of the last characters, and what was ever found in them.
  let letters = 0;
  let capitals = 0;
  let twoLetters = 0;
  let threeLetters = 0;
  let twoCapitals = 0;
  let threeCapitals = 0;
  let fiveCapitals = 0;
  for (let at = 0; at < text.length; at++) {
    const code = Math.min(text.charCodeAt(at), BEYOND);
    const trait = TRAITS[code]!;
    letters = (letters << 1) | ((trait >> LETTER) & 1);
    const pair = letters & (letters >>> 1);
    twoLetters |= pair;
    threeLetters |= pair & (letters >>> 2);

    capitals = (capitals << 1) | ((trait >> CAPITAL) & 1);
    const two = capitals & (capitals >>> 1);
    const three = two & (capitals >>> 2);
    twoCapitals |= two;
    threeCapitals |= three;
    fiveCapitals |= three & (two >>> 3);

    if ((trait & FILLS) !== 0) {
      const sign = code === UPPER_X ? LOWER_X : code;
      fills = fills > 0 && sign === fillSign ? fills + 1 : 1;
      fillSign = sign;
      if (fills >= 2) runs |= fills === 2 ? TWO_FILLERS : THREE_FILLERS;
    } else fills = 0;
  }
  if (twoLetters !== 0) runs |= TWO_LETTERS;
  if (threeLetters !== 0) runs |= THREE_LETTERS;
  if (twoCapitals !== 0) runs |= TWO_CAPITALS;
  if (threeCapitals !== 0) runs |= THREE_CAPITALS;
  if (fiveCapitals !== 0) runs |= FIVE_CAPITALS;
  return runs;
}
const UPPER_X = 88;
const LOWER_X = 120;

/** The states of the search for an odd digit between letters. Each has four inputs. */
const NO_LETTER = 0;
const BEHIND_LETTER = 1;
const BEHIND_ODD_DIGIT = 2;
const FOUND = 4;
const ODD_STATES = Uint8Array.from([
  ...[NO_LETTER, BEHIND_LETTER, NO_LETTER, NO_LETTER],
  ...[NO_LETTER, BEHIND_LETTER, BEHIND_LETTER, BEHIND_ODD_DIGIT],
  ...[NO_LETTER, BEHIND_LETTER | FOUND, BEHIND_ODD_DIGIT, BEHIND_ODD_DIGIT],
]);

/** Six consonants in a row, as bits of the history. */
const CHANCE_CONSONANTS = 0x3f;

export function chanceIn(text: string): boolean {
  let odd = NO_LETTER;
  let consonants = 0;
  let found = 0;
  for (let at = 0; at < text.length; at++) {
    const trait = TRAITS[Math.min(text.charCodeAt(at), BEYOND)]!;
    odd = ODD_STATES[((odd & 3) << 2) | ((trait >> ODD) & 3)]!;
    found |= odd;
    consonants = (consonants << 1) | ((trait >> CONSONANT) & 1);
    if ((consonants & CHANCE_CONSONANTS) === CHANCE_CONSONANTS && ((trait >> LETTER) & 1) === 1) return true;
  }
  return (found & FOUND) !== 0;
}
