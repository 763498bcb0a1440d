/** A PostgreSQL server as an application reaches it, and the database that is meant there. */
export interface ServerTarget {
  /** A name or an address, or the folder of a socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly tls: Tls;
  /** How the password may be proven there. Undefined: by any of them, in clear over verified TLS alone. */
  readonly auth?: AuthRule | undefined;
}

/** `because`: `spec.server.auth` says so, this login was let in by SCRAM before, or it is that of an administrator. */
export interface AuthRule {
  readonly accepts: readonly AuthMethod[];
  readonly because: 'said' | 'remembered' | 'administrator';
}

/** libpq's `require_auth`, and `scram-sha-256-plus`: SCRAM that is bound to the server's certificate. `password` is in clear. */
export const AUTH_METHODS = ['scram-sha-256-plus', 'scram-sha-256', 'md5', 'password'] as const;
export type AuthMethod = (typeof AUTH_METHODS)[number];

/** As libpq's `sslmode` of the same name; `ca` is PEM, without it the authorities that Node trusts. */
export interface Tls {
  readonly mode: 'disable' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';
  readonly ca?: string | undefined;
  /** What the certificate must be made out to under `verify-full`, where applications call the server by another name than `host`. */
  readonly name?: string | undefined;
}

/** A parameter `sslmode`. `allow` is less than `prefer`, and nothing is lost by asking for more; what libpq does not know says nothing. */
export const tlsModeOf = (sslmode: string | undefined): Tls['mode'] | undefined =>
  sslmode !== undefined && Object.hasOwn(MODES, sslmode) ? MODES[sslmode] : undefined;

const MODES: Readonly<Record<string, Tls['mode']>> = {
  disable: 'disable',
  allow: 'prefer',
  prefer: 'prefer',
  require: 'require',
  'verify-ca': 'verify-ca',
  'verify-full': 'verify-full',
};
