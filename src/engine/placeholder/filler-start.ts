import { ALPHANUMERIC, TRAITS } from './scan/traits.ts';
import { CAPITAL, classesOf, HALF, LETTER, NUMBER } from './vocabulary/characters.ts';
import { beginsWalk } from './words/keyboard-walk.ts';

/** The first characters in small letters: all of them, and the letters and digits alone. One text is read at a time. */
const READ = 16;
const plain = new Uint16Array(READ);
const dense = new Uint16Array(READ);

/** The longest unit whose repetition is filler. */
const MAX_UNIT_LENGTH = 12;
/** Three characters of the next unit are compared. */
const COMPARED = 3;

/**
 * False if no filler begins like this ASCII text: no repetition, no walk, no magic number. Nearly every random value
 * ends here, before a text is made of its letters.
 */
export function mayBeginFiller(text: string, alphanumerics: number): boolean {
  const length = Math.min(text.length, READ);
  if (alphanumerics === text.length) {
    // The bit makes a small letter of a capital, and leaves a digit as it is.
    for (let at = 0; at < length; at++) dense[at] = text.charCodeAt(at) | 32;
    return mayBegin(dense, length);
  }
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at);
    plain[at] = code >= 65 && code <= 90 ? code | 32 : code;
  }
  if (mayBegin(plain, length)) return true;
  let letters = 0;
  for (let at = 0; at < text.length && letters < READ; at++) {
    const code = text.charCodeAt(at);
    dense[letters] = code | 32;
    letters += isAlphanumeric(code) ? 1 : 0;
  }
  return mayBegin(dense, letters);
}

/** The same for a folded text in any script. */
export function mayBeginFoldedFiller(folded: string): boolean {
  let length = 0;
  let letters = 0;
  for (let at = 0; at < folded.length && letters < READ; at++) {
    const code = folded.charCodeAt(at);
    const classes = classesOf(code);
    // Mathematical capitals stay capitals, which are no letters in an ASCII text. Half a character is none either.
    if ((classes & (HALF | CAPITAL)) !== 0) return true;
    if (at < READ) plain[length++] = code;
    dense[letters] = code;
    letters += (classes & (LETTER | NUMBER)) === 0 ? 0 : 1;
  }
  return mayBegin(plain, length) || mayBegin(dense, letters);
}

const isAlphanumeric = (code: number): boolean => ((TRAITS[code]! >> ALPHANUMERIC) & 1) === 1;

function mayBegin(codes: Uint16Array, length: number): boolean {
  // Few values are so short.
  if (length < 6) return true;
  const [a, b] = [codes[0]!, codes[1]!];
  const isDoubled = a === b && codes[2] === codes[3];
  if (isDoubled || isMagic(a, b) || mayRepeat(codes, length) || mayBeginLine(codes, length, 0, 1))
    return true;
  return mayBeginLine(codes, length, 0, 2) && mayBeginLine(codes, length, 1, 2);
}

/** Every `step`-th character from a position: three equal ones, a part of a walk, or only two different ones. */
function mayBeginLine(codes: Uint16Array, length: number, from: number, step: number): boolean {
  const a = codes[from]!;
  const b = codes[from + step]!;
  const c = codes[from + step * 2]!;
  if (a === b && b === c) return true;
  if (beginsWalk(a, b, c)) return true;
  let other = a;
  for (let at = from + step; at < length; at += step) {
    const code = codes[at]!;
    if (code === a || code === other) continue;
    if (other !== a) return false;
    other = code;
  }
  return true;
}

function mayRepeat(codes: Uint16Array, length: number): boolean {
  for (let unit = 1; unit <= MAX_UNIT_LENGTH && unit < length; unit++) {
    let same = 0;
    while (same < COMPARED && unit + same < length && codes[same] === codes[unit + same]) same += 1;
    if (same === COMPARED || unit + same === length) return true;
  }
  return false;
}

/** The first two letters of magic numbers in hexadecimal: dead, bad, feed, c0ffee, coffee, cafe, beef, face, 1337. */
const MAGIC = new Set(
  ['de', 'ba', 'fe', 'c0', 'co', 'ca', 'be', 'fa', '13', '0x'].map(
    (two) => (two.charCodeAt(0) << 8) | two.charCodeAt(1),
  ),
);
const isMagic = (a: number, b: number): boolean => MAGIC.has((a << 8) | b);
