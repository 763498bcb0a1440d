import { isBoundTo, LONGEST_TEXT } from '../evaluation/base-key-check.ts';
import type { Case, Governed } from '../evaluation/evaluation.ts';
import type { Complaint, KeyRule } from './rule.ts';
import { generator } from './suggest.ts';

export const hashShaped: KeyRule = {
  id: 'hash-shaped',
  meaning:
    'A password looks like an md5 hash or a SCRAM verifier: PostgreSQL would store it as if it were the hash, and nobody could log in.',
  example: 'md5 followed by 32 hex digits, SCRAM-SHA-256$4096:…',
  mend: 'Set the password itself, or generate one.',
  check: looksLikeHash,
};

/** What PostgreSQL takes for a hash (src/backend/libpq/crypt.c, get_password_type). */
export const STORED_AS_HASH =
  /^(md5[0-9a-f]{32}|SCRAM-SHA-256\$[0-9]+:[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=]+:[A-Za-z0-9+/=]+)$/;

function looksLikeHash(aCase: Case, { key, entry }: Governed): Complaint | undefined {
  const value = aCase.data.get(key);
  if (value === undefined || value.size > LONGEST_TEXT || !isBoundTo(aCase, key, 'password'))
    return undefined;
  if (!value.look(({ text }) => text !== undefined && STORED_AS_HASH.test(text))) return undefined;
  const message = 'looks like a password hash, which PostgreSQL would store as it is';
  return { key, message, fix: `set the password itself${generator(entry, ', e.g. ')}` };
}
