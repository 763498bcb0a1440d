import { withinBudget } from '../evaluation/budget.ts';
import type { EngineContext } from '../evaluation/decision.ts';
import { type Evaluation, evaluationOf, type ManagedKey } from '../evaluation/evaluation.ts';
import { isExcepted } from '../evaluation/exceptions.ts';
import { generateValue } from '../evaluation/generate.ts';
import type { Permissions } from '../permissions/permissions.ts';
import { type KeyEdit, withDerivedKeys } from '../permissions/with-derived.ts';
import type { SecretRecord } from '../record/record.ts';
import type { Obstacle } from '../rotation/rotatable.ts';
import { isRequired } from '../rules/required.ts';
import type { Sensitive } from '../secret/sensitive.ts';

/** What a stored Secret that is to be completed lacks. */
export interface Completion {
  /** Undefined where nothing is to be made. */
  readonly edit: KeyEdit | undefined;
  /** What to say of the edit; names only. */
  readonly note: string;
  readonly obstacles: readonly Obstacle[];
}

/**
 * What admission would have made when the Secret was created, had it been up. Never a value for a key that had one: what was encrypted with it, and who logs in
 * with it, would be locked out.
 */
export function planCompletion(
  permissions: Permissions,
  record: SecretRecord,
  context: EngineContext,
): Completion {
  if (!permissions.mayGenerate) return NONE;
  return withinBudget(
    permissions.request.secret,
    context,
    (budgeted) => computeCompletion(permissions, record, budgeted),
    () => NONE,
  );
}

const NONE: Completion = { edit: undefined, note: '', obstacles: [] };

function computeCompletion(
  permissions: Permissions,
  record: SecretRecord,
  context: EngineContext,
): Completion {
  const evaluation = evaluationOf(permissions.request, permissions.matched);
  const missing = [...evaluation.managedKeys.values()].filter((managedKey) =>
    isMissing(evaluation, managedKey, context.now()),
  );
  const lost = missing.filter((managedKey) => hadValue(managedKey, record));
  const generated = missing
    .filter((managedKey) => !lost.includes(managedKey))
    .flatMap(({ key, entry }): (readonly [string, Sensitive])[] =>
      entry.generate === undefined ? [] : [[key, generateValue(key, entry.generate, context.random)]],
    );
  const obstacleFor = (values: typeof generated): string | undefined => {
    const edit = { set: new Map(values), remove: [] };
    const { refusals, set } = withDerivedKeys(permissions, edit, new Set(), context);
    if (refusals.length > 0) return REFUSED_BY_POLICY;
    // A URL that opens a server now must not follow a password that no server knows.
    return [...set.keys()].some((key) => evaluation.data.get(key)?.isEmpty === false)
      ? DERIVED_IN_USE
      : undefined;
  };
  // Mostly all of them fit: to judge a Secret of ten thousand keys anew for each takes seconds.
  const faults =
    obstacleFor(generated) === undefined ? [] : generated.map((one) => [one, obstacleFor([one])] as const);
  const rejected = new Map(faults.flatMap(([one, fault]) => (fault === undefined ? [] : [[one, fault]])));
  const accepted = generated.filter((one) => !rejected.has(one));
  const edit = { set: new Map(accepted), remove: [] };
  return {
    edit: accepted.length === 0 ? undefined : withDerivedKeys(permissions, edit, new Set(), context),
    note: accepted.map(([key]) => `${key}: was missing, and was generated`).join('; '),
    obstacles: [
      ...lost.map(({ key }) => ({ key, reason: VALUE_LOST, isIntended: false })),
      ...[...rejected].map(([[key], reason]) => ({ key, reason, isIntended: false })),
    ],
  };
}

const VALUE_LOST =
  'had a value and has none, and is not made anew, since what was made with the old one may need it: put it back with lockstep rollback, or set it';
const DERIVED_IN_USE =
  'is not made: a derived key that has a value would change with it: set the value that is in use there';
const REFUSED_BY_POLICY = 'is not made: its policies would refuse the value that they ask to be generated';

function isMissing(evaluation: Evaluation, managedKey: ManagedKey, now: Date): boolean {
  const { key, entry } = managedKey;
  if (entry.generate === undefined || entry.action === 'Audit' || isExcepted(evaluation, managedKey, now))
    return false;
  const value = evaluation.data.get(key);
  return value === undefined || (value.isEmpty && isRequired(evaluation, managedKey));
}

/** In any spelling. A record that begins with an empty key can't tell what was before it. */
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
