import { policyRows } from './rows/many-policies.ts';
import { printHead, printRow } from './table.ts';

/** The cost of a thousand policies, for each way in which a policy selects Secrets. */
printHead();
for await (const row of policyRows()) printRow(row);
