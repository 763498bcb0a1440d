import { createHash } from 'node:crypto';

const PREFIX = 'lockstep-record-';
/** Of the name of an object (RFC 1123 subdomain). Characters. */
const LONGEST = 253;
const HEX_DIGITS = 16;

/**
 * The name of the Secret that is the record of the one called `name`. A name that leaves no room is cut, and ends with 16 digits of its SHA-256; such a one
 * alone is 253 characters long, so that no two Secrets have one record.
 */
export function recordName(name: string): string {
  if (PREFIX.length + name.length < LONGEST) return PREFIX + name;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, HEX_DIGITS);
  return PREFIX + name.slice(0, LONGEST - PREFIX.length - HEX_DIGITS) + digest;
}
