import type { Policy } from '../../policy/policy.ts';
import type { Credential } from '../../secret/record/credential.ts';
import type { Secret } from '../../secret/secret.ts';
import type { CredentialKind, ServerCredential } from '../credential-schema/compile.ts';
import type { SecretFault } from '../in-secret/read-value.ts';
import type { LoginMessage, LoginMessageNames } from '../result/login-messages.ts';
import type { LoginResult } from '../result/login-result.ts';
import type { ServerTarget } from '../server/target.ts';

/** One kind of server whose passwords lockstep can change: its logins in Secrets, and its words. */
export interface ServerKind {
  /** The kind of the objects that name such a login. */
  readonly object: CredentialKind;
  /** The word for an account in messages. */
  readonly account: 'role' | 'user';
  /** The field of the object that names the accounts which an administrator may change. */
  readonly allowed: 'allowedRoles' | 'allowedUsers';
  /** The result of a login, for people. */
  readonly message: (result: LoginResult, names: LoginMessageNames) => LoginMessage;
  /** The login that the object selects in the Secret, with its server, or the missing part. */
  readonly loginIn: (
    secret: Secret,
    spec: Pick<ServerCredential['spec'], 'keys' | 'server'>,
    policies: readonly Policy[],
  ) => { readonly credential: Credential; readonly target: ServerTarget } | SecretFault;
  /** The login in the Secret that `spec.adminSecretName` names. */
  readonly administratorIn: (secret: Pick<Secret, 'data'>) => Credential | SecretFault;
  /** The same server for the login of an administrator, which needs at least this protection. */
  readonly administratorTarget: (target: ServerTarget, spec: ServerCredential['spec']) => ServerTarget;
}
