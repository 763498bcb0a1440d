import { hasControlCharacter } from '../../evaluation/base-key-check.ts';
import type { Evaluation, ManagedKey } from '../../evaluation/evaluation.ts';
import { placeOfFix } from '../../secret/owners.ts';
import { CHARACTER } from '../../secret/value-facts.ts';
import type { KeyRule, Violation } from '../rule.ts';

export const controlCharacter: KeyRule = {
  id: 'control-character',
  meaning:
    'A value that goes into a connection URL holds a control character or bytes that are not text. PostgreSQL can not store NUL, and drivers drop a tab or a newline silently.',
  example: 'a password with a line break in the middle',
  remediation: 'Set a value of printable characters.',
  final: true,
  concerns: ({ isInUrl }) => isInUrl(),
  signs: CHARACTER.control | CHARACTER.tab | CHARACTER.lineBreak | CHARACTER.notText,
  check: (evaluation: Evaluation, { key }: ManagedKey): Violation | undefined =>
    hasControlCharacter(evaluation, key)
      ? {
          key,
          message: 'holds a control character or bytes that are not text',
          fix: `set a value of printable characters${placeOfFix(evaluation.request.secret)}`,
        }
      : undefined,
};
