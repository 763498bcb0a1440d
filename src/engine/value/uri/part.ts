import type { Part } from './connection.ts';
import { decodePercent } from './decode.ts';

/** `portable` are the raw characters that every driver reads alike. */
export function percentPart(text: string, start: number, end: number, portable: RegExp): Part {
  const written = text.slice(start, end);
  const { value, clean } = decodePercent(written);
  return { value, start, end, portable: clean && portable.test(written) };
}

/**
 * A raw password in the text, from which a driver may read other characters. It is portable only if its spelling
 * decodes to itself.
 */
export function rawPart(text: string, start: number, password: string, portable: RegExp): Part {
  const part = percentPart(text, start, start + password.length, portable);
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

/** The index of the next such character, or the end of the text. */
export function nextOf(text: string, from: number, character: RegExp): number {
  const at = text.slice(from).search(character);
  return at === -1 ? text.length : from + at;
}
