import type { LoginResult } from '../../login/login-result.ts';
import type { VariantName } from '../../login/password-variants.ts';
import type { Sensitive } from '../../secret/sensitive.ts';
import type { OtherManager } from '../../server/other-managers.ts';
import type { RoleFacts } from '../../server/role-server.ts';
import type { ServerTarget } from '../../server/target.ts';
import type { SecretRef } from './commands.ts';

/** One login that a Secret holds, tried. */
export interface LoginEvidence {
  /** The key that holds the password. */
  readonly key: string;
  /** The key that names the host, where that is one of its own. */
  readonly hostKey: string | undefined;
  readonly role: string;
  readonly password: Sensitive;
  readonly target: ServerTarget;
  readonly result: LoginResult;
  /** The newest version of the Secret that holds this password; undefined where none is known to. */
  readonly version: number | undefined;
  /** PostgreSQL would store the password as if it were a hash. */
  readonly isHashShaped: boolean;
  /** A policy's own normalising would change the password. */
  readonly isNormalisable: boolean;
  /** What the server has in its place, as far as that was found. */
  readonly matchedCredential: MatchedCredential | undefined;
  /** What an administrator sees; undefined where none could be asked. */
  readonly admin: AdminFacts | undefined;
}

export type MatchedCredential =
  /** The very password: it is refused for another reason. */
  | { readonly kind: 'itself' }
  | { readonly kind: 'form'; readonly form: VariantName }
  /** What an older, or newer, version of the Secret held. */
  | { readonly kind: 'version'; readonly number: number }
  /** The login that a URL holds, or held in a version. */
  | { readonly kind: 'url'; readonly key: string; readonly number: number | undefined };

export interface AdminFacts {
  /** Undefined: there is none of that name. */
  readonly role: RoleFacts | undefined;
  /** One that is called nearly so. */
  readonly nearestRole: string | undefined;
}

/** What decides besides one login. */
export interface DiagnosisContext {
  readonly place: SecretRef;
  /** The namespace that lockstep runs in. */
  readonly lockstepNamespace: string;
  readonly now: Date;
  /** Somebody else who writes the Secret, or gives its password to the server. */
  readonly otherManager: OtherManager | undefined;
  /** What the Secret holds was put there from a backup, or with a new Secret: nobody has decided it. */
  readonly isRestored: boolean;
  /** A PostgresCredential is there, so that lockstep may change the server. */
  readonly isManaged: boolean;
  /** Of the administrator who was asked. */
  readonly adminRole: string | undefined;
  /** Why none was: completes "…: no login of an administrator is known". */
  readonly adminFault: string | undefined;
  /** All that the Secret holds, this one included. */
  readonly logins: readonly LoginEvidence[];
}
