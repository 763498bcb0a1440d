import type { Action, Finding, RuleId } from '../../secret/finding/finding.ts';
import type { Sensitive } from '../../secret/sensitive.ts';

/** Clocks, random bytes and the operator's configuration. The engine itself is pure. */
export interface EngineContext {
  /** CPU time of the current thread in milliseconds, from any start: see budget.ts. */
  readonly cpu: () => number;
  readonly now: () => Date;
  /** `size` unpredictable bytes. */
  readonly random: (size: number) => Uint8Array;
  /** lockstep's own namespace: neither it nor its ServiceAccounts are validated. */
  readonly ownNamespace: string;
  /** Further namespaces whose Secrets are neither validated nor changed. */
  readonly excludedNamespaces: ReadonlySet<string>;
  /** Users who restore old state: `system:serviceaccount:velero:velero`. */
  readonly warnOnlyUsers: ReadonlySet<string>;
  /**
   * The strongest action of any finding, whatever a policy says. `Warn` and `Audit` are for the introduction of
   * lockstep in a cluster.
   */
  readonly maxAction: Action;
}

/** One key that lockstep writes. A change is no finding. */
export interface Change {
  readonly key: string;
  /** The rule whose finding the change corrects, or `derived` if the key was absent or empty. */
  readonly reason: RuleId | 'derived';
  readonly value: Sensitive;
  /** The effect on the key, for people: `password now follows POSTGRES_PASSWORD`. Never a value. */
  readonly effect: string;
  /** The text that kubectl prints: the effect, its rule, and advice. Never a value. */
  readonly warning: string | undefined;
  /** The base keys of a derived key. */
  readonly bases?: readonly string[];
}

/** Why a request was not validated. */
export type Skip = 'exempt' | 'unchanged' | 'unmatched';

export interface Decision {
  readonly skipped: Skip | undefined;
  /** Names of the policies that matched, highest precedence first. */
  readonly policies: readonly string[];
  readonly changes: readonly Change[];
  readonly findings: readonly Finding[];
  /** Keys whose stored value a policy wants to stay, and that this request changes with consent. */
  readonly consented?: readonly string[];
}
