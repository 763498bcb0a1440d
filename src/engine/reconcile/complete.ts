import { withinBudget } from '../evaluation/budget.ts';
import type { Surroundings } from '../evaluation/decision.ts';
import { type Case, type Governed, openCase } from '../evaluation/evaluation.ts';
import { isExcepted } from '../evaluation/exceptions.ts';
import { generateValue } from '../evaluation/generate.ts';
import type { Mandate } from '../permissions/permissions.ts';
import { type KeyEdit, withFollowers } from '../permissions/with-derived.ts';
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
export function completion(mandate: Mandate, record: SecretRecord, around: Surroundings): Completion {
  if (!mandate.generates) return NONE;
  return withinBudget(
    mandate.request.secret,
    around,
    (metered) => completionOf(mandate, record, metered),
    () => NONE,
  );
}

const NONE: Completion = { edit: undefined, note: '', obstacles: [] };

function completionOf(mandate: Mandate, record: SecretRecord, around: Surroundings): Completion {
  const aCase = openCase(mandate.request, mandate.matched);
  const lacking = [...aCase.governed.values()].filter((governed) => isLacking(aCase, governed, around.now()));
  const lost = lacking.filter((governed) => hadValue(governed, record));
  const made = lacking
    .filter((governed) => !lost.includes(governed))
    .flatMap(({ key, entry }): (readonly [string, Sensitive])[] =>
      entry.generate === undefined ? [] : [[key, generateValue(key, entry.generate, around.random)]],
    );
  const faultOf = (values: typeof made): string | undefined => {
    const edit = { set: new Map(values), remove: [] };
    const { refusals, set } = withFollowers(mandate, edit, new Set(), around);
    if (refusals.length > 0) return UNFIT;
    // A URL that opens a server now must not follow a password that no server knows.
    return [...set.keys()].some((key) => aCase.data.get(key)?.isEmpty === false) ? IN_USE : undefined;
  };
  // Mostly all of them fit: to judge a Secret of ten thousand keys anew for each takes seconds.
  const faults = faultOf(made) === undefined ? [] : made.map((one) => [one, faultOf([one])] as const);
  const unfit = new Map(faults.flatMap(([one, fault]) => (fault === undefined ? [] : [[one, fault]])));
  const fit = made.filter((one) => !unfit.has(one));
  const edit = { set: new Map(fit), remove: [] };
  return {
    edit: fit.length === 0 ? undefined : withFollowers(mandate, edit, new Set(), around),
    note: fit.map(([key]) => `${key}: was missing, and was generated`).join('; '),
    obstacles: [
      ...lost.map(({ key }) => ({ key, reason: GONE, isMeant: false })),
      ...[...unfit].map(([[key], reason]) => ({ key, reason, isMeant: false })),
    ],
  };
}

const GONE =
  'had a value and has none, and is not made anew, since what was made with the old one may need it: put it back with lockstep rollback, or set it';
const IN_USE =
  'is not made: a derived key that has a value would change with it: set the value that is in use there';
const UNFIT = 'is not made: its policies would refuse the value that they ask to be generated';

function isLacking(aCase: Case, governed: Governed, now: Date): boolean {
  const { key, entry } = governed;
  if (entry.generate === undefined || entry.action === 'Audit' || isExcepted(aCase, governed, now))
    return false;
  const value = aCase.data.get(key);
  return value === undefined || (value.isEmpty && isRequired(aCase, governed));
}

/** In any spelling. A record that begins with an empty key can't tell what was before it. */
function hadValue({ key, entry }: Governed, { changed, versions }: SecretRecord): boolean {
  const spellings = new Set([key, entry.name, ...entry.aliases]);
  const held = [...spellings].filter((spelling) => changed.has(spelling));
  if (held.length === 0) return false;
  const isWhole = versions[0]?.number === 1;
  return (
    !isWhole ||
    versions.some(({ data }) => data === undefined || held.some((one) => data.get(one)?.isEmpty === false))
  );
}
