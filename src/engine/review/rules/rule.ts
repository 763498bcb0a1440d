import type { Policy } from '../../policy/policy.ts';
import type { Action, RuleId } from '../../secret/finding/finding.ts';
import type { Sensitive } from '../../secret/sensitive.ts';
import type { BudgetedContext } from '../evaluation/budget.ts';
import type { Evaluation, ManagedKey } from '../evaluation/evaluation.ts';

/** One broken rule for a key, before its action is known. */
export interface Violation {
  /** The key as the Secret spells it. */
  readonly key: string;
  /** The fault as a predicate: "is shorter than 32 characters". */
  readonly message: string;
  /** One instruction to a person. */
  readonly fix: string;
  /** The other key, if the finding is about two. */
  readonly other?: string;
  /** The key and its entry, if it is not the spelling in use. */
  readonly managedKey?: ManagedKey;
  /** The strongest action of this finding, if it is milder than that of its rule. */
  readonly maxAction?: Action;
  /** The action, if the policy gives this finding its own. */
  readonly action?: Action;
  /** For a finding about several keys: the policy that asks, and whether this request changed one of the keys. */
  readonly aboutSecret?: { readonly policy: Policy; readonly isAffected: boolean };
}

export interface RuleText {
  readonly id: RuleId;
  /** One sentence: what the rule stops, and why. */
  readonly meaning: string;
  /** A value, or a typed text, that the rule stops. */
  readonly example: string;
  /** The instruction that removes the finding. */
  readonly remediation: string;
  /** The strongest action of this rule's findings, whatever the policy says. */
  readonly maxAction?: Action;
}

interface EndsChecks {
  /** A violation ends the checks of the key: the fix replaces the value in any case. */
  readonly final?: boolean;
}

/** A rule about one key, which may be absent or empty. Returns undefined if the key is in order. */
export interface PresenceRule extends RuleText, EndsChecks {
  readonly check: (evaluation: Evaluation, managedKey: ManagedKey) => Violation | undefined;
}

/** A rule about a value, which is never empty. Returns several violations for parts of the value. */
export interface ValueRule extends RuleText, EndsChecks {
  readonly check: (
    evaluation: Evaluation,
    managedKey: ManagedKey,
    value: Sensitive,
  ) => Violation | readonly Violation[] | undefined;
}

export type KeyRule = PresenceRule | ValueRule;

export interface SecretRule extends RuleText {
  readonly check: (evaluation: Evaluation, context: BudgetedContext) => Iterable<Violation>;
}
