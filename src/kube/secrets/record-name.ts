import { createHash } from 'node:crypto';

const PREFIX = 'lockstep-record-';
/** The limit for the name of an object (RFC 1123 subdomain). */
const MAX_NAME_LENGTH = 253;
const DIGEST_LENGTH = 16;

/**
 * The name of the record of the Secret `name`. A name that is too long is cut, and ends with 16 digits of its SHA-256.
 * Only such a record name has 253 characters, so no two Secrets share a record.
 */
export function recordName(name: string): string {
  if (PREFIX.length + name.length < MAX_NAME_LENGTH) return PREFIX + name;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, DIGEST_LENGTH);
  return PREFIX + name.slice(0, MAX_NAME_LENGTH - PREFIX.length - DIGEST_LENGTH) + digest;
}
