import { type GeneratedForm, type KeyEntry, wantedLength } from '../../policy/policy.ts';
import { generateValue } from '../../review/decide/generate-value.ts';
import type { EngineContext } from '../../review/evaluation/decision.ts';
import { evaluationOf } from '../../review/evaluation/evaluation.ts';
import type { Permissions } from '../../review/own-writes/permissions.ts';
import { characterCount } from '../../secret/characters.ts';
import type { Sensitive } from '../../secret/sensitive.ts';

/** Letters and digits with 190 bits of entropy. */
const PASSWORD_LENGTH = 32;
/** The least that `generate` can ask for, even if a prefix leaves less of `maxLength`. */
const MIN_LENGTH = 8;

/** Follows the policy of that key, and has a length that the policy allows. */
export function newPassword(
  { request, matched }: Permissions,
  key: string,
  { random }: Pick<EngineContext, 'random'>,
): Sensitive {
  const entry = evaluationOf(request, matched).managedKeys.get(key)?.entry;
  return generateValue(key, entry?.generate ?? passwordForm(entry), random);
}

function passwordForm(entry: KeyEntry | undefined): GeneratedForm {
  if (entry === undefined) return { length: PASSWORD_LENGTH };
  const { prefix, maxLength = Infinity } = entry;
  const length = Math.min(Math.max(PASSWORD_LENGTH, wantedLength(entry)), maxLength);
  return { length: Math.max(length - characterCount(prefix ?? ''), MIN_LENGTH), prefix };
}
