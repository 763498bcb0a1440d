import { hash } from 'node:crypto';
import { derivationPlan, isComparedInPart } from '../../review/derivation/derivation-plan.ts';
import { type Evaluation, type ManagedKey, valueByName } from '../../review/evaluation/evaluation.ts';
import { type Permissions, storedEvaluation } from '../../review/own-writes/permissions.ts';
import type { InSyncKey, SecretRecord } from '../../secret/record/record.ts';

/**
 * The number of keys that a record names. A Secret may match many policies, and a record must leave space for versions.
 */
const MAX_KEYS = 1000;

/**
 * The record with the derived keys that agree with their base keys now, for policies with `heal: Drift`. A key that
 * disagrees stays in it only while lockstep may still correct it. A disagreement that lockstep has seen and left is no
 * drift. Returns the same object if nothing changed.
 */
export function withInSyncKeys(record: SecretRecord, permissions: Permissions): SecretRecord {
  const inSyncKeys = inSyncKeysOf(record, permissions);
  return isSame(record.inSyncKeys, inSyncKeys) ? record : { ...record, inSyncKeys };
}

function inSyncKeysOf(record: SecretRecord, permissions: Permissions): SecretRecord['inSyncKeys'] {
  const { matched, mayHeal } = permissions;
  const inSyncKeys = new Map<string, InSyncKey>();
  if (!matched.some(({ heal }) => heal === 'Drift')) return inSyncKeys;
  const evaluation = storedEvaluation(permissions);
  const version = record.versions.at(-1)?.number ?? 0;
  for (const managedKey of evaluation.managedKeys.values()) {
    if (inSyncKeys.size === MAX_KEYS) break;
    if (managedKey.policy.heal !== 'Drift' || managedKey.entry.derive === undefined) continue;
    const { name } = managedKey.entry;
    const known = record.inSyncKeys.get(name);
    const entry = entryFingerprint(evaluation, managedKey);
    if (isInSync(evaluation, managedKey)) inSyncKeys.set(name, { entry, version });
    else if (mayHeal && known?.entry === entry) inSyncKeys.set(name, known);
  }
  return inSyncKeys;
}

/** If the Secret holds no base key, the derived key has nothing to agree with. */
function isInSync(evaluation: Evaluation, managedKey: ManagedKey): boolean {
  const { key, entry } = managedKey;
  const baseNames = entry.derive?.baseNames ?? [];
  return (
    evaluation.data.get(key)?.isEmpty === false &&
    baseNames.some((name) => valueByName(evaluation, name) !== undefined) &&
    derivationPlan(evaluation, managedKey).kind === 'leave' &&
    !isComparedInPart(evaluation, managedKey)
  );
}

/**
 * The key agreed with its base keys under this same entry, and another writer has changed one of them since. A value
 * that a rollback restored is a decision of a person. A newer lockstep that validates the same values differently finds
 * no drift.
 */
export function hasDrifted(
  evaluation: Evaluation,
  managedKey: ManagedKey,
  { inSyncKeys, versions }: Pick<SecretRecord, 'inSyncKeys' | 'versions'>,
): boolean {
  const known = inSyncKeys.get(managedKey.entry.name);
  if (known === undefined || known.entry !== entryFingerprint(evaluation, managedKey)) return false;
  const names = allSpellingsOf(evaluation, managedKey);
  const touching = versions.filter(
    ({ number, keys }) => number > known.version && keys.some((key) => names.has(key)),
  );
  return touching.at(-1)?.why.kind === 'changed';
}

/** Every spelling of the key, and of the keys that it is derived from. */
const allSpellingsOf = (evaluation: Evaluation, managedKey: ManagedKey): ReadonlySet<string> =>
  new Set(lineageOf(evaluation, managedKey).flatMap(({ key, entry }) => [key, entry.name, ...entry.aliases]));

/**
 * A text for everything that decides how the key is derived. It consists of policies alone, never of values. It
 * includes `heal`, because a change under `Off` is no drift.
 */
function entryFingerprint(evaluation: Evaluation, managedKey: ManagedKey): string {
  const text = JSON.stringify([
    managedKey.policy.name,
    managedKey.policy.heal,
    ...lineageOf(evaluation, managedKey).map(({ entry: { name, aliases, derive } }) => [
      name,
      aliases,
      derive && [
        derive.template.whole,
        derive.exact,
        [...derive.free].sort(),
        derive.bind,
        derive.otherUser,
        derive.addWith,
        ...(derive.accounts.length > 0 ? [derive.accounts] : []),
      ],
    ]),
  ]);
  return hash('sha256', text, 'base64url');
}

/** The key, its base keys, and their base keys; each once. */
function lineageOf({ byName }: Evaluation, managedKey: ManagedKey): readonly ManagedKey[] {
  const lineage = new Set([managedKey]);
  // A loop over a Set also visits the items that are added during the loop.
  for (const { entry } of lineage)
    for (const name of entry.derive?.baseNames ?? []) {
      const base = byName.get(name);
      if (base !== undefined) lineage.add(base);
    }
  return [...lineage];
}

function isSame(before: SecretRecord['inSyncKeys'], after: SecretRecord['inSyncKeys']): boolean {
  return (
    before.size === after.size &&
    [...after].every(([name, { entry, version }]) => {
      const known = before.get(name);
      return known?.entry === entry && known.version === version;
    })
  );
}
