import { placeOfFix } from '../../../secret/owners.ts';
import { isUnportableDatabase } from '../../derivation/base-key-check.ts';
import type { Evaluation, ManagedKey } from '../../evaluation/evaluation.ts';
import type { ValueRule, Violation } from '../rule.ts';

export const unportableName: ValueRule = {
  id: 'unportable-name',
  meaning: 'A database name has no spelling in a URL that all drivers read alike, encoded or not.',
  example: 'POSTGRES_DB: my db, my/db, münchen',
  remediation: 'Use 1 to 63 of the characters A-Z a-z 0-9 . _ ~ -',
  check: (evaluation: Evaluation, { key }: ManagedKey): Violation | undefined =>
    isUnportableDatabase(evaluation, key)
      ? {
          key,
          message: 'is a database name that drivers read differently in a URL',
          fix: `use 1 to 63 of the characters A-Z a-z 0-9 . _ ~ -${placeOfFix(evaluation.request.secret)}`,
        }
      : undefined,
};
