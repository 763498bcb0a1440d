import { printable } from './printable.ts';

/** Limit of names in a row, because a Secret may have a thousand keys. `-o wide` has all of them. */
const MAX_NAMES = 6;

/** `A, B and 3 more`. `count` is the number of all, of which `names` may be a part. */
export function nameList(
  names: readonly string[],
  { isWide = false, most = MAX_NAMES, count = names.length } = {},
): string {
  const shown = isWide ? names : names.slice(0, most);
  const others = count - shown.length;
  return printable(`${shown.join(', ')}${others > 0 ? ` and ${others} more` : ''}`);
}

/** Breaks lines between words, by default at blanks. A word that is longer than a line gets its own line. */
export function linesOf(
  text: string,
  width: number,
  words: readonly string[] = text.split(' '),
): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** Each column is as wide as its widest cell. Numbers are aligned to the right, and texts to the left. */
export function inColumns(
  rows: readonly (readonly string[])[],
  { isNumber = () => false, gap = 2 }: { isNumber?: (column: number) => boolean; gap?: number } = {},
): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    rows.reduce((width, row) => Math.max(width, row[column]?.length ?? 0), 0),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return isNumber(column) ? cell.padStart(width) : cell.padEnd(width);
      })
      .join(' '.repeat(gap))
      .trimEnd(),
  );
}
