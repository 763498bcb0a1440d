/** Kinds of characters: the bits of `ScannedText.kinds`. A sign has a bit of its own in `ScannedText.signs`. */
export const LOWER = 1;
export const UPPER = 2;
export const DIGIT = 4;
export const SPACE = 8;
export const NEWLINE = 16;
/** Other ASCII white space, and control characters. */
export const CONTROL = 32;
export const BEYOND_ASCII = 64;

const SIGNS = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';

/** The bits of these signs in `ScannedText.signs`. */
export function signBits(signs: string): number {
  let bits = 0;
  for (const sign of signs) bits |= 1 << SIGNS.indexOf(sign);
  return bits;
}

/**
 * By character code: the kind of the character, and the bits below. A scan has no branch that depends on them, because
 * a processor can't predict the characters of a random text.
 */
export const TRAITS = new Int32Array(129);
/** All characters beyond ASCII share an entry. */
export const BEYOND = 128;
export const SIGN_BITS = new Int32Array(129);

export const KINDS = 0x7f;
export const ALPHANUMERIC = 7;
export const LETTER = 8;
export const CAPITAL = 9;
/** A consonant, or a sign that stands for one in leet. `y` is none. */
export const CONSONANT = 10;
/** Filler repeats it. */
export const FILLS = 1 << 11;
/** No filler holds it. */
export const CONTENT = 1 << 12;
/** Two bits: the class between which changes are counted. */
export const CLASS = 13;
const CLASS_OF_DIGITS = 0;
const CLASS_OF_CAPITALS = 1;
const CLASS_OF_OTHERS = 2;
/** Two bits: the input of the search for odd digits between letters. */
export const ODD = 15;
const ODD_OTHER = 0;
const ODD_LETTER = 1;
const ODD_DIGIT = 2;
/** No reading in leet makes a letter of this digit. */
const ODD_NEVER_A_LETTER = 3;
/** Five bits: 1 to 26 for a letter. */
export const LETTER_NUMBER = 17;
/** A letter that is no digit of a hexadecimal number. */
export const BEYOND_F = 1 << 22;

for (let code = 0; code <= BEYOND; code++) {
  const character = code === BEYOND ? '\u0080' : String.fromCharCode(code);
  TRAITS[code] = traitsOf(character, code);
  if (SIGNS.includes(character)) SIGN_BITS[code] = 1 << SIGNS.indexOf(character);
}

function traitsOf(character: string, code: number): number {
  const fills =
    ('xX*.-_?'.includes(character) ? FILLS : 0) | ('xX*._?#=+~- '.includes(character) ? 0 : CONTENT);
  const consonant = 'bcdfghjklmnpqrstvwxz578$+|'.includes(character.toLowerCase()) ? 1 << CONSONANT : 0;
  const common = fills | consonant;
  if (code >= 48 && code <= 57)
    return (
      common |
      DIGIT |
      (1 << ALPHANUMERIC) |
      (CLASS_OF_DIGITS << CLASS) |
      (('269'.includes(character) ? ODD_NEVER_A_LETTER : ODD_DIGIT) << ODD)
    );
  const isCapital = code >= 65 && code <= 90;
  if (isCapital || (code >= 97 && code <= 122))
    return (
      common |
      (isCapital ? UPPER | (1 << CAPITAL) : LOWER) |
      (1 << ALPHANUMERIC) |
      (1 << LETTER) |
      ((isCapital ? CLASS_OF_CAPITALS : CLASS_OF_OTHERS) << CLASS) |
      (ODD_LETTER << ODD) |
      ((code & 31) << LETTER_NUMBER) |
      ((code & 31) > 6 ? BEYOND_F : 0)
    );
  return common | kindOfOther(character, code) | (CLASS_OF_OTHERS << CLASS) | (ODD_OTHER << ODD);
}

function kindOfOther(character: string, code: number): number {
  if (code === BEYOND) return BEYOND_ASCII;
  if (character === ' ') return SPACE;
  if (character === '\n') return NEWLINE;
  return SIGNS.includes(character) ? 0 : CONTROL;
}

/** A bit is set for each pair of classes that is a change: the class before times four, and the class. */
export const IS_CHANGE = [
  [CLASS_OF_DIGITS, CLASS_OF_CAPITALS],
  [CLASS_OF_DIGITS, CLASS_OF_OTHERS],
  [CLASS_OF_CAPITALS, CLASS_OF_DIGITS],
  [CLASS_OF_OTHERS, CLASS_OF_DIGITS],
  [CLASS_OF_OTHERS, CLASS_OF_CAPITALS],
].reduce((bits, [before, now]) => bits | (1 << ((before! << 2) | now!)), 0);
