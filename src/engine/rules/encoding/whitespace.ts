import { MAX_TEXT_BYTES } from '../../evaluation/base-key-check.ts';
import type { Evaluation, ManagedKey } from '../../evaluation/evaluation.ts';
import { placeOfFix } from '../../secret/owners.ts';
import { CHARACTER } from '../../secret/value-facts.ts';
import type { KeyRule, Violation } from '../rule.ts';

export const whitespace: KeyRule = {
  id: 'whitespace',
  meaning:
    'The value begins or ends with a blank: legal, but nearly always pasted by mistake, and invisible.',
  example: '" s0me-value "',
  remediation: 'Remove the blanks at both ends.',
  maxAction: 'Warn',
  concerns: ({ isUnnamed }) => !isUnnamed,
  signs: CHARACTER.space | CHARACTER.tab,
  check: hasOuterBlank,
};

function hasOuterBlank(evaluation: Evaluation, { key, entry }: ManagedKey): Violation | undefined {
  const value = evaluation.data.get(key);
  if (value === undefined || entry === evaluation.defaultEntry?.entry || value.size > MAX_TEXT_BYTES)
    return undefined;
  const outer = value.withPlaintext(
    ({ text }) => text !== undefined && !/[\r\n]/.test(text) && (/^[ \t]/.test(text) || /[ \t]$/.test(text)),
  );
  return outer
    ? {
        key,
        message: 'begins or ends with a blank',
        fix: `remove the blanks at both ends${placeOfFix(evaluation.request.secret)}`,
      }
    : undefined;
}
