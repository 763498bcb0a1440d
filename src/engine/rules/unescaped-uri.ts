import { LONGEST_TEXT } from '../evaluation/base-key-check.ts';
import { planFor } from '../evaluation/derive.ts';
import type { Case, Governed } from '../evaluation/evaluation.ts';
import { passwordIn } from '../evaluation/parsed-connection.ts';
import type { Complaint, KeyRule } from './rule.ts';

export const unescapedUri: KeyRule = {
  id: 'unescaped-uri',
  meaning:
    'A password stands raw inside a URL, with characters that end it early for some drivers: the same text is another host to another program.',
  example: 'postgresql://app:p@ss/w@db:5432/app',
  mend: 'Percent-encode every byte outside A-Z a-z 0-9 - . _ ~ (`@` is %40). lockstep does it for a derived URL.',
  check: isUnescaped,
};

function isUnescaped(aCase: Case, governed: Governed): Complaint | undefined {
  const { key, entry } = governed;
  const value = aCase.data.get(key);
  if (value === undefined || value.isEmpty || value.size > LONGEST_TEXT) return undefined;
  const complaint = {
    key,
    message: 'holds a password that is not percent-encoded',
    fix: 'write every character of it outside A-Z a-z 0-9 - . _ ~ as %XX',
  };
  const plan = entry.derive === undefined ? undefined : planFor(aCase, governed);
  if (plan !== undefined && plan.kind !== 'foreign') {
    return plan.kind === 'write' && plan.reason === 'unescaped-uri' ? complaint : undefined;
  }
  return value.look((plain) => {
    const password = passwordIn(plain);
    if (password?.portable !== false) return undefined;
    return password.conflicts === true ? { ...complaint, ...CONFLICT } : complaint;
  });
}

const CONFLICT = {
  message: 'holds two different passwords, and drivers go by different ones',
  fix: 'leave one of them out',
};
