import type { RoleFacts } from '../../login/postgres/role-server.ts';
import type { LoginResult } from '../../login/result/login-result.ts';
import type { VariantName } from '../../login/result/password-variants.ts';
import type { ServerTarget } from '../../login/server/target.ts';
import type { OtherManager } from '../../secret/other-managers.ts';
import type { SecretRef } from '../../secret/secret-ref.ts';
import type { Sensitive } from '../../secret/sensitive.ts';
import type { ManagedLogin } from './managed-login.ts';

/** One login in a Secret, and its result. */
export interface LoginEvidence {
  /** The key that holds the password. */
  readonly key: string;
  /** The key that names the host, if the host has its own key. */
  readonly hostKey: string | undefined;
  readonly role: string;
  readonly password: Sensitive;
  readonly target: ServerTarget;
  readonly result: LoginResult;
  /** The keys of the PostgresCredential, or their defaults, name this login. */
  readonly isSpecified: boolean;
  /** Undefined if no PostgresCredential names this login, or if the server did not refuse it. */
  readonly managed: ManagedLogin | undefined;
  /** The earlier version whose password the Secret holds again. Undefined if it is a new one. */
  readonly versionAgain: number | undefined;
  /** PostgreSQL would store the password as a verifier. */
  readonly isHashShaped: boolean;
  /** A policy's own normalising would change the password. */
  readonly isNormalisable: boolean;
  /** The credential that the server accepts instead, if one was found. */
  readonly matchedCredential: MatchedCredential | undefined;
  /** The view of an administrator. Undefined if no administrator could be asked. */
  readonly admin: AdminFacts | undefined;
}

export type MatchedCredential =
  /** The same password: the server refuses it for another reason. */
  | { readonly kind: 'itself' }
  | { readonly kind: 'form'; readonly form: VariantName }
  /** The password of another version of the Secret. */
  | { readonly kind: 'version'; readonly number: number }
  /** The login in a URL, now or in a version. */
  | { readonly kind: 'url'; readonly key: string; readonly number: number | undefined };

export interface AdminFacts {
  /** Undefined if no account has that name. */
  readonly role:
    | Pick<RoleFacts, 'mayLogin' | 'validUntil' | 'hasPassword' | 'verifier' | 'otherManager'>
    | undefined;
  /** A role with a similar name. */
  readonly nearestRole: string | undefined;
}

/** The input next to one login. */
export interface DiagnosisContext extends ServerContext {
  readonly place: SecretRef;
  readonly lockstepNamespace: string;
  readonly now: Date;
  /** Another tool that writes the Secret, or sets its password in the server. */
  readonly otherManager: OtherManager | undefined;
  /** The keys of the Secret that the policies would correct. */
  readonly correctedKeys: readonly string[];
  /** All logins of that system in the Secret, this one included. */
  readonly logins: readonly LoginEvidence[];
}

/** The input that all logins on one kind of server share. */
export interface ServerContext {
  /** The credential that names the Secret, so that lockstep may change the server. Undefined without one. */
  readonly credentialName: string | undefined;
  /** The reason why the controller does not work on the credential. Undefined if it does. */
  readonly notReadyReason: string | undefined;
  /** Another Secret with the login of an administrator, by its name. Undefined if the user named none. */
  readonly adminSecret: string | undefined;
  /** The account of the administrator that was asked. */
  readonly adminRole: string | undefined;
  /** The reason why no administrator was asked. It completes "…: no login of an administrator is known". */
  readonly adminFault: string | undefined;
}
