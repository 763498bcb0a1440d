import type { BudgetedContext } from '../evaluation/budget.ts';
import type { Evaluation, ManagedKey } from '../evaluation/evaluation.ts';
import type { KeyPlan } from '../evaluation/key-plan.ts';
import type { Action, RuleId } from '../finding/finding.ts';
import type { KeyEntry, Policy } from '../policy/policy.ts';
import type { PartName } from '../uri/connection.ts';

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

/** The states of a key, as bits: a rule is about one of them or more. */
export const KEY_STATE = { absent: 1, empty: 2, filled: 4 } as const;

/** The facts about one key that follow from the names and the policies. */
export interface KeyRequirements {
  readonly entry: KeyEntry;
  /** No policy names the key. */
  readonly isUnnamed: boolean;
  /** The template of a URL names the key: in this part, or in any. */
  readonly isInUrl: (part?: PartName) => boolean;
}

/**
 * When a rule can find a fault. The engine does not call the check of a rule otherwise, so each condition must hold for
 * every fault of the rule.
 */
export interface RuleConditions {
  /** Bits of `KEY_STATE`. By default the rule is about values, and empty ones have no fault. */
  readonly states?: number;
  /** By the names and the policy alone. The answer is known before any value is read. */
  readonly concerns?: (key: KeyRequirements) => boolean;
  /** Classes of characters. A faulty value has a character of one of them. */
  readonly signs?: number;
  /** Classes of characters. A faulty value has no others. */
  readonly onlySigns?: number;
  /** A faulty value is suspected. Adjacent rules with the same function share one answer about each key. */
  readonly suspects?: (evaluation: Evaluation, key: string) => boolean;
}

/** A rule about one key. Returns undefined if the key is in order, and several violations for parts of its value. */
export interface KeyRule extends RuleText, RuleConditions {
  /** A violation ends the checks of the key: the fix replaces the value in any case. */
  readonly final?: boolean;
  readonly check: (
    evaluation: Evaluation,
    managedKey: ManagedKey,
  ) => Violation | readonly Violation[] | undefined;
}

/** A rule about the Secret as a whole. */
export interface SecretRule extends RuleText {
  /** By the names and the policies alone. Without it, the rule concerns each Secret. */
  readonly concerns?: (plan: KeyPlan) => boolean;
  readonly check: (evaluation: Evaluation, context: BudgetedContext) => Iterable<Violation>;
}
