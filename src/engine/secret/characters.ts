import type { Plaintext } from './sensitive.ts';

/** A character has at most this many bytes in UTF-8. */
export const MAX_CHARACTER_BYTES = 4;

/**
 * The value has at least this many characters. A character is one UTF-16 unit or two. Only a length between these
 * bounds needs a count of the characters. In a value that is not text, each byte is one.
 */
export function hasCharacters(plain: Plaintext, least: number): boolean {
  const { text } = plain;
  if (text === undefined) return plain.bytes.length >= least;
  return text.length >= least * 2 || (text.length >= least && characterCount(text) >= least);
}

export function characterCount(text: string): number {
  let pairs = 0;
  for (let at = 0; at < text.length; at++) if ((text.charCodeAt(at) & 0xfc00) === 0xd800) pairs++;
  return text.length - pairs;
}
