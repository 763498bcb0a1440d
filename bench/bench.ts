import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { commandRows } from './rows/commands.ts';
import { memoryRows } from './rows/resident-memory.ts';
import { reviewRows, unmatchedRows } from './rows/reviews.ts';
import { worstInputRows } from './rows/worst-inputs.ts';
import { printHead, printRow, type Row } from './table.ts';

/**
 * `npm run bench`: the cost of the release of this checkout, next to a server that does nothing and one that only
 * parses. All alternate in one run, so that a disturbance of the machine affects all. Arguments select groups of rows.
 */
const GROUPS: Readonly<Record<string, (folder: string) => AsyncGenerator<Row>>> = {
  reviews: reviewRows,
  unmatched: unmatchedRows,
  memory: memoryRows,
  commands: commandRows,
  worst: worstInputRows,
};

const selected = process.argv.slice(2);
const unknown = selected.find((name) => !Object.hasOwn(GROUPS, name));
if (unknown !== undefined)
  throw new Error(`there is no group ${unknown}; there are ${Object.keys(GROUPS).join(', ')}`);

printHead();
for (const [name, rows] of Object.entries(GROUPS)) {
  if (selected.length > 0 && !selected.includes(name)) continue;
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-bench-'));
  try {
    for await (const row of rows(folder)) printRow(row);
  } finally {
    await rm(folder, { recursive: true });
  }
}
process.stdout.write(
  'Figures without a unit are microseconds of CPU time. docs/operate/sizing.md#performance describes them.\n',
);
