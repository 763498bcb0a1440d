import type { Action, Finding, RuleId } from '../finding/finding.ts';
import type { Sensitive } from '../secret/sensitive.ts';

/** Clocks and chance, which the engine may not have of its own, and the operator's configuration. */
export interface EngineContext {
  /** CPU time of the thread that judges, from any start; see budget.ts. Milliseconds. */
  readonly cpu: () => number;
  readonly now: () => Date;
  /** `size` bytes nobody can guess. */
  readonly random: (size: number) => Uint8Array;
  /** The namespace lockstep runs in: neither it nor its ServiceAccounts are judged. */
  readonly ownNamespace: string;
  /** Writers whose job is to put old state back: `system:serviceaccount:velero:velero`. */
  readonly warnOnlyUsers: ReadonlySet<string>;
  /** What no finding goes beyond, whatever a policy says: `Warn` and `Audit` are for a cluster that is still getting used to lockstep. */
  readonly maxAction: Action;
}

/** One key that lockstep writes. A change is no finding. */
export interface Change {
  readonly key: string;
  /** The rule that the change mends, or `derived` where the key was absent or empty. */
  readonly reason: RuleId | 'derived';
  readonly value: Sensitive;
  /** What kubectl prints of it; never a value. */
  readonly warning: string | undefined;
  /** For a derived key: the base keys that it follows. */
  readonly bases?: readonly string[];
}

/** Why a request was passed by without a look. */
export type Skip = 'exempt' | 'unchanged' | 'unmatched';

export interface Decision {
  readonly skipped: Skip | undefined;
  /** Names of the policies that matched, highest precedence first. */
  readonly policies: readonly string[];
  readonly changes: readonly Change[];
  readonly findings: readonly Finding[];
}
