import { type SecretSession, sessionForLogin } from '../../controllers/secret-session/open.ts';
import type { ServerCredential } from '../../engine/login/credential-schema/compile.ts';
import { serverKindOf } from '../../engine/login/server-kinds/kinds.ts';
import { LockstepError } from '../../errors/errors.ts';
import { type CredentialLookup, credentialsOfSecret } from '../adapters/credentials.ts';
import type { SecretChangeOptions } from '../secret-session/options.ts';
import { openSession, type SecretRun } from '../secret-session/run.ts';

/** The run of a command that changes the password of a login. */
export interface PasswordChangeRun extends SecretRun<SecretChangeOptions> {
  readonly credentials: CredentialLookup;
  readonly credential: ServerCredential;
}

/** Opens the Secret with the permissions of its login. Nothing is written. Throws LockstepError. */
export const openLogin = async (run: PasswordChangeRun): Promise<SecretSession> =>
  sessionForLogin(
    await openSession(run, { credentials: credentialsOfSecret(run.credentials, run.ref) }),
    run.credential,
  );

/** The role that the Secret names. Throws LOGIN_REFUSED if the Secret holds no usable login. */
export function roleIn(run: PasswordChangeRun, { observed, permissions }: SecretSession): string {
  const { spec } = run.credential;
  const parsed = serverKindOf(spec.keys).loginIn(observed.secret, spec, permissions.matched);
  return 'fault' in parsed ? refuseLogin(run, parsed.fault) : parsed.credential.role;
}

/** Throws LOGIN_REFUSED. `reason` is a sentence. */
export function refuseLogin({ ref }: Pick<PasswordChangeRun, 'ref'>, reason: string): never {
  throw new LockstepError('LOGIN_REFUSED', [`${ref.namespace}/${ref.name}`, reason]);
}
