import type { AuthRule } from '../server/target.ts';

/** The result of a login that is tried as an application does it. */
export type LoginResult =
  /**
   * The login succeeded. `standby` means that the server is read-only. `unproven` means that the server asked for no
   * password. `cluster` means that the server is a node of one. `by` is the authentication method, if it was not SCRAM.
   */
  | {
      readonly kind: 'ok';
      readonly standby: boolean;
      readonly unproven?: true;
      readonly cluster?: true;
      readonly by?: 'md5' | 'password';
    }
  /** `unproven` means that the server, or a pooler before it, had not checked the password yet. */
  | { readonly kind: 'no-database' | 'no-connect-right'; readonly unproven?: true }
  | { readonly kind: 'tls'; readonly why?: TlsFault | undefined }
  | { readonly kind: 'weak-method'; readonly weak?: WeakMethod | undefined }
  | { readonly kind: Exclude<LoginFault, 'no-database' | 'no-connect-right' | 'tls' | 'weak-method'> };

/** A request of a server that lockstep did not answer. `few-rounds` and `many-rounds` of SCRAM are never answered. */
export interface WeakMethod {
  readonly asked: 'md5' | 'password' | 'scram-sha-256' | 'unbound' | 'few-rounds' | 'many-rounds';
  readonly because: AuthRule['because'] | undefined;
}

/** The reason why the required TLS connection failed. */
export type TlsFault =
  /** The server does not support TLS. */
  | 'absent'
  /** The server, or a pooler before it, requires TLS. */
  | 'wanted'
  /** The server accepts this login only without TLS. */
  | 'unwanted'
  | 'untrusted'
  | 'other-name'
  | 'expired'
  /** The given CA is no certificate in PEM. */
  | 'no-authority'
  /** Client and server have no common TLS version or cipher. */
  | 'handshake'
  /**
   * The server has another certificate than the one that lockstep got. Channel binding of SCRAM found the difference.
   */
  | 'intercepted';

/**
 * The reason why a login failed. A client gets one answer, 28P01, for the first five, so that it can't find out which
 * roles exist. Only an administrator's connection shows the difference. Without one the reason is `password-refused`.
 */
export type LoginFault =
  | 'password-refused'
  | 'wrong-password'
  | 'unknown-role'
  | 'expired'
  | 'no-password'
  /** The role exists and has NOLOGIN. */
  | 'no-login'
  /** 3D000: the password is correct. */
  | 'no-database'
  /** The password is correct, but the role may not CONNECT. */
  | 'no-connect-right'
  /** No line of pg_hba.conf allows the login, or one refuses it. */
  | 'pg-hba'
  | 'tls'
  /** The address is local to the controller, or that of the API server. lockstep did not connect. */
  | 'network'
  | 'dns'
  | 'refused'
  | 'timeout'
  | 'cut'
  | 'too-many-connections'
  | 'starting-up'
  /** The program at that address does not use the protocol of PostgreSQL. */
  | 'not-postgres'
  | RedisFault
  /** The server asks for a weaker method than lockstep answers. */
  | 'weak-method'
  /** The server asks for the password in clear, or for a method that lockstep does not support (GSSAPI, ident). */
  | 'other-method'
  /** The server gave another error. Its log has the SQLSTATE. */
  | 'other';

/** The faults that only a login to Redis can have. */
export type RedisFault =
  /** The program at that address is no Redis of version 6 or later. */
  | 'not-redis'
  /** It is a Sentinel, which has users of its own, and no data. */
  | 'sentinel';

const REFUSALS: ReadonlySet<LoginFault | 'ok'> = new Set([
  'password-refused',
  'wrong-password',
  'unknown-role',
  'expired',
  'no-password',
  'no-login',
]);

/** The server answered and refused this role or password. Any other failure may be temporary, or has another cause. */
export const isRefused = ({ kind }: LoginResult): boolean => REFUSALS.has(kind);

const FINAL: ReadonlySet<LoginFault | 'ok'> = new Set([
  ...REFUSALS,
  'no-database',
  'no-connect-right',
  'pg-hba',
]);

/** A later attempt is not expected to succeed. */
export const isFinal = ({ kind }: LoginResult): boolean => FINAL.has(kind);

/** The password is correct, even if the login failed. A server that asks for none accepts any. */
export const isPasswordCorrect = (result: LoginResult): boolean =>
  result.kind === 'ok' ||
  ((result.kind === 'no-database' || result.kind === 'no-connect-right') && result.unproven !== true);

export const isUnproven = (result: LoginResult): boolean => 'unproven' in result && result.unproven === true;
