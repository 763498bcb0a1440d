import type { Test } from 'tap';

/** One failure, as it was seen on a real API server. */
export interface FailureRow {
  readonly failure: string;
  /** Messages to users, word for word. */
  readonly userMessage: readonly string[];
  /** Results of their writes. */
  readonly symptoms: string;
  readonly duration: string;
  /** The commands that ended it, as they were run. None if it ended automatically. */
  readonly fix: readonly string[];
}

const COLUMNS = ['failure', 'what a user sees', 'for how long', 'the way out'] as const;

/** Prints all rows as one table. */
export function print(t: Test, rows: readonly FailureRow[]): void {
  const cells = rows.map(({ failure, symptoms: seen, duration: lasted, fix }) => [
    failure,
    seen,
    lasted,
    fix.join(' && ') || 'by itself',
  ]);
  const lines = [[...COLUMNS], ...cells];
  const widths = COLUMNS.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  for (const line of lines)
    t.comment(
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join(' | ')
        .trimEnd(),
    );
}

export const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;
