import type { Test } from 'tap';

/** Rows of figures. They are printed as a Markdown table, as a comment of the test, when it has ended. */
export function aTable(t: Test, columns: readonly string[]) {
  const rows: (readonly (string | number)[])[] = [];
  t.teardown(() => {
    const lines = [columns, columns.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`);
    for (const line of lines) t.comment(line);
  });
  return (...row: readonly (string | number)[]): void => {
    rows.push(row);
  };
}
