import { groupsOf, nextCode } from './triggers.ts';

/** Kinds of characters: the bits of `ScannedText.kinds`. A sign has a bit of its own in `ScannedText.signs`. */
export const LOWER = 1;
export const UPPER = 2;
export const DIGIT = 4;
export const SPACE = 8;
export const NEWLINE = 16;
/** Other ASCII white space, and control characters. */
export const CONTROL = 32;
export const BEYOND_ASCII = 64;

/**
 * One text, and what a single pass over its characters shows. A check reads these facts first: nearly every value has
 * none of the characters that the check looks for. All but the text hold no part of it.
 */
export interface ScannedText {
  readonly text: string;
  readonly kinds: number;
  /** The ASCII signs in the text, one bit each: compare with `signBits`. */
  readonly signs: number;
  /** The groups of trigger words that may be in the text. Meaningful for ASCII only. */
  readonly triggers: number;
  /** The number of ASCII letters and digits. */
  readonly alphanumerics: number;
  /** The longest run of ASCII letters, of ASCII capitals, and of one sign of filler (`x`, `*`, `.`, `-`, `_`, `?`). */
  readonly letterRun: number;
  readonly capitalRun: number;
  readonly fillRun: number;
  /** A character that is in no filler. */
  readonly hasContent: boolean;
  /** Changes between digits, capitals and other characters. A capital before a small letter is no change. */
  readonly changes: number;
  /** Digits that stand for no letter (2, 6, 9) between letters, or six consonants in a row, also as digits. */
  readonly isChance: boolean;
}

const SIGNS = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';

/** The bits of these signs in `ScannedText.signs`. */
export function signBits(signs: string): number {
  let bits = 0;
  for (const sign of signs) bits |= 1 << SIGNS.indexOf(sign);
  return bits;
}

/** By character code: the kind of character, or 0 for a sign. */
const KIND = new Uint8Array(128);
/** The bit of a sign. */
const SIGN = new Int32Array(128);
/** Bits of the following properties. */
const PROPERTIES = new Uint8Array(128);
/** Filler repeats it. */
const FILLS = 1;
/** Filler may hold it. */
const IN_FILLER = 2;
/** A consonant, or a sign that stands for one in leet. */
const CONSONANT = 4;
/** No reading in leet makes a letter of this digit. */
const NEVER_A_LETTER = 8;

function mark(property: number, characters: string): void {
  for (let at = 0; at < characters.length; at++) PROPERTIES[characters.charCodeAt(at)]! |= property;
}
mark(FILLS, 'xX*.-_?');
mark(IN_FILLER, 'xX*._?#=+~- ');
mark(CONSONANT, 'bcdfghjklmnpqrstvwxzBCDFGHJKLMNPQRSTVWXZ578$+|');
mark(NEVER_A_LETTER, '269');

for (let code = 0; code < 128; code++) KIND[code] = CONTROL;
for (let code = 48; code <= 57; code++) KIND[code] = DIGIT;
for (let code = 65; code <= 90; code++) KIND[code] = UPPER;
for (let code = 97; code <= 122; code++) KIND[code] = LOWER;
KIND[10] = NEWLINE;
KIND[32] = SPACE;
for (let bit = 0; bit < SIGNS.length; bit++) {
  KIND[SIGNS.charCodeAt(bit)] = 0;
  SIGN[SIGNS.charCodeAt(bit)] = 1 << bit;
}

const CHANCE_CONSONANTS = 6;

export function scan(text: string): ScannedText {
  let kinds = 0;
  let signs = 0;
  let triggers = 0;
  let alphanumerics = 0;
  let letterRun = 0;
  let capitalRun = 0;
  let fillRun = 0;
  let hasContent = false;
  let changes = 0;
  let isChance = false;

  let letters = 0;
  let capitals = 0;
  let fills = 0;
  let fillSign = 0;
  let consonants = 0;
  /** After a letter and digits. */
  let isBehindLetter = false;
  let hasOddDigit = false;
  let code3 = 0;
  /** LOWER stands for all other characters. */
  let before = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const kind = code < 128 ? KIND[code]! : BEYOND_ASCII;
    kinds |= kind;
    if ((kind & (LOWER | UPPER)) !== 0) {
      alphanumerics += 1;
      letters += 1;
      if (letters > letterRun) letterRun = letters;
      code3 = nextCode(code3, code & 31);
      triggers |= groupsOf(code3);
      if (hasOddDigit) isChance = true;
      isBehindLetter = true;
      hasOddDigit = false;
    } else {
      letters = 0;
      code3 = nextCode(code3, 0);
      if (kind === DIGIT) alphanumerics += 1;
      else {
        isBehindLetter = false;
        hasOddDigit = false;
        if (kind === 0) signs |= SIGN[code]!;
      }
    }
    if (kind === UPPER) {
      capitals += 1;
      if (capitals > capitalRun) capitalRun = capitals;
    } else capitals = 0;

    const now = kind === DIGIT || kind === UPPER ? kind : LOWER;
    if (now !== before && !(before === UPPER && now === LOWER)) changes += 1;
    before = now;

    const properties = code < 128 ? PROPERTIES[code]! : 0;
    if ((properties & IN_FILLER) === 0) hasContent = true;
    if ((properties & FILLS) === 0) fills = 0;
    else {
      const sign = code === UPPER_X ? LOWER_X : code;
      fills = fills > 0 && sign === fillSign ? fills + 1 : 1;
      fillSign = sign;
      if (fills > fillRun) fillRun = fills;
    }
    if ((properties & CONSONANT) !== 0) {
      consonants += 1;
      if (consonants >= CHANCE_CONSONANTS && letters > 0) isChance = true;
    } else consonants = 0;
    if ((properties & NEVER_A_LETTER) !== 0 && isBehindLetter) hasOddDigit = true;
  }
  return {
    text,
    kinds,
    signs,
    triggers,
    alphanumerics,
    letterRun,
    capitalRun,
    fillRun,
    hasContent,
    // The first character is no change.
    changes: changes - 1,
    isChance,
  };
}
const UPPER_X = 88;
const LOWER_X = 120;
