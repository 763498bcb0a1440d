import type { Test } from 'tap';
import { readPage } from '../pages/pages.ts';
import type { FailureRow } from './row.ts';

const PAGE = 'docs/operate/failure-modes.md';

/**
 * Compares the table under that heading with the rows: the same failures, the quoted messages, and the commands
 * that were run. /
 */
export async function compareWithPage(t: Test, heading: string, rows: readonly FailureRow[]): Promise<void> {
  const lines = tableUnder(heading, await readPage(PAGE));
  t.same([...lines.keys()], rows.map(nameOf), `${PAGE} has a line for each failure, in this order`);
  for (const row of rows) {
    const [sees = '', , out = ''] = lines.get(nameOf(row)) ?? [];
    for (const quoted of quotes(sees)) {
      t.ok(
        row.userMessage.some((text) => text.includes(quoted)),
        `${nameOf(row)}: a user is told ${quoted}`,
      );
    }
    t.same(quotes(out), row.fix, `${nameOf(row)}: the way out is the one that was gone`);
  }
}

const nameOf = ({ failure }: FailureRow): string => failure;

/** The other cells of each failure. */
function tableUnder(heading: string, page: string): Map<string, string[]> {
  const [, section = ''] = page.split(`\n## ${heading}\n`);
  const [own = ''] = section.split('\n## ');
  const lines = own.split('\n').filter((line) => line.startsWith('| '));
  return new Map(
    lines.slice(1).map((line) => {
      const [, failure = '', ...cells] = line.split('|').map((cell) => cell.trim());
      return [failure.replaceAll('`', ''), cells];
    }),
  );
}

const quotes = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);
