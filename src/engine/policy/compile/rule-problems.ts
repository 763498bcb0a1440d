import { compileRule, type Rule } from '../cel/compile-rule.ts';
import type { RuleVariable } from '../cel/expression.ts';
import type { KeySpec } from '../schema/key-schema.ts';
import { type Problem, visible } from '../schema/problem.ts';
import type { SecretPolicySpec } from '../schema/schema.ts';
import { generatedSamples } from './generated-samples.ts';

/** Each of them takes some milliseconds to compile. */
const MAX_RULES = 64;
/** A pattern takes milliseconds to compile. */
const MAX_MATCHES = 32;

/** The CEL rules that can't be used, or that the policy's own values break. */
export function ruleProblems({ keys, validations = [] }: SecretPolicySpec): Problem[] {
  const entries = Object.entries(keys).filter(([, key]) => key.validations !== undefined);
  const count = entries.reduce((sum, [, key]) => sum + (key.validations?.length ?? 0), validations.length);
  if (count > MAX_RULES) {
    const message = `holds more than ${MAX_RULES} rules in CEL: split the policy`;
    return [{ path: ['spec'], message }];
  }
  const texts = [...entries.flatMap(([, key]) => key.validations ?? []), ...validations];
  const patterns = texts.reduce((sum, { expression }) => sum + expression.split('matches').length - 1, 0);
  if (patterns > MAX_MATCHES) {
    const message = `calls matches() more than ${MAX_MATCHES} times in its rules: split the policy`;
    return [{ path: ['spec'], message }];
  }
  return [
    ...entries.flatMap(([name, key]) => keyProblems(key, ['spec', 'keys', name])),
    ...validations.flatMap(({ expression }, index) =>
      secretProblems(expression, keys, ['spec', 'validations', index, 'expression']),
    ),
  ];
}

function secretProblems(
  expression: string,
  keys: SecretPolicySpec['keys'],
  path: Problem['path'],
): Problem[] {
  const problems: Problem[] = [];
  const rule = readRule(expression, 'data', path, problems);
  const unknown = rule?.keys?.find((key) => !Object.hasOwn(keys, key));
  if (unknown !== undefined)
    problems.push({ path, message: `names ${visible(unknown)}, which is not under keys: add it there` });
  return problems;
}

function keyProblems(key: KeySpec, at: Problem['path']): Problem[] {
  const problems: Problem[] = [];
  const rules = (key.validations ?? []).flatMap(({ expression }, index) => {
    const rule = readRule(expression, 'self', [...at, 'validations', index, 'expression'], problems);
    return rule === undefined ? [] : [rule];
  });
  const isAllowed = (text: string): boolean => rules.every((rule) => isMet(rule, text));
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

function isMet(rule: Rule, text: string): boolean {
  const answer = rule.judgeValue({ size: text.length, text: () => text });
  return 'isMet' in answer && answer.isMet;
}

function readRule(
  expression: string,
  variable: RuleVariable,
  path: Problem['path'],
  problems: Problem[],
): Rule | undefined {
  try {
    return compileRule(expression, variable);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'can not be read';
    problems.push({ path, message: `${reason}: correct the expression` });
    return undefined;
  }
}
