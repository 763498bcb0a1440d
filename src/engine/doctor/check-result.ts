/** `fault`: something does not work, or anybody may read Secrets. `warning`: it works, and could be better. `unknown`: it could not be found out. */
export type CheckOutcome = 'ok' | 'warning' | 'fault' | 'unknown';

/** What one check says. Holds names, never a value. */
export interface CheckResult {
  readonly outcome: CheckOutcome;
  /** One sentence: how it is. */
  readonly message: string;
  /** What to do; empty where there is nothing to do. */
  readonly fix: string;
  /** Whom it is about, where that is many; of more than 20 the rest is a number. */
  readonly names: readonly string[];
}

/** A fact that a check judges by, or why it is not known. */
export type Observation<Fact> =
  | { readonly kind: 'found'; readonly fact: Fact }
  | { readonly kind: 'unknown'; readonly why: string; readonly fix: string };

/** Of a list without end as much is told as a person reads. */
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

/** What the check says of the fact, or that the fact is not known. */
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
