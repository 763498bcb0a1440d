import type { CredentialStore } from '../../controllers/credential/store.ts';
import type { SecretSession } from '../../controllers/secret-session/open.ts';
import type { ServerCredential } from '../../engine/login/credential-schema/compile.ts';
import { loginsOf } from '../../engine/secret/record/login-record.ts';
import { type Pending, type SecretRecord, WRITE_TIMEOUT_MS } from '../../engine/secret/record/record.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import { previousVersion } from '../../engine/versions/rollback/previous-version.ts';
import { LockstepError } from '../../errors/errors.ts';
import { printable } from '../../report/printable.ts';
import { credentialsOfSecret, readCredentialStore } from '../adapters/credentials.ts';
import type { SecretChangeOptions } from '../secret-session/options.ts';
import { openSession, type SecretRun } from '../secret-session/run.ts';

export interface RollbackOptions extends SecretChangeOptions {
  /** The number of a version. Undefined for the one before the present one. */
  readonly to?: number | undefined;
  readonly dryRun: boolean;
  readonly force: boolean;
}

interface ResolvedRollbackOptions extends RollbackOptions {
  readonly to: number;
}

export interface RollbackRun extends SecretRun<ResolvedRollbackOptions> {
  readonly session: SecretSession;
  /** Undefined if the user has no right to read them, and the record holds no login. */
  readonly credentials: CredentialStore | undefined;
  /** Those that name the Secret, even if their servers need not follow. */
  readonly credentialsOfSecret: readonly ServerCredential[];
}

/** Opens the Secret for a rollback. Writes nothing. Throws LockstepError. */
export async function loadRollback(run: SecretRun<RollbackOptions>): Promise<RollbackRun> {
  const { ref, cluster, context } = run;
  const credentials = await readCredentialStore(cluster, ref.namespace).catch(forbiddenAsValue);
  const isUnreadable = credentials instanceof LockstepError;
  const ofSecret = isUnreadable ? [] : credentialsOfSecret(credentials, ref);
  const session = await openSession(run, { credentials: ofSecret, needsRecord: true });
  const record = session.record();
  const { pending } = record;
  // The rollback of a Secret that was never a login does not need this right.
  if (isUnreadable && loginsOf(record).length > 0) throw credentials;
  if (pending !== undefined) refuseIfPending(pending, ref, context.now());
  const options = { ...run.options, to: run.options.to ?? versionBefore(record, ref) };
  return {
    ...run,
    options,
    session,
    credentials: isUnreadable ? undefined : credentials,
    credentialsOfSecret: ofSecret,
  };
}

function versionBefore(record: SecretRecord, { namespace, name }: SecretRef): number {
  const previous = previousVersion(record);
  if ('number' in previous) return previous.number;
  throw new LockstepError('ROLLBACK_REFUSED', [`${namespace}/${name}`, previous.reason]);
}

export const isForbidden = (error: unknown): error is LockstepError =>
  error instanceof LockstepError && error.code === 'LOCKSTEP_READ_FORBIDDEN';

function forbiddenAsValue(error: unknown): LockstepError {
  if (isForbidden(error)) return error;
  throw error;
}

/** Throws RECORD_CHANGE_PENDING if another writer may still be at work. */
export function refuseIfPending(
  { number, by, time }: Pending,
  { namespace, name }: SecretRef,
  now: Date,
): void {
  if (now.getTime() - time.getTime() > WRITE_TIMEOUT_MS) return;
  throw new LockstepError('RECORD_CHANGE_PENDING', [printable(by), number, `${namespace}/${name}`]);
}
