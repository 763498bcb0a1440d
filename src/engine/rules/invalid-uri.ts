import { LONGEST_TEXT } from '../evaluation/base-key-check.ts';
import { planFor } from '../evaluation/derive.ts';
import type { Case, Governed } from '../evaluation/evaluation.ts';
import { connectionIn } from '../evaluation/parsed-connection.ts';
import type { Complaint, KeyRule } from './rule.ts';

export const invalidUri: KeyRule = {
  id: 'invalid-uri',
  meaning: 'A key that must hold a URL holds something that no driver can read as one.',
  example: 'DATABASE_URL: postgres-service:5432/app',
  mend: 'Write scheme://user:password@host:port/name. lockstep writes a derived URL itself.',
  check: isUnreadable,
};

function isUnreadable(aCase: Case, governed: Governed): Complaint | undefined {
  const { key, entry } = governed;
  const value = aCase.data.get(key);
  if (value === undefined || value.isEmpty) return undefined;
  if (entry.derive !== undefined) {
    const plan = planFor(aCase, governed);
    const fix = 'remove it, and lockstep derives it where its mutating webhook is called';
    return plan.kind === 'write' && plan.reason === 'invalid-uri'
      ? { key, message: 'is no usable URL', fix }
      : undefined;
  }
  if (entry.format !== 'uri') return undefined;
  const readable = value.look((plain) => value.size <= LONGEST_TEXT && connectionIn(plain) !== undefined);
  return readable
    ? undefined
    : { key, message: 'is no usable URL', fix: 'write scheme://user:password@host:port/name' };
}
