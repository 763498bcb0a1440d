import type { CredentialStore } from '../../controllers/credential/store.ts';
import type { SecretSession } from '../../controllers/secret-session/open.ts';
import type { PostgresCredential } from '../../engine/credential/spec/compile.ts';
import { type Pending, WRITE_TIMEOUT_MS } from '../../engine/record/record.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import { LockstepError } from '../../errors.ts';
import type { CredentialResource } from '../../kube/objects/postgres-credentials.ts';
import { printable } from '../../report/printable.ts';
import { readCredentialStore } from '../adapters/credentials.ts';
import type { PasswordChangeOptions } from '../secret-session/options.ts';
import { openSession, type SecretRun } from '../secret-session/run.ts';

export interface RollbackOptions extends PasswordChangeOptions {
  /** The number of a version. */
  readonly to: number;
  readonly dryRun: boolean;
  readonly force: boolean;
}

export interface RollbackRun extends SecretRun<RollbackOptions> {
  readonly session: SecretSession;
  /** Undefined if the user has no right to read them, and the record holds no login. */
  readonly credentials: CredentialStore<CredentialResource> | undefined;
  /** The PostgresCredential that names the Secret, even if the server need not follow. */
  readonly credential: PostgresCredential | undefined;
}

/** Opens the Secret for a rollback. Writes nothing. Throws LockstepError. */
export async function loadRollback(run: SecretRun<RollbackOptions>): Promise<RollbackRun> {
  const { ref, cluster, context } = run;
  const credentials = await readCredentialStore(cluster, ref.namespace).catch(forbiddenAsValue);
  const isForbidden = credentials instanceof LockstepError;
  const credential = isForbidden ? undefined : credentials.forSecret(ref);
  const session = await openSession(run, { credential, needsRecord: true });
  const { login, pending } = session.record();
  // The rollback of a Secret that was never a login does not need this right.
  if (isForbidden && login !== undefined) throw credentials;
  if (pending !== undefined) refuseIfPending(pending, ref, context.now());
  return { ...run, session, credential, credentials: isForbidden ? undefined : credentials };
}

function forbiddenAsValue(error: unknown): LockstepError {
  if (error instanceof LockstepError && error.code === 'LOCKSTEP_READ_FORBIDDEN') return error;
  throw error;
}

function refuseIfPending({ number, by, time }: Pending, { namespace, name }: SecretRef, now: Date): void {
  if (now.getTime() - time.getTime() > WRITE_TIMEOUT_MS) return;
  throw new LockstepError('RECORD_CHANGE_PENDING', [printable(by), number, `${namespace}/${name}`]);
}
