import { derivationPlan } from '../../evaluation/derivation/derivation-plan.ts';
import type { Evaluation, ManagedKey } from '../../evaluation/evaluation.ts';
import { placeOfFix } from '../../secret/owners.ts';
import { KEY_STATE, type KeyRule, type Violation } from '../rule.ts';

export const unquotable: KeyRule = {
  id: 'unquotable',
  meaning:
    'A base key holds a character that could end its value in a derived file, such as a quote or a line break. lockstep then derives nothing.',
  example: 'DB_PASSWORD: pass"word in a my.cnf with password="${DB_PASSWORD}"',
  remediation: 'Set the base key to a value of letters, digits and `-._~`.',
  states: KEY_STATE.absent | KEY_STATE.empty | KEY_STATE.filled,
  concerns: ({ entry }) => entry.derive !== undefined,
  check: isUnquotable,
};

function isUnquotable(evaluation: Evaluation, managedKey: ManagedKey): Violation | undefined {
  const plan = derivationPlan(evaluation, managedKey);
  if (plan.kind !== 'unquotable') return undefined;
  const [base = ''] = plan.by;
  return {
    key: managedKey.key,
    other: base,
    message: `can not be derived, because its template can not hold a character of ${plan.by.join(', ')}`,
    fix: `set ${plan.by.join(', ')} to letters, digits and -._~${placeOfFix(evaluation.request.secret)}`,
  };
}
