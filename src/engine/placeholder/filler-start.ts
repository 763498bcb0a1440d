import { mayBeginWalk } from './keyboard-walk.ts';
import type { ScannedText } from './scan/scanned-text.ts';

/** The first characters, in small letters: as they stand, and the letters and digits alone. */
const plain = new Uint16Array(16);
const dense = new Uint16Array(16);

/** The longest unit whose repetition is filler. */
const MAX_UNIT_LENGTH = 12;
/** Three characters of the next unit are compared. */
const COMPARED = 3;

/**
 * False if no filler begins like this ASCII text: no repetition, no walk, no magic number. Nearly every random value
 * ends here, before a text is made of its letters.
 */
export function mayBeginFiller({ text, alphanumerics }: ScannedText): boolean {
  let plainLength = 0;
  let denseLength = 0;
  for (let at = 0; at < text.length && denseLength < dense.length; at++) {
    let code = text.charCodeAt(at);
    if (code >= 65 && code <= 90) code |= 32;
    if (plainLength < plain.length) plain[plainLength++] = code;
    if ((code >= 48 && code <= 57) || (code >= 97 && code <= 122)) dense[denseLength++] = code;
  }
  return mayBegin(dense, denseLength) || (alphanumerics < text.length && mayBegin(plain, plainLength));
}

function mayBegin(codes: Uint16Array, length: number): boolean {
  // No later check reads so short a text, except that of few characters.
  if (length < 6) return true;
  const [a, b, c] = [codes[0]!, codes[1]!, codes[2]!];
  if (a === b || a === c || b === c) return true;
  if (mayRepeat(codes, length) || mayBeginWalk(a, b, c) || isMagic(a, b)) return true;
  return mayStartWalk(a, c, codes[4]!) && mayStartWalk(b, codes[3]!, codes[5]!);
}

function mayRepeat(codes: Uint16Array, length: number): boolean {
  for (let unit = 3; unit <= MAX_UNIT_LENGTH && unit < length; unit++) {
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

/** Three different characters that begin no keyboard walk begin no monotone text either. */
export const mayStartWalk = (a: number, b: number, c: number): boolean =>
  a === b || b === c || a === c || a > 127 || b > 127 || c > 127 || mayBeginWalk(a, b, c);
