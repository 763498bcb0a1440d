import process from 'node:process';
import { decisionResult, parserResult } from './rows/worst-inputs.ts';
import { printCells } from './table.ts';
import { worstCases } from './worst-inputs/cases.ts';
import { parserCases } from './worst-inputs/parser-cases.ts';

/**
 * `npm run bench:worst`: CPU time of the inputs that cost most, for 0.5 and 1 MiB, of decisions and of parsers. A cost
 * that grows linearly has a growth of about 2. Arguments select cases by a part of their name.
 */
const selected = process.argv.slice(2);
const isSelected = ({ name }: { readonly name: string }): boolean =>
  selected.length === 0 || selected.some((part) => name.includes(part));

printCells(['input', '0.5 MiB ms', '1 MiB ms', 'growth']);
const measurements = [
  ...worstCases.filter(isSelected).map((each) => () => decisionResult(each)),
  ...parserCases.filter(isSelected).map((each) => () => parserResult(each)),
];
for (const measure of measurements) {
  const { name, halfMs, ms } = await measure();
  printCells([name, halfMs.toFixed(0), ms.toFixed(0), (ms / halfMs).toFixed(1)]);
}
