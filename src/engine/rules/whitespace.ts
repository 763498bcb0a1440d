import { LONGEST_TEXT } from '../evaluation/base-key-check.ts';
import type { Case, Governed } from '../evaluation/evaluation.ts';
import type { Complaint, KeyRule } from './rule.ts';

export const whitespace: KeyRule = {
  id: 'whitespace',
  meaning:
    'The value begins or ends with a blank: legal, but nearly always pasted by mistake, and invisible.',
  example: '" s0me-value "',
  mend: 'Remove the blanks at both ends.',
  atMost: 'Warn',
  check: hasOuterBlank,
};

function hasOuterBlank(aCase: Case, { key, entry }: Governed): Complaint | undefined {
  const value = aCase.data.get(key);
  if (value === undefined || entry === aCase.unnamed?.entry || value.size > LONGEST_TEXT) return undefined;
  const outer = value.look(
    ({ text }) => text !== undefined && !/[\r\n]/.test(text) && (/^[ \t]/.test(text) || /[ \t]$/.test(text)),
  );
  return outer
    ? { key, message: 'begins or ends with a blank', fix: 'remove the blanks at both ends' }
    : undefined;
}
