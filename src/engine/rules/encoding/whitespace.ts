import type { Evaluation, ManagedKey } from '../../evaluation/evaluation.ts';
import { MAX_TEXT_BYTES } from '../../evaluation/input-artifact.ts';
import { placeOfFix } from '../../secret/owners.ts';
import type { Sensitive } from '../../secret/sensitive.ts';
import type { ValueRule, Violation } from '../rule.ts';

export const whitespace: ValueRule = {
  id: 'whitespace',
  meaning:
    'The value begins or ends with a blank: legal, but nearly always pasted by mistake, and invisible.',
  example: '" s0me-value "',
  remediation: 'Remove the blanks at both ends.',
  maxAction: 'Warn',
  check: hasOuterBlank,
};

const BLANK = /[ \t]/;

function hasOuterBlank(
  evaluation: Evaluation,
  { key, entry }: ManagedKey,
  value: Sensitive,
): Violation | undefined {
  if (entry === evaluation.defaultEntry?.entry || value.size > MAX_TEXT_BYTES) return undefined;
  const outer = value.withPlaintext(
    ({ text }) =>
      text !== undefined && (BLANK.test(text.charAt(0)) || BLANK.test(text.at(-1)!)) && !/[\r\n]/.test(text),
  );
  return outer
    ? {
        key,
        message: 'begins or ends with a blank',
        fix: `remove the blanks at both ends${placeOfFix(evaluation.request.secret)}`,
      }
    : undefined;
}
