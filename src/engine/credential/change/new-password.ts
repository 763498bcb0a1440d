import type { EngineContext } from '../../evaluation/decision.ts';
import { evaluationOf } from '../../evaluation/evaluation.ts';
import { generateValue } from '../../evaluation/generate-value.ts';
import type { Permissions } from '../../permissions/permissions.ts';
import { wantedLength } from '../../policy/policy.ts';
import type { Sensitive } from '../../secret/sensitive.ts';

/** Letters and digits with 190 bits of entropy. */
const PASSWORD_LENGTH = 32;

/** Follows the policy of that key, and is never shorter than the policy requires. */
export function newPassword(
  { request, matched }: Permissions,
  key: string,
  { random }: Pick<EngineContext, 'random'>,
): Sensitive {
  const entry = evaluationOf(request, matched).managedKeys.get(key)?.entry;
  const length = Math.max(PASSWORD_LENGTH, entry === undefined ? 0 : wantedLength(entry));
  return generateValue(key, entry?.generate ?? { length }, random);
}
