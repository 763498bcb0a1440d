import type { PartName } from '../connection.ts';

/** New plain values. A part that is not named stays as it is. */
export type NewParts = Partial<Record<PartName, string>> & { readonly params?: ReadonlyMap<string, string> };

/** Replaces `[start, end)`. An insertion has `start === end`. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The edits must not overlap. Edits at one position keep their order. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  let result = '';
  let at = 0;
  for (const edit of edits.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    result += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + text.slice(at);
}
