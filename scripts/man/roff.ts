/** The text of a line in roff: no character has a meaning of its own. */
export function escaped(text: string): string {
  const plain = text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('`', '')
    .replaceAll(/[^\x20-\x7e]/gu, glyph);
  return /^[.']/.test(plain) ? `\\&${plain}` : plain;
}

/** Without an option for the encoding, groff reads bytes and not UTF-8. */
const glyph = (character: string): string =>
  `\\[u${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`;

/** A section, or nothing without lines. */
export const section = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : [`.SH ${title}`, ...lines];

/** A term with its explanation. */
export const item = (term: string, text: string): readonly string[] => [
  '.TP',
  `\\fB${escaped(term)}\\fR`,
  escaped(text),
];

/** Lines that are kept as they are. */
export const verbatim = (lines: readonly string[]): readonly string[] => [
  '.nf',
  ...lines.map(escaped),
  '.fi',
];
