import type { Policy } from '../../policy/policy.ts';
import { type Action, type Finding, milder, stricter } from '../../secret/finding/finding.ts';
import type { Request } from '../../secret/secret.ts';
import type { EngineContext } from '../evaluation/decision.ts';
import type { RuleText } from './rule.ts';

/** No check belongs to this rule: the engine reports it if a Secret exceeds the budget. */
export const tooLarge: RuleText & { readonly id: 'too-large' } = {
  id: 'too-large',
  meaning:
    'The Secret has too many keys or bytes, or takes too much CPU time, so lockstep stopped before it had validated every value. `lockstep check` also reports more than 1 MiB of values, which the API server refuses.',
  example: 'a Secret with 50,000 keys',
  remediation: 'Split it into several Secrets. A write that leaves the data as it is stays allowed.',
};

/** `limit` names the exceeded limit: "it has more than 10,000 keys". */
export function tooLargeText(limit: string): Pick<Finding, 'rule' | 'key' | 'message' | 'fix'> {
  return {
    rule: tooLarge.id,
    key: '',
    message: `is too large to validate, because ${limit}`,
    fix: 'split it into several Secrets',
  };
}

/**
 * The only finding of a Secret whose validation was not completed. Its action is the strongest action of all its
 * policies, because any of them could have found something. It is limited by the maximum action, like each finding.
 */
export function tooLargeFinding(
  { username }: Pick<Request, 'username'>,
  matched: readonly Policy[],
  limit: string,
  { warnOnlyUsers, maxAction }: EngineContext,
): Finding {
  const actions = matched.flatMap(({ keys, validations, defaultEntry }) => [
    ...keys,
    ...validations,
    ...(defaultEntry ? [defaultEntry] : []),
  ]);
  const strongestAction = actions.map(({ action }) => action).reduce<Action>(stricter, 'Audit');
  const action = warnOnlyUsers.has(username ?? '') ? milder(strongestAction, 'Warn') : strongestAction;
  return { ...tooLargeText(limit), action: milder(action, maxAction), policy: matched[0]?.name ?? '' };
}
