import type { Budget } from '../evaluation/budget.ts';
import type { Evaluation, ManagedKey } from '../evaluation/evaluation.ts';
import type { Action, RuleId } from '../finding/finding.ts';

/** What a rule says of a key: the finding before it is known what it does. */
export interface Violation {
  /** The key as the Secret spells it. */
  readonly key: string;
  /** What is wrong: a predicate, "is shorter than 32 characters". */
  readonly message: string;
  /** What to do. */
  readonly fix: string;
  /** The other key, where the finding is about two. */
  readonly other?: string;
}

export interface RuleText {
  readonly id: RuleId;
  /** One sentence: what the rule stops, and why. */
  readonly meaning: string;
  /** A value, or what was typed, that the rule stops. */
  readonly example: string;
  /** How to mend it. */
  readonly remediation: string;
  /** The most that a finding of this rule does, whatever the policy says. */
  readonly maxAction?: Action;
}

/** A rule about one key. Returns nothing when all is well. */
export interface KeyRule extends RuleText {
  /** Where it speaks, no later rule does: the value will be replaced anyway. */
  readonly final?: boolean;
  readonly check: (aCase: Evaluation, governed: ManagedKey) => Violation | undefined;
}

/** A rule about the Secret as a whole. */
export interface SecretRule extends RuleText {
  readonly check: (aCase: Evaluation, budget: Budget) => Iterable<Violation>;
}
