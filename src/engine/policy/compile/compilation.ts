import { keepRule, type Rule, releaseRule } from '../cel/compile-rule.ts';
import type { RuleVariable } from '../cel/expression.ts';
import { PolicyBudget } from '../cost.ts';
import { keepPattern, type Pattern, releasePattern } from '../pattern.ts';
import type { Policy } from '../policy.ts';

/** The compilation of one policy: its budget, and the parts that a library has compiled. */
export class Compilation {
  readonly budget = new PolicyBudget();
  /** By their text. */
  readonly patterns = new Map<string, Pattern>();
  /** By `ruleId`. */
  readonly rules = new Map<string, Rule>();

  /** Lets the policy find its parts, so that no review compiles them again. */
  keepFor(policy: Policy): void {
    for (const { pattern } of policy.keys) {
      const compiled = pattern && this.patterns.get(pattern.text);
      if (pattern !== undefined && compiled !== undefined) keepPattern(pattern, compiled);
    }
    for (const [variable, validation] of validationsOf(policy)) {
      const rule = this.rules.get(ruleId(validation.expression, variable));
      if (rule !== undefined) keepRule(validation, rule);
    }
  }
}

export const ruleId = (expression: string, variable: RuleVariable): string => `${variable} ${expression}`;

/** Frees the parts of a policy that is not in effect. */
export function releaseParts(policy: Policy): void {
  for (const { pattern } of policy.keys) if (pattern !== undefined) releasePattern(pattern);
  for (const [, validation] of validationsOf(policy)) releaseRule(validation);
}

function* validationsOf({ keys, validations }: Policy) {
  for (const key of keys) for (const validation of key.validations) yield ['self', validation] as const;
  for (const validation of validations) yield ['data', validation] as const;
}
