import process from 'node:process';
import { decisionResult } from './rows/worst-inputs.ts';
import { printCells } from './table.ts';
import { worstCases } from './worst-inputs/cases.ts';

/**
 * `npm run bench:worst`: CPU time of the inputs that cost most, for 0.5 and 1 MiB. A cost
 * that grows linearly has a growth of about 2. Arguments select cases by a part of their name.
 */
const selected = process.argv.slice(2);
const isSelected = ({ name }: { readonly name: string }): boolean =>
  selected.length === 0 || selected.some((part) => name.includes(part));

printCells(['input', '0.5 MiB ms', '1 MiB ms', 'growth']);
for (const each of worstCases.filter(isSelected)) {
  const { name, halfMs, ms } = decisionResult(each);
  printCells([name, halfMs.toFixed(0), ms.toFixed(0), (ms / halfMs).toFixed(1)]);
}
