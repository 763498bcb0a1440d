import { type Rule, type RuleAnswer, type RuleValue, ruleOf } from '../../policy/cel/compile-rule.ts';
import type { RuleFault } from '../../policy/cel/meter.ts';
import type { Policy, Validation } from '../../policy/policy.ts';
import { placeOfFix } from '../../secret/owners.ts';
import type { Sensitive } from '../../secret/sensitive.ts';
import { placeholderMatchOf } from '../derivation/placeholder-match.ts';
import type { BudgetedContext } from '../evaluation/budget.ts';
import { type Evaluation, isModified, keyByName, type ManagedKey } from '../evaluation/evaluation.ts';
import { factsByKey } from '../evaluation/facts-by-key.ts';
import type { SecretRule, Violation } from './rule.ts';

export const validation: SecretRule = {
  id: 'validation',
  meaning: 'A value, or several values together, break a rule that the policy states in CEL.',
  example: 'REPLICA_HOST equals PRIMARY_HOST where data.REPLICA_HOST != data.PRIMARY_HOST is asked for',
  remediation: 'Set values that meet the rule under `validations` in the policy.',
  check: function* brokenRules(evaluation, context) {
    for (const { violation, rule, answer } of answers(evaluation, context)) {
      if ('isMet' in answer && !answer.isMet)
        yield {
          ...violation,
          message: rule.message,
          fix: `set a value that meets this rule${placeOfFix(evaluation.request.secret)}`,
        };
    }
  },
};

export const policyError: SecretRule = {
  id: 'policy-error',
  meaning:
    'A rule in CEL has no answer for the Secret. It reads a key that is missing, a value that is no text, or more than a millisecond allows.',
  example: 'int(self) > 0 where the value is no number',
  remediation: 'Let the rule ask first, as in `has(data.KEY) && …`, or set a value that it can read.',
  check: function* failedRules(evaluation, context) {
    for (const { violation, rule, answer, keys } of answers(evaluation, context)) {
      if ('fault' in answer)
        yield {
          ...violation,
          message: `can not be validated by the rule "${rule.message}", because ${reasonOf(answer.fault, keys, evaluation)}`,
          fix: 'set a value that the rule can read, or correct the rule in the policy',
        };
    }
  },
};

/** The most keys of a rule that its finding names. */
const MAX_NAMES = 3;

/** Names the keys that the rule names itself. A key that it computes from a value is not among them. */
function reasonOf(fault: RuleFault, keys: readonly string[], evaluation: Evaluation): string {
  const valueNamed = (name: string) => valueByRuleName(evaluation, name);
  if (fault === 'it reads a key that the Secret does not hold') {
    const missing = keys.find((name) => valueNamed(name) === undefined);
    return missing === undefined ? fault : `it reads ${missing}, which the Secret does not hold`;
  }
  if (fault === 'it reads a value that is no text') {
    const binary = keys.find(
      (name) => valueNamed(name)?.withPlaintext(({ text }) => text === undefined) === true,
    );
    return binary === undefined ? fault : `it reads ${binary}, whose value is no text`;
  }
  return keys.length === 0 ? fault : `${fault} (it reads ${keys.slice(0, MAX_NAMES).join(', ')})`;
}

interface Judged {
  readonly violation: Omit<Violation, 'message' | 'fix'>;
  readonly rule: Validation;
  readonly answer: RuleAnswer;
  /** The keys that a rule about the Secret names. */
  readonly keys: readonly string[];
}

function* answers(evaluation: Evaluation, { budget }: BudgetedContext): Generator<Judged> {
  for (const managedKey of evaluation.managedKeys.values()) {
    if (managedKey.entry.validations.length === 0) continue;
    budget.spend();
    yield* answersOfKey(evaluation, managedKey);
  }
  for (const policy of evaluation.policies) {
    for (const rule of policy.validations) {
      budget.spend();
      yield answerOfSecret(evaluation, policy, rule);
    }
  }
}

/** A placeholder is reported alone, because its value is replaced in any case. */
function* answersOfKey(evaluation: Evaluation, { key, entry }: ManagedKey): Generator<Judged> {
  const value = evaluation.data.get(key);
  if (value === undefined || value.isEmpty || placeholderMatchOf(evaluation, key) !== undefined) return;
  for (const rule of entry.validations) {
    const answer = known(evaluation, `${key}\n${rule.expression}`, () =>
      ruleOf(rule, 'self').judgeValue(ruleValue(value)),
    );
    yield { violation: { key, action: rule.action }, rule, answer, keys: [] };
  }
}

function answerOfSecret(evaluation: Evaluation, policy: Policy, rule: Validation): Judged {
  const compiled = ruleOf(rule, 'data');
  const answer = known(evaluation, `\n${rule.expression}`, () =>
    compiled.judgeData({
      keys: evaluation.data.keys(),
      get: (name) => {
        const value = valueByRuleName(evaluation, name);
        return value === undefined ? undefined : ruleValue(value);
      },
    }),
  );
  const aboutSecret = { policy, isAffected: isAffectedBy(evaluation, compiled) };
  return {
    violation: { key: '', action: rule.action, aboutSecret },
    rule,
    answer,
    keys: compiled.keys ?? [],
  };
}

/** A rule names a key as the policy or as the Secret does. */
const valueByRuleName = (evaluation: Evaluation, name: string): Sensitive | undefined =>
  evaluation.data.get(evaluation.data.has(name) ? name : keyByName(evaluation, name));

/** Each of the two rules above asks for it. */
const known = factsByKey<RuleAnswer>();

const ruleValue = (value: Sensitive): RuleValue => ({
  size: value.size,
  text: () => value.withPlaintext(({ text }) => text),
});

function isAffectedBy(evaluation: Evaluation, { keys }: Rule): boolean {
  const { data, request } = evaluation;
  if (request.old === undefined) return true;
  const read = keys?.map((name) => keyByName(evaluation, name)) ?? [
    ...new Set([...data.keys(), ...request.old.data.keys()]),
  ];
  return read.some(
    (key) => (data.has(key) || request.old?.data.has(key) === true) && isModified(evaluation, key),
  );
}
