import type { Surroundings } from '../../evaluation/decision.ts';
import { openCase } from '../../evaluation/evaluation.ts';
import { generateValue } from '../../evaluation/generate.ts';
import type { Mandate } from '../../permissions/permissions.ts';
import type { Sensitive } from '../../secret/sensitive.ts';

/** Letters and digits, of 190 bits. */
const LENGTH = 32;

/** As the policy of that key says, and never shorter than it asks for. */
export function newPassword(
  { request, matched }: Mandate,
  key: string,
  { random }: Pick<Surroundings, 'random'>,
): Sensitive {
  const entry = openCase(request, matched).governed.get(key)?.entry;
  const length = Math.max(LENGTH, entry?.minLength ?? 0);
  return generateValue(key, entry?.generate ?? { length }, random);
}
