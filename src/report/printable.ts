/** C0 and C1 controls, line separators, and what turns the direction of a line (Trojan Source, CVE-2021-42574). */
const UNPRINTABLE =
  /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/g;

/** Names of files and keys are a stranger's: on a terminal or in XML no character of theirs may do more than be seen. One line. */
export function printable(text: string): string {
  return text
    .toWellFormed()
    .replace(UNPRINTABLE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
