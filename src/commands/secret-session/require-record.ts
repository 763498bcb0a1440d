import { LockstepError } from '../../errors.ts';
import type { ReadRecord } from '../../kube/record/records.ts';
import type { SecretPlace } from '../../kube/secrets/stored-secrets.ts';

/** The record that was found, for a command that is nothing without one. Throws RECORD_NOT_FOUND, RECORD_UNREADABLE, SECRET_NOT_FOUND where there is neither. */
export function recordIn(
  found: ReadRecord,
  { namespace, name }: SecretPlace,
  isSecretThere: boolean,
): Extract<ReadRecord, { kind: 'read' }> {
  const place = `${namespace}/${name}`;
  if (found.kind === 'read') return found;
  if (found.kind === 'unreadable') throw new LockstepError('RECORD_UNREADABLE', [place, found.reason]);
  throw new LockstepError(isSecretThere ? 'RECORD_NOT_FOUND' : 'SECRET_NOT_FOUND', [place]);
}
