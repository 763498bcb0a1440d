/**
 * C0 and C1 controls, line separators, and characters that change the direction of a line (Trojan Source,
 * CVE-2021-42574).
 */
const UNPRINTABLE =
  /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/g;

/** Makes a foreign name, such as that of a file or a key, safe for a terminal and for XML. The result is one line. */
export function printable(text: string): string {
  return text
    .toWellFormed()
    .replace(UNPRINTABLE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
