import t from 'tap';
import { withinBudget } from '../../../src/engine/evaluation/budget.ts';
import { type Evaluation, evaluationOf } from '../../../src/engine/evaluation/evaluation.ts';
import { matchingPolicies } from '../../../src/engine/policy/match.ts';
import { canBreak, rulePlanOf, rulesForValue } from '../../../src/engine/rules/applicable-rules.ts';
import { keyRules, secretRules } from '../../../src/engine/rules/registry.ts';
import type { KeyRule } from '../../../src/engine/rules/rule.ts';
import { testContext } from '../../helpers/engine/engine.ts';
import { recordedCases } from '../../helpers/engine/recorded-secrets.ts';

/** Enough that each rule finds a fault. */
const COUNT = 4000;

t.test('a rule that finds a fault is among those that the plan selects', async (t) => {
  const found = new Set<string>();
  for (const { request, policies } of recordedCases(COUNT)) {
    const evaluation = evaluationOf(request, matchingPolicies(request, policies));
    for (const index of evaluation.plan.allKeys.keys())
      for (const rule of faultsOf(evaluation, index)) {
        found.add(rule.id);
        if (!isSelected(evaluation, index, rule)) return t.fail(`${rule.id} is not selected`);
      }
    for (const rule of secretRules) {
      const { plan } = evaluation;
      if (violationCount(evaluation, rule) === 0) continue;
      found.add(rule.id);
      if (!rulePlanOf(plan).secret.includes(rule)) return t.fail(`${rule.id} is not selected`);
    }
  }
  const ids = [...keyRules, ...secretRules].map(({ id }) => id);
  t.same(
    ids.filter((id) => !found.has(id)),
    [],
    'each rule has found a fault',
  );
});

t.test('the lists keep the order of the registry', async (t) => {
  for (const { request, policies } of recordedCases(100)) {
    const { plan } = evaluationOf(request, matchingPolicies(request, policies));
    for (const { absent, empty, filled } of rulePlanOf(plan).keys)
      for (const list of [absent, empty, filled])
        t.same(
          list.map(({ rule }) => rule.id),
          keyRules.filter((rule) => list.some((one) => one.rule === rule)).map(({ id }) => id),
        );
  }
});

/** Asks every rule, without any condition, until a final one finds a fault. */
function* faultsOf(evaluation: Evaluation, index: number): Generator<KeyRule> {
  const managedKey = evaluation.plan.allKeys[index]!;
  for (const rule of keyRules) {
    const violations = rule.check(evaluation, managedKey);
    if (violations === undefined) continue;
    yield rule;
    if (rule.final) return;
  }
}

function isSelected(evaluation: Evaluation, index: number, rule: KeyRule): boolean {
  const rules = rulePlanOf(evaluation.plan).keys[index]!;
  const value = evaluation.data.get(evaluation.plan.allKeys[index]!.key);
  if (value === undefined) return rules.absent.some((one) => one.rule === rule);
  if (value.isEmpty) return rules.empty.some((one) => one.rule === rule);
  return rulesForValue(rules, value.facts).some(
    (one) =>
      one.rule === rule &&
      canBreak(one, value.facts) &&
      (one.suspects === undefined || one.suspects(evaluation, evaluation.plan.allKeys[index]!.key)),
  );
}

function violationCount(evaluation: Evaluation, rule: (typeof secretRules)[number]): number {
  return withinBudget(
    evaluation.request.secret,
    testContext,
    (context) => [...rule.check(evaluation, context)].length,
    () => 0,
  );
}
