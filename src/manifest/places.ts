import type { Place } from './manifest-secret.ts';

/** From an offset in the text of a file to its place there. The lines are counted once, when the first place is asked for. */
export function placesIn(file: string, text: string): (offset: number) => Place {
  let starts: readonly number[] | undefined;
  // A byte-order mark takes no column.
  const first = text.startsWith('\ufeff') ? 1 : 0;
  return (offset) => {
    starts ??= lineStarts(text, first);
    const line = lineOf(starts, offset);
    return { file, line: line + 1, column: Math.max(offset - (starts[line] ?? 0), 0) + 1 };
  };
}

/** The inverse: where in the text a line and a column stand. */
export function offsetOf(text: string, { line, column }: Pick<Place, 'line' | 'column'>): number {
  const starts = lineStarts(text, text.startsWith('\ufeff') ? 1 : 0);
  return (starts[line - 1] ?? text.length) + column - 1;
}

function lineStarts(text: string, first: number): readonly number[] {
  const starts = [first];
  for (const newline of text.matchAll(/\r\n?|\n/g)) starts.push(newline.index + newline[0].length);
  return starts;
}

/** The last line that starts at the offset or before it. */
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
