/** `fault`: something does not work, or anybody may read Secrets. `warning`: it works, and could be better. `unknown`: it could not be found out. */
export type Outcome = 'ok' | 'warning' | 'fault' | 'unknown';

/** What one check says. Holds names, never a value. */
export interface Diagnosis {
  readonly outcome: Outcome;
  /** One sentence: how it is. */
  readonly message: string;
  /** What to do; empty where there is nothing to do. */
  readonly fix: string;
  /** Whom it is about, where that is many; of more than 20 the rest is a number. */
  readonly names: readonly string[];
}

/** A fact that a check judges by, or why it is not known. */
export type Found<Fact> =
  | { readonly kind: 'found'; readonly fact: Fact }
  | { readonly kind: 'unknown'; readonly why: string; readonly fix: string };

/** Of a list without end as much is told as a person reads. */
const TOLD = 20;

export const ok = (message: string): Diagnosis => ({ outcome: 'ok', message, fix: '', names: [] });

export const warning = (message: string, fix: string, names: readonly string[] = []): Diagnosis => ({
  outcome: 'warning',
  message,
  fix,
  names: told(names),
});

export const fault = (message: string, fix: string, names: readonly string[] = []): Diagnosis => ({
  outcome: 'fault',
  message,
  fix,
  names: told(names),
});

export const unknown = (message: string, fix: string): Diagnosis => ({
  outcome: 'unknown',
  message,
  fix,
  names: [],
});

/** What the check says of the fact, or that the fact is not known. */
export function judged<Fact>(found: Found<Fact>, check: (fact: Fact) => Diagnosis): Diagnosis {
  return found.kind === 'found' ? check(found.fact) : unknown(found.why, found.fix);
}

function told(names: readonly string[]): readonly string[] {
  if (names.length <= TOLD) return names;
  return [...names.slice(0, TOLD), `and ${names.length - TOLD} more`];
}
