/** Classes of a character in any script, as bits. */
export const LETTER = 1;
export const MARK = 2;
export const NUMBER = 4;
export const CAPITAL = 8;
export const SMALL = 16;
/** White space, as `\s` matches it. */
export const BLANK = 32;
/** One half of a character that takes two UTF-16 units. Only both halves together have a class. */
export const HALF = 64;
const IS_KNOWN = 128;

/** By UTF-16 unit. A class is read by patterns once, because a pattern takes longer than a text of words. */
const known = new Uint8Array(0x1_0000);

const PATTERNS: readonly (readonly [bit: number, property: string])[] = [
  [LETTER, String.raw`\p{L}`],
  [MARK, String.raw`\p{M}`],
  [NUMBER, String.raw`\p{N}`],
  [CAPITAL, String.raw`\p{Lu}`],
  [SMALL, String.raw`\p{Ll}`],
  [BLANK, String.raw`\s`],
  [HALF, String.raw`\p{Cs}`],
];

for (let code = 0; code < 128; code++) known[code] = IS_KNOWN | asciiClasses(code);

function asciiClasses(code: number): number {
  if (code >= 97 && code <= 122) return LETTER | SMALL;
  if (code >= 65 && code <= 90) return LETTER | CAPITAL;
  if (code >= 48 && code <= 57) return NUMBER;
  return code === 32 || (code >= 9 && code <= 13) ? BLANK : 0;
}

/** The classes of a UTF-16 unit. */
export function classesOf(code: number): number {
  const classes = known[code]!;
  return classes === 0 ? readClasses(code) : classes;
}

/** Compiled for the first text outside ASCII, because each takes 0.1 ms. */
let patterns: readonly (readonly [bit: number, pattern: RegExp])[] | undefined;

function readClasses(code: number): number {
  patterns ??= PATTERNS.map(([bit, property]) => [bit, new RegExp(property, 'u')]);
  const character = String.fromCharCode(code);
  let classes = IS_KNOWN;
  for (const [bit, pattern] of patterns) if (pattern.test(character)) classes |= bit;
  known[code] = classes;
  return classes;
}

export function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 127) return false;
  return true;
}

/** The ASCII characters of the Unicode classes, as members of a character class. */
const ASCII_MEMBERS: readonly (readonly [property: string, members: string])[] = [
  ['\\p{Lu}', 'A-Z'],
  ['\\p{Ll}', 'a-z'],
  ['\\p{L}', 'A-Za-z'],
  ['\\p{N}', '0-9'],
  ['\\p{M}', ''],
];

/**
 * A pattern for text in any script. Its Unicode classes stand inside `[…]`. Each such class takes 0.1 ms at start, and
 * nearly every value is ASCII, so an ASCII text gets the same pattern without them.
 */
export function unicodePattern(source: string, flags = ''): (text: string) => RegExp {
  let ascii: RegExp | undefined;
  let unicode: RegExp | undefined;
  return (text) => {
    if (isAscii(text)) {
      ascii ??= new RegExp(asciiSource(source), flags);
      return ascii;
    }
    unicode ??= new RegExp(source, `${flags}u`);
    return unicode;
  };
}

const asciiSource = (source: string): string =>
  ASCII_MEMBERS.reduce((text, [property, members]) => text.replaceAll(property, members), source);
