import { placeOfFix } from '../../../secret/owners.ts';
import { derivationPlan } from '../../derivation/derivation-plan.ts';
import type { Evaluation, ManagedKey } from '../../evaluation/evaluation.ts';
import type { PresenceRule, Violation } from '../rule.ts';

export const unquotable: PresenceRule = {
  id: 'unquotable',
  meaning:
    'A base key holds a character that could end its value in a derived file, such as a quote or a line break. Or a reader of the file would take the value for a number, a date or a word such as `yes`. lockstep then derives nothing.',
  example: 'DB_PASSWORD: pass"word in a my.cnf with password="${DB_PASSWORD}"',
  remediation:
    'Set the base key to a value of letters, digits and `-._~`, or put its place in the template in quotes.',
  check: isUnquotable,
};

function isUnquotable(evaluation: Evaluation, managedKey: ManagedKey): Violation | undefined {
  const plan = derivationPlan(evaluation, managedKey);
  if (plan.kind !== 'unquotable') return undefined;
  const [base = ''] = plan.by;
  const keys = plan.by.join(', ');
  const place = placeOfFix(evaluation.request.secret);
  return plan.isMisread
    ? {
        key: managedKey.key,
        other: base,
        message: `can not be derived, because a reader of the file takes ${keys} for a number, a date or another word`,
        fix: `put quotes around its place in the template of the policy, or set ${keys} to another text${place}`,
      }
    : {
        key: managedKey.key,
        other: base,
        message: `can not be derived, because its template can not hold a character of ${keys}`,
        fix: `set ${keys} to letters, digits and -._~${place}`,
      };
}
