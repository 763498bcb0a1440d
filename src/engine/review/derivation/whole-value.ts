import type { Derivation } from '../../policy/policy.ts';
import { referencesOf, type TemplateExpression } from '../../policy/template/template.ts';
import { MAX_SECRET_BYTES } from '../../secret/secret.ts';
import { Sensitive } from '../../secret/sensitive.ts';
import { type Evaluation, keyByName, valueByName } from '../evaluation/evaluation.ts';
import { hasKeysOfOtherSystem } from '../evaluation/foreign-system.ts';
import { invalidBaseKeys } from './base-key-check.ts';
import type { DerivationPlan, DerivationReason } from './plan.ts';
import { renderWhole, unquotableKeys } from './render.ts';

/** The plan to write the whole template, if each base key that it needs is there and valid. */
export function planWholeValue(
  evaluation: Evaluation,
  derive: Derivation,
  reason: DerivationReason,
  replaced = '',
): DerivationPlan {
  const names = derive.template.references.map(({ name }) => name);
  const by = invalidBaseKeys(evaluation, names);
  if (by.length > 0) return { kind: 'blocked', by };
  const { url } = derive.template;
  const keyOf = (name: string): string => keyByName(evaluation, name);
  if (url !== undefined && hasKeysOfOtherSystem(evaluation.data, url, keyOf)) return { kind: 'unwanted' };
  const missing = missingReferences(evaluation, derive.template.whole);
  if (missing.length > 0) return { kind: 'underivable', missing };
  if (sizeOf(evaluation, derive.template.whole) > MAX_SECRET_BYTES) return { kind: 'outsized' };
  const unquotable = unquotableKeys(evaluation, derive.template);
  if (unquotable !== undefined) return { kind: 'unquotable', ...unquotable };
  const value = Sensitive.fromText(renderWhole(evaluation, derive.template, replaced));
  const bases = names.filter((name) => valueByName(evaluation, name) !== undefined);
  const keys = [...new Set(bases.map((name) => keyByName(evaluation, name)))];
  return { kind: 'write', value, reason, parts: [], bases: keys, lost: undefined };
}

/** The size in bytes, computed without rendering: a template can name a large value 64 times. */
function sizeOf(evaluation: Evaluation, expression: TemplateExpression): number {
  const sizes = expression.map((piece) =>
    typeof piece === 'string'
      ? piece.length
      : (valueByName(evaluation, piece.name)?.size ?? piece.fallback?.length ?? 0),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** The names in the expression that the Secret lacks and that have no default. */
function missingReferences(evaluation: Evaluation, expression: TemplateExpression): readonly string[] {
  const missing = referencesOf(expression).filter(
    ({ name, fallback }) => fallback === undefined && valueByName(evaluation, name) === undefined,
  );
  return [...new Set(missing.map(({ name }) => keyByName(evaluation, name)))];
}

export function planExactValue(evaluation: Evaluation, derive: Derivation): DerivationPlan {
  const whole = planWholeValue(evaluation, derive, 'mismatch');
  return whole.kind === 'underivable' ? { kind: 'leave' } : whole;
}
