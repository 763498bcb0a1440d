import type { Finding } from '../finding/finding.ts';
import type { RuleText } from './rule.ts';

/** No check belongs to this rule: the engine reports it if a Secret exceeds the budget. */
export const tooLargeToJudge: RuleText & { readonly id: 'too-large-to-judge' } = {
  id: 'too-large-to-judge',
  meaning:
    'The Secret has too many keys or bytes, or takes too much CPU time, so lockstep stopped before it had validated every value.',
  example: 'a Secret with 50,000 keys',
  remediation: 'Split it into several Secrets. A write that leaves the data as it is stays allowed.',
};

/** `limit` names the exceeded limit: "it has more than 10,000 keys". */
export function tooLargeText(limit: string): Pick<Finding, 'rule' | 'key' | 'message' | 'fix'> {
  return {
    rule: tooLargeToJudge.id,
    key: '',
    message: `is too large to validate, because ${limit}`,
    fix: 'split it into several Secrets',
  };
}
