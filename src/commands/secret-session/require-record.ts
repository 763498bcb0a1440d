import { LockstepError } from '../../errors.ts';
import type { RecordReadResult } from '../../kube/record/records.ts';
import type { SecretRef } from '../../kube/secrets/stored-secrets.ts';

/**
 * The record that was found, for a command that needs one. Throws RECORD_NOT_FOUND or RECORD_UNREADABLE, and
 * SECRET_NOT_FOUND if there is neither Secret nor record.
 */
export function requireRecord(
  lookup: RecordReadResult,
  { namespace, name }: SecretRef,
  secretExists: boolean,
): Extract<RecordReadResult, { kind: 'read' }> {
  const secretName = `${namespace}/${name}`;
  if (lookup.kind === 'read') return lookup;
  if (lookup.kind === 'unreadable') throw new LockstepError('RECORD_UNREADABLE', [secretName, lookup.reason]);
  throw new LockstepError(secretExists ? 'RECORD_NOT_FOUND' : 'SECRET_NOT_FOUND', [secretName]);
}
