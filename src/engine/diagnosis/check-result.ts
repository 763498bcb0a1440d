/**
 * - `fault`: a function is broken, or any user can read Secrets.
 * - `warning`: it works, and could be better.
 * - `unknown`: the check found no evidence.
 */
export type CheckOutcome = 'ok' | 'warning' | 'fault' | 'unknown';

/** The result of one check. Holds names, never a value. */
export interface CheckResult {
  readonly outcome: CheckOutcome;
  /** One sentence with the present state. */
  readonly message: string;
  /** One instruction. Empty if nothing must be done. */
  readonly fix: string;
  /** The affected objects, if there are several. After 20 names the rest is a number. */
  readonly names: readonly string[];
}

/** An observed fact, or the reason why it is not known. */
export type Observation<Fact> =
  | { readonly kind: 'found'; readonly fact: Fact }
  | { readonly kind: 'unknown'; readonly why: string; readonly fix: string };

/** The length of a list that a person reads. */
const MAX_NAMES = 20;

export const ok = (message: string): CheckResult => ({ outcome: 'ok', message, fix: '', names: [] });

export const warning = (message: string, fix: string, names: readonly string[] = []): CheckResult => ({
  outcome: 'warning',
  message,
  fix,
  names: limitNames(names),
});

export const fault = (message: string, fix: string, names: readonly string[] = []): CheckResult => ({
  outcome: 'fault',
  message,
  fix,
  names: limitNames(names),
});

export const unknown = (message: string, fix: string): CheckResult => ({
  outcome: 'unknown',
  message,
  fix,
  names: [],
});

/** The result of a check for a fact, or for a fact that is not known. */
export function checkObservation<Fact>(
  observation: Observation<Fact>,
  check: (fact: Fact) => CheckResult,
): CheckResult {
  return observation.kind === 'found' ? check(observation.fact) : unknown(observation.why, observation.fix);
}

function limitNames(names: readonly string[]): readonly string[] {
  if (names.length <= MAX_NAMES) return names;
  return [...names.slice(0, MAX_NAMES), `and ${names.length - MAX_NAMES} more`];
}
