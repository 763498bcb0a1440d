import type { Sensitive } from '../../../secret/sensitive.ts';
import { isBoundTo } from '../../derivation/base-key-check.ts';
import type { Evaluation, ManagedKey } from '../../evaluation/evaluation.ts';
import { MAX_TEXT_BYTES } from '../../evaluation/input-artifact.ts';
import { realValueFix } from '../real-value.ts';
import type { ValueRule, Violation } from '../rule.ts';

export const hashShaped: ValueRule = {
  id: 'hash-shaped',
  meaning:
    'A password looks like an md5 hash or a SCRAM verifier. PostgreSQL would store it as the hash itself, and no client could log in.',
  example: 'md5 followed by 32 hex digits, SCRAM-SHA-256$4096:…',
  remediation: 'Set the password itself, or generate one.',
  check: looksLikeHash,
};

/** The texts that PostgreSQL takes for a hash (src/backend/libpq/crypt.c, get_password_type). */
export const STORED_AS_HASH =
  /^(md5[0-9a-f]{32}|SCRAM-SHA-256\$[0-9]+:[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=]+:[A-Za-z0-9+/=]+)$/;

function looksLikeHash(
  evaluation: Evaluation,
  { key, entry }: ManagedKey,
  value: Sensitive,
): Violation | undefined {
  if (value.size > MAX_TEXT_BYTES) return undefined;
  if (!value.withPlaintext(({ text }) => text !== undefined && STORED_AS_HASH.test(text))) return undefined;
  if (!isBoundTo(evaluation, key, 'password')) return undefined;
  const message = 'looks like a password hash, which PostgreSQL would store as it is';
  return { key, message, fix: realValueFix(evaluation, { key, entry }, 'set the password itself') };
}
