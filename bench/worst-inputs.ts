import process from 'node:process';
import { resultOf } from './rows/worst-inputs.ts';
import { printCells } from './table.ts';
import { worstCases } from './worst-inputs/cases.ts';

/**
 * `npm run bench:worst`: CPU time of a decision about the inputs that cost most, for Secrets of 0.5 and 1 MiB. A cost
 * that grows linearly has a growth of about 2. Arguments select cases by a part of their name.
 */
const selected = process.argv.slice(2);
printCells(['input', '0.5 MiB ms', '1 MiB ms', 'growth']);
for (const each of worstCases) {
  if (selected.length > 0 && !selected.some((name) => each.name.includes(name))) continue;
  const { name, halfMs, ms } = resultOf(each);
  printCells([name, halfMs.toFixed(0), ms.toFixed(0), (ms / halfMs).toFixed(1)]);
}
