import type { EngineContext } from '../evaluation/decision.ts';
import { type Action, type Finding, milder, stricter } from '../finding/finding.ts';
import type { Policy } from '../policy/policy.ts';
import type { Request } from '../secret/secret.ts';
import { tooLargeText } from './too-large-to-judge.ts';

/**
 * The one finding of a Secret that was not judged to the end. It does what the strictest of its policies does, because nobody knows which of them would
 * have found something; and like every other finding no more than the operator allows.
 */
export function tooLargeFinding(
  { username }: Pick<Request, 'username'>,
  matched: readonly Policy[],
  limit: string,
  { warnOnlyUsers, maxAction }: EngineContext,
): Finding {
  const actions = matched.flatMap(({ keys, defaultEntry }) => [
    ...keys,
    ...(defaultEntry ? [defaultEntry] : []),
  ]);
  const strictestAction = actions.map(({ action }) => action).reduce<Action>(stricter, 'Audit');
  const action = warnOnlyUsers.has(username ?? '') ? milder(strictestAction, 'Warn') : strictestAction;
  return { ...tooLargeText(limit), action: milder(action, maxAction), policy: matched[0]?.name ?? '' };
}
