import { compileRule, type Rule } from '../cel/compile-rule.ts';
import type { RuleVariable } from '../cel/expression.ts';
import { isTooCostly, type Spend } from '../cost.ts';
import type { KeySpec } from '../schema/key-schema.ts';
import { type Problem, visible } from '../schema/problem.ts';
import type { SecretPolicySpec } from '../schema/schema.ts';
import { type Compilation, ruleId } from './compilation.ts';
import { generatedSamples } from './generated-samples.ts';

/** The CEL rules that can't be used, or that the policy's own values break. */
export function ruleProblems(
  { keys, validations = [] }: SecretPolicySpec,
  compilation: Compilation,
): Problem[] {
  return [
    ...Object.entries(keys)
      .filter(([, key]) => key.validations !== undefined)
      .flatMap(([name, key]) => keyProblems(key, ['spec', 'keys', name], compilation)),
    ...validations.flatMap(({ expression }, index) =>
      secretProblems(expression, keys, ['spec', 'validations', index, 'expression'], compilation),
    ),
  ];
}

function secretProblems(
  expression: string,
  keys: SecretPolicySpec['keys'],
  path: Problem['path'],
  compilation: Compilation,
): Problem[] {
  const problems: Problem[] = [];
  const rule = readRule(expression, 'data', path, compilation, problems);
  const unknown = rule?.keys?.find((key) => !Object.hasOwn(keys, key));
  if (unknown !== undefined)
    problems.push({ path, message: `names ${visible(unknown)}, which is not under keys: add it there` });
  return problems;
}

function keyProblems(key: KeySpec, at: Problem['path'], compilation: Compilation): Problem[] {
  const problems: Problem[] = [];
  const rules = (key.validations ?? []).flatMap(({ expression }, index) => {
    const path = [...at, 'validations', index, 'expression'];
    const rule = readRule(expression, 'self', path, compilation, problems);
    return rule === undefined ? [] : [rule];
  });
  const spend = compilation.budget.for([...at, 'validations']);
  const isAllowed = (text: string): boolean => rules.every((rule) => isMet(rule, text, spend));
  const { default: text = '', generate, prefix = '' } = key;
  for (const [index, one] of (key.enum ?? []).entries())
    if (!isAllowed(one))
      problems.push({
        path: [...at, 'enum', index],
        message: 'breaks a rule of validations: correct one of the two',
      });
  if (text !== '' && !isAllowed(text))
    problems.push({
      path: [...at, 'default'],
      message: 'breaks a rule of validations: correct one of the two',
    });
  if (
    generate !== undefined &&
    !generatedSamples(generate).every((sample) => isAllowed(`${prefix}${sample}`))
  )
    problems.push({
      path: [...at, 'generate'],
      message: 'makes values that a rule of validations does not allow: allow them, or remove it',
    });
  return problems;
}

function isMet(rule: Rule, text: string, spend: Spend): boolean {
  const answer = rule.judgeValue({ size: text.length, text: () => text }, spend);
  return 'isMet' in answer && answer.isMet;
}

function readRule(
  expression: string,
  variable: RuleVariable,
  path: Problem['path'],
  { rules, budget }: Compilation,
  problems: Problem[],
): Rule | undefined {
  try {
    const id = ruleId(expression, variable);
    const rule = rules.get(id) ?? compileRule(expression, variable, budget.for(path));
    rules.set(id, rule);
    return rule;
  } catch (error) {
    if (isTooCostly(error)) throw error;
    const reason = error instanceof Error ? error.message : 'can not be read';
    problems.push({ path, message: `${reason}: correct the expression` });
    return undefined;
  }
}
