import type { EngineContext } from '../evaluation/decision.ts';
import { type Action, type Finding, milder, stricter } from '../finding/finding.ts';
import type { Policy } from '../policy/policy.ts';
import type { Request } from '../secret/secret.ts';
import { tooLargeText } from './too-large-to-judge.ts';

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
  const actions = matched.flatMap(({ keys, defaultEntry }) => [
    ...keys,
    ...(defaultEntry ? [defaultEntry] : []),
  ]);
  const strongestAction = actions.map(({ action }) => action).reduce<Action>(stricter, 'Audit');
  const action = warnOnlyUsers.has(username ?? '') ? milder(strongestAction, 'Warn') : strongestAction;
  return { ...tooLargeText(limit), action: milder(action, maxAction), policy: matched[0]?.name ?? '' };
}
