import type { SourcePosition } from './manifest-secret.ts';

/** Converts an offset in the text of a file into a position. Lines are counted only as far as needed. */
export function positionsIn(file: string, text: string): (offset: number) => SourcePosition {
  const breaks = /\r\n?|\n/g;
  const starts = [textStart(text)];
  let isComplete = false;
  const countTo = (offset: number): void => {
    while (!isComplete && (starts.at(-1) ?? 0) <= offset) {
      isComplete = breaks.exec(text) === null;
      if (!isComplete) starts.push(breaks.lastIndex);
    }
  };
  return (offset) => {
    countTo(offset);
    const line = lineOf(starts, offset);
    return { file, line: line + 1, column: Math.max(offset - (starts[line] ?? 0), 0) + 1 };
  };
}

export function offsetOf(text: string, { line, column }: Pick<SourcePosition, 'line' | 'column'>): number {
  const breaks = /\r\n?|\n/g;
  for (let at = 1; at < line; at++) if (breaks.exec(text) === null) return text.length + column - 1;
  return (line === 1 ? textStart(text) : breaks.lastIndex) + column - 1;
}

/** A byte-order mark takes no column. */
const textStart = (text: string): number => (text.startsWith('\ufeff') ? 1 : 0);

/** Finds the last line that starts at the offset or before it. */
function lineOf(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
