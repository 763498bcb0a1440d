/**
 * Groups of words without which a check finds nothing. The scan of a text looks for three characters of each word. If
 * none is there, the check is not needed. If one is there, that proves nothing yet.
 */
export const PHRASE = 1;
export const LENGTH = 2;
export const NOTE = 4;
export const POSSESSIVE = 16;
export const DESCRIBES = 32;
export const LEET_PASSWORD = 128;

/**
 * Any three characters of a word are sound, and rare ones are useful. `-` is a character that is no letter. The last
 * one is a letter.
 */
const PARTS: readonly (readonly [group: number, parts: string])[] = [
  // change replace override update rotate edit placeholder django not fill only to-be
  [PHRASE, 'cha rep ove upd rot dit lac dja not fil onl o-b'],
  // least min char cara kara zeich teke znak menos almeno moins najmniej en-az
  [LENGTH, 'lea min har ara eic eke nak eno oin mni naz n-a'],
  // EXAMPLE todo fixme xxx tba tbc tbd to-do
  [NOTE, 'exa tod fix xxx tba tbc tbd o-d'],
  // your votre deine ihre jouw twoj two tvoje sizin kamu
  [POSSESSIVE, 'you otr ein ihr ouw twj two tvo siz kam'],
  // pass pwd key token secret dummy fake -id -sid -name
  [DESCRIBES, 'pas pwd key oke cre umm fak -id -si -na'],
  // passw0rd passwoord
  [LEET_PASSWORD, 'ord -rd'],
];

const LETTER_BITS = 5;
/** Three letters. */
const CODE_MASK = (1 << (LETTER_BITS * 3)) - 1;

/** The code of the last three characters. `letter` is 1 to 26, or 0 for another character. */
export const nextCode = (code: number, letter: number): number =>
  ((code << LETTER_BITS) | letter) & CODE_MASK;

/** One bit for each code that has groups: 4 kB, which stay in the cache of a core. */
const isPart = new Uint32Array((CODE_MASK + 1) / 32);
const groupsByCode = new Map<number, number>();

for (const [group, parts] of PARTS) {
  for (const part of parts.split(' ')) {
    let code = 0;
    for (let at = 0; at < part.length; at++)
      code = nextCode(code, part[at] === '-' ? 0 : part.charCodeAt(at) & 31);
    isPart[code >> 5]! |= 1 << (code & 31);
    groupsByCode.set(code, (groupsByCode.get(code) ?? 0) | group);
  }
}

/** The groups of the words that have these three characters. */
export const groupsOf = (code: number): number =>
  ((isPart[code >> 5]! >>> (code & 31)) & 1) === 0 ? 0 : groupsByCode.get(code)!;
