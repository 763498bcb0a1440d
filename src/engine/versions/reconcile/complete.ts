import { generateValue } from '../../review/decide/generate-value.ts';
import type { EngineContext } from '../../review/evaluation/decision.ts';
import type { Evaluation, ManagedKey } from '../../review/evaluation/evaluation.ts';
import { isExcepted } from '../../review/evaluation/exceptions.ts';
import type { Baseline } from '../../review/own-writes/new-denials.ts';
import { type Permissions, storedEvaluation } from '../../review/own-writes/permissions.ts';
import { type DerivedEdit, type KeyEdit, withDerivedKeys } from '../../review/own-writes/with-derived.ts';
import { isRequired } from '../../review/rules/presence.ts';
import type { SecretRecord } from '../../secret/record/record.ts';
import type { Sensitive } from '../../secret/sensitive.ts';
import type { Obstacle } from '../key-rotation/rotatable.ts';

/** The missing values of a stored Secret. */
export interface Completion {
  /** Undefined if no value must be generated. */
  readonly edit: KeyEdit | undefined;
  /** The text for people about the edit, with names only. */
  readonly note: string;
  readonly obstacles: readonly Obstacle[];
}

/**
 * The values that the webhook would have generated at the creation of the Secret, if it had answered. A key that once
 * had a value gets none: data that was encrypted with the old value, and its logins, would be lost.
 */
export function planCompletion(
  permissions: Permissions,
  record: SecretRecord,
  context: EngineContext,
  baseline: Baseline,
): Completion {
  if (!permissions.mayGenerate) return NONE;
  const evaluation = storedEvaluation(permissions);
  const missing = [...evaluation.managedKeys.values()].filter((managedKey) =>
    isMissing(evaluation, managedKey, context.now()),
  );
  const lost = missing.filter((managedKey) => hadValue(managedKey, record));
  const generated = missing
    .filter((managedKey) => !lost.includes(managedKey))
    .flatMap(({ key, entry }): (readonly [string, Sensitive])[] =>
      entry.generate === undefined ? [] : [[key, generateValue(key, entry.generate, context.random)]],
    );
  const lostObstacles = lost.map(({ key }) => ({ key, reason: VALUE_LOST, isIntended: false }));
  if (generated.length === 0) return { ...NONE, obstacles: lostObstacles };
  const editWith = (values: typeof generated): DerivedEdit =>
    withDerivedKeys(permissions, { set: new Map(values), remove: [] }, new Set(), context, baseline);
  const obstacleTo = ({ refusals, set }: DerivedEdit): string | undefined => {
    if (refusals.length > 0) return REFUSED_BY_POLICY;
    // A URL that opens a server now must not get a password that no server knows.
    return [...set.keys()].some((key) => evaluation.data.get(key)?.isEmpty === false)
      ? DERIVED_IN_USE
      : undefined;
  };
  const rejected = new Map<string, string>();
  const together = editWith(generated);
  // Usually all of them are allowed. To validate a Secret of ten thousand keys again for each takes seconds.
  if (obstacleTo(together) !== undefined) {
    for (const one of generated) {
      const reason = obstacleTo(editWith([one]));
      if (reason !== undefined) rejected.set(one[0], reason);
    }
  }
  const accepted = generated.filter(([key]) => !rejected.has(key));
  const edit = rejected.size === 0 ? together : editWith(accepted);
  // Each value alone may be allowed, and all of them together not: a derived key may need two of them.
  const joint = accepted.length === 0 ? undefined : obstacleTo(edit);
  if (joint !== undefined) for (const [key] of accepted) rejected.set(key, joint);
  const obstacles = [
    ...lostObstacles,
    ...[...rejected].map(([key, reason]) => ({ key, reason, isIntended: false })),
  ];
  if (accepted.length === 0 || joint !== undefined) return { ...NONE, obstacles };
  return {
    edit,
    note: accepted.map(([key]) => `${key}: was missing, and was generated`).join('; '),
    obstacles,
  };
}

const NONE: Completion = { edit: undefined, note: '', obstacles: [] };

const VALUE_LOST =
  'had a value and has none, and existing data may need the old one: restore it with lockstep rollback, or set it';
const DERIVED_IN_USE =
  'is not made: a derived key in use would change with it, so set the value that the key contains';
const REFUSED_BY_POLICY = 'is not made: its policies would refuse the value that they ask to be generated';

function isMissing(evaluation: Evaluation, managedKey: ManagedKey, now: Date): boolean {
  const { key, entry } = managedKey;
  if (entry.generate === undefined || entry.action === 'Audit' || isExcepted(evaluation, managedKey, now))
    return false;
  const value = evaluation.data.get(key);
  return value === undefined || (value.isEmpty && isRequired(evaluation, managedKey));
}

/** Under any spelling. If the first version is no longer kept, the key may have had a value before. */
function hadValue({ key, entry }: ManagedKey, { lastChanged, versions }: SecretRecord): boolean {
  const spellings = new Set([key, entry.name, ...entry.aliases]);
  const knownSpellings = [...spellings].filter((spelling) => lastChanged.has(spelling));
  if (knownSpellings.length === 0) return false;
  const isWhole = versions[0]?.number === 1;
  return (
    !isWhole ||
    versions.some(
      ({ data }) => data === undefined || knownSpellings.some((one) => data.get(one)?.isEmpty === false),
    )
  );
}
