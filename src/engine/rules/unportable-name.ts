import { isUnportableDatabase } from '../evaluation/base-key-check.ts';
import type { Case, Governed } from '../evaluation/evaluation.ts';
import type { Complaint, KeyRule } from './rule.ts';

export const unportableName: KeyRule = {
  id: 'unportable-name',
  meaning: 'A database name has no spelling in a URL that all drivers read alike, encoded or not.',
  example: 'POSTGRES_DB: my db, my/db, münchen',
  mend: 'Use 1 to 63 of the characters A-Z a-z 0-9 . _ ~ -',
  check: (aCase: Case, { key }: Governed): Complaint | undefined =>
    isUnportableDatabase(aCase, key)
      ? {
          key,
          message: 'is a database name that drivers read differently in a URL',
          fix: 'use 1 to 63 of the characters A-Z a-z 0-9 . _ ~ -',
        }
      : undefined,
};
