import { createHash } from 'node:crypto';

const PREFIX = 'lockstep-record-';
/** Of the name of an object (RFC 1123 subdomain). Characters. */
const MAX_NAME_LENGTH = 253;
const DIGEST_LENGTH = 16;

/**
 * The name of the Secret that is the record of the one called `name`. A name that leaves no room is cut, and ends with 16 digits of its SHA-256; such a one
 * alone is 253 characters long, so that no two Secrets have one record.
 */
export function recordName(name: string): string {
  if (PREFIX.length + name.length < MAX_NAME_LENGTH) return PREFIX + name;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, DIGEST_LENGTH);
  return PREFIX + name.slice(0, MAX_NAME_LENGTH - PREFIX.length - DIGEST_LENGTH) + digest;
}
