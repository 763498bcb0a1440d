import type { ReconcilerDeps } from '../../controllers/reconciler-deps.ts';
import type { SecretSession } from '../../controllers/secret-session/open.ts';
import type { PostgresCredential } from '../../engine/credential/spec/compile.ts';
import type { CredentialReport } from '../../engine/credential/status/status.ts';
import { LockstepError } from '../../errors/errors.ts';
import type { CredentialLookup } from '../adapters/credentials.ts';
import type { PasswordChangeOptions } from '../secret-session/options.ts';
import { openSession, type SecretRun } from '../secret-session/run.ts';
import { standaloneReconciler } from '../secret-session/standalone-reconciler.ts';

/** The run of a command that changes the password of a login. */
export interface PasswordChangeRun extends SecretRun<PasswordChangeOptions> {
  readonly credentials: CredentialLookup;
  readonly credential: PostgresCredential;
}

/** Opens the Secret with the permissions of its login. Nothing is written. Throws LockstepError. */
export const openLogin = (run: PasswordChangeRun): Promise<SecretSession> =>
  openSession(run, { credential: run.credential });

/** `reportStatus` receives the status that a controller would write into the PostgresCredential. */
export function reconcilerDeps(
  run: PasswordChangeRun,
  warn: (note: string) => void = run.print,
  reportStatus: (credentialReport: CredentialReport) => void = () => {},
): ReconcilerDeps {
  return standaloneReconciler(run, run.credentials, warn, (event) => {
    if (event.kind === 'credential-status') reportStatus(event.report);
  });
}

/** Throws LOGIN_REFUSED. `reason` is a sentence. */
export function refuseLogin({ ref }: Pick<PasswordChangeRun, 'ref'>, reason: string): never {
  throw new LockstepError('LOGIN_REFUSED', [`${ref.namespace}/${ref.name}`, reason]);
}
