import { placeOfFix } from '../../../secret/owners.ts';
import type { PartName } from '../../../value/uri/connection.ts';
import { derivationPlan } from '../../derivation/derivation-plan.ts';
import type { Difference } from '../../derivation/plan.ts';
import { type Evaluation, isModified, type ManagedKey } from '../../evaluation/evaluation.ts';
import { parsedConnection } from '../../evaluation/parsed-connection.ts';
import { ownedDerivedFix, untouchedFix } from '../owned-derived.ts';
import type { ValueRule, Violation } from '../rule.ts';

export const mismatch: ValueRule = {
  id: 'mismatch',
  meaning: 'A derived key does not agree with the base keys that it is derived from.',
  example: 'POSTGRES_PASSWORD was changed, the password in DATABASE_URL was not',
  remediation:
    'Remove the derived key from the manifest. lockstep derives it. To change a part of it, change its base key. If another controller writes the Secret, correct the key there.',
  check: disagrees,
};

function disagrees(evaluation: Evaluation, managedKey: ManagedKey): Violation | undefined {
  if (managedKey.entry.derive === undefined) return undefined;
  const plan = derivationPlan(evaluation, managedKey);
  if (plan.kind === 'leave' || plan.kind === 'foreign')
    return notedDifference(evaluation, managedKey, plan.noted ?? [], plan.kind === 'foreign');
  if (plan.kind !== 'write' || plan.reason !== 'mismatch') return undefined;
  const bases = plan.bases.join(', ');
  const parts = plan.parts.join(', ');
  const lacks = lacksAll(evaluation, managedKey.key, plan.parts);
  const difference = lacks ? `lacks the ${parts} of ${bases}` : `has another ${parts} than ${bases}`;
  return {
    key: managedKey.key,
    message: plan.parts.length > 0 ? difference : `does not follow ${bases}`,
    fix: ownedDerivedFix(evaluation, managedKey, 'correct') ?? fixOf(evaluation, managedKey),
    ...(lacks && managedKey.entry.derive.bind === 'Password' && { maxAction: 'Warn' }),
  };
}

/** Programs often take the URL and the login apart, so the URL has none. */
function lacksAll({ data }: Evaluation, key: string, parts: readonly string[]): boolean {
  const connection = data.get(key)?.withPlaintext(parsedConnection);
  return connection !== undefined && parts.every((part) => LOGIN.has(part) && !connection[part as PartName]);
}
const LOGIN: ReadonlySet<string> = new Set<PartName>(['user', 'password']);

function fixOf(evaluation: Evaluation, { entry, key }: ManagedKey): string {
  if (entry.action === 'Audit') return 'correct it, because lockstep corrects nothing with action: Audit';
  return untouchedFix(evaluation, key) ?? 'remove it from the manifest, and lockstep derives it';
}

/**
 * A part that the policy does not bind. It is a warning if the URL or the base key is new. A Secret that stays as it is
 * gives no warning at each write of another key.
 */
function notedDifference(
  evaluation: Evaluation,
  { key }: ManagedKey,
  noted: readonly Difference[],
  isForeign: boolean,
): Violation | undefined {
  const bases = [...new Set(noted.flatMap((one) => one.bases))];
  const isNew = [key, ...bases].some((one) => isModified(evaluation, one));
  if (noted.length === 0 || !isNew) return undefined;
  const parts = noted.map(({ part }) => part).join(', ');
  const place = placeOfFix(evaluation.request.secret);
  // The password of the same URL may just have been corrected.
  const stays = isForeign ? 'nothing is' : `${parts} ${noted.length > 1 ? 'are' : 'is'} not`;
  return {
    key,
    message: `has another ${parts} than ${bases.join(', ')}, and ${stays} changed`,
    fix: `leave it if that is meant, else change ${bases.join(', ')} or the ${parts} in it${place}`,
    maxAction: 'Warn',
  };
}
