import type { Part } from './connection.ts';
import { decodePercent } from './decode.ts';
import type { IsPortable } from './raw-characters.ts';

export function percentPart(text: string, start: number, end: number, isPortable: IsPortable): Part {
  const written = text.slice(start, end);
  if (!written.includes('%')) return { value: written, start, end, portable: isPortable(text, start, end) };
  const { value, clean } = decodePercent(written);
  return { value, start, end, portable: clean && isPortable(text, start, end) };
}

/**
 * A raw password in the text, from which a driver may read other characters. It is portable only if its spelling
 * decodes to itself.
 */
export function rawPart(text: string, start: number, password: string, isPortable: IsPortable): Part {
  const part = percentPart(text, start, start + password.length, isPortable);
  return { ...part, value: password, portable: part.portable && part.value === password };
}

/** Whether a known raw password begins at `start`, and ends before one of `closing` or at the end of the text. */
export function isRawAt(text: string, start: number, password: string, closing: string): boolean {
  if (password === '' || !text.startsWith(password, start)) return false;
  const next = text.charAt(start + password.length);
  return next === '' || closing.includes(next);
}

/** The part that counts if several positions name it: the first that is not empty. If they differ, drivers do too. */
export function choosePart(candidates: readonly (Part | undefined)[]): Part | undefined {
  const present = candidates.filter((candidate) => candidate !== undefined);
  const filled = present.filter(({ value }) => value !== '');
  const usable = filled.length > 0 ? filled : present;
  const first = usable[0];
  if (first === undefined) return undefined;
  const conflicts = usable.some(({ value }) => value !== first.value);
  return {
    ...first,
    portable: !conflicts && usable.every(({ portable }) => portable),
    ...(conflicts && { conflicts }),
  };
}

/** The index of the next character with one of these codes, or the end of the text. The last one may be left out. */
export function nextOf(text: string, from: number, a: number, b: number, c = b, d = c): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === a || code === b || code === c || code === d) return at;
  }
  return text.length;
}

/** Codes of the characters between which the parts of a URL stand. */
export const SLASH = 0x2f;
export const COLON = 0x3a;
export const SEMICOLON = 0x3b;
export const QUESTION_MARK = 0x3f;
export const HASH = 0x23;
