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
    .replace(MARK, HARMLESS)
    .replace(UNPRINTABLE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** `##[error]` of GitHub, `##vso[task.setvariable]` of Azure Pipelines, `##teamcity[`. */
const MARK = /##(?=\w{0,20}\[)/g;
/** Inside a text of JSON it is the same text. */
const HARMLESS = '#\\u0023';

/**
 * Text for the log of a pipeline. GitHub's runner takes `::` at the beginning of a line, after blanks, and each runner
 * takes its `##` mark anywhere for a command. A folder, a key or a message may hold both.
 */
export const withoutCommands = (text: string): string =>
  text.replace(COMMAND, '$1\\u003a').replace(MARK, HARMLESS);

const COMMAND = /^((?:[^\S\r\n]|\u0085)*):(?=:)/gm;
