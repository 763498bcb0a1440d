import type { AuthRule } from '../server/target.ts';

/** What became of a login, tried as an application does it. */
export type LoginResult =
  /** The server let it in. `standby`: it is one, and can only be read. `unproven`: it asked for no password, and lets anybody in. `by`: how it was proven, where that was not by SCRAM. */
  | {
      readonly kind: 'ok';
      readonly standby: boolean;
      readonly unproven?: true;
      readonly by?: 'md5' | 'password';
    }
  /** `unproven`: the server, or a pooler before it, had not yet looked at the password. */
  | { readonly kind: 'no-database' | 'no-connect-right'; readonly unproven?: true }
  | { readonly kind: 'tls'; readonly why?: TlsFault | undefined }
  | { readonly kind: 'weak-method'; readonly weak?: WeakMethod | undefined }
  | { readonly kind: Exclude<LoginFault, 'no-database' | 'no-connect-right' | 'tls' | 'weak-method'> };

/** A request of a server that was not answered: `few-rounds` and `many-rounds` of SCRAM whatever the rule is. */
export interface WeakMethod {
  readonly asked: 'md5' | 'password' | 'scram-sha-256' | 'unbound' | 'few-rounds' | 'many-rounds';
  readonly because: AuthRule['because'] | undefined;
}

/** Why no TLS came about as it was asked for. */
export type TlsFault =
  /** The server has none. */
  | 'absent'
  /** The server, or a pooler before it, wants it. */
  | 'wanted'
  /** The server takes this login only without it. */
  | 'unwanted'
  | 'untrusted'
  | 'other-name'
  | 'expired'
  /** What was given as the authority is no PEM of a certificate. */
  | 'no-authority'
  /** Nothing that both of them speak. */
  | 'handshake'
  /** The server has another certificate than the one that was shown here: SCRAM was bound to it. */
  | 'intercepted';

/**
 * Why a login failed. The first five are one answer to a client, 28P01, so that it can't find out who there is; which of them it was only another
 * connection can tell: without one it is `password-refused`.
 */
export type LoginFault =
  | 'password-refused'
  | 'wrong-password'
  | 'unknown-role'
  | 'expired'
  | 'no-password'
  /** The role is there and has NOLOGIN. */
  | 'no-login'
  /** 3D000: the password was right. */
  | 'no-database'
  /** The password was right, and the role may not CONNECT. */
  | 'no-connect-right'
  /** No line of pg_hba.conf lets it in, or one refuses it. */
  | 'pg-hba'
  | 'tls'
  /** Its address is local to the controller, or that of the API server: it was not connected to. */
  | 'network'
  | 'dns'
  | 'refused'
  | 'timeout'
  | 'cut'
  | 'too-many-connections'
  | 'starting-up'
  /** Something answers there that does not speak PostgreSQL's protocol. */
  | 'not-postgres'
  /** It asks for a weaker proof of the password than it is given. */
  | 'weak-method'
  /** It asks for the password in clear, or for something that is not spoken here (GSSAPI, ident). */
  | 'other-method'
  /** The server said something else; its SQLSTATE is in its log. */
  | 'other';

const REFUSALS: ReadonlySet<LoginFault | 'ok'> = new Set([
  'password-refused',
  'wrong-password',
  'unknown-role',
  'expired',
  'no-password',
  'no-login',
]);

/** The server answered, and this role does not come in by this password. Anything else may pass by itself, or has another cause. */
export const isRefused = ({ kind }: LoginResult): boolean => REFUSALS.has(kind);

/** The password was right, even if the login failed. On a server that asks for none, any is. */
export const isPasswordCorrect = (result: LoginResult): boolean =>
  result.kind === 'ok' ||
  ((result.kind === 'no-database' || result.kind === 'no-connect-right') && result.unproven !== true);

export const isUnproven = (result: LoginResult): boolean => 'unproven' in result && result.unproven === true;
