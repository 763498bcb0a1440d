import { createHash } from 'node:crypto';
import { MAX_OBJECT_NAME_LENGTH } from '../../engine/secret/kubernetes/name.ts';

const PREFIX = 'lockstep-record-';
const DIGEST_LENGTH = 16;

/**
 * The name of the record of the Secret `name`. A name that is too long is cut, and ends with 16 digits of its SHA-256.
 * Only such a record name has 253 characters, so no two Secrets share a record.
 */
export function recordName(name: string): string {
  if (PREFIX.length + name.length < MAX_OBJECT_NAME_LENGTH) return PREFIX + name;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, DIGEST_LENGTH);
  return PREFIX + name.slice(0, MAX_OBJECT_NAME_LENGTH - PREFIX.length - DIGEST_LENGTH) + digest;
}
