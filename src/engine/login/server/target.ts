/** The address of a server for an application, and the database on it. */
export interface ServerTarget {
  /** As in the keys of a login. Undefined means PostgreSQL. */
  readonly system?: 'redis' | undefined;
  /** A name, an address, or the folder of a socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly tls: Tls;
  /** The allowed authentication methods. Undefined means any of them, but `password` only over verified TLS. */
  readonly auth?: AuthRule | undefined;
}

/** `because` names the source: `spec.server.auth`, an earlier login by SCRAM, or the login of an administrator. */
export interface AuthRule {
  readonly accepts: readonly AuthMethod[];
  readonly because: 'said' | 'remembered' | 'administrator';
}

/**
 * The values of libpq's `require_auth`, and `scram-sha-256-plus`, which is SCRAM with channel binding. `password` is
 * sent in clear.
 */
export const AUTH_METHODS = ['scram-sha-256-plus', 'scram-sha-256', 'md5', 'password'] as const;
export type AuthMethod = (typeof AUTH_METHODS)[number];

/** `mode` is libpq's `sslmode` of the same name. `ca` is PEM. Without it, the public CAs of Node apply. */
export interface Tls {
  readonly mode: 'disable' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';
  readonly ca?: string | undefined;
  /** The name in the certificate under `verify-full`, if applications use another name than `host`. */
  readonly name?: string | undefined;
}

/**
 * The mode for a parameter `sslmode`. `allow` becomes `prefer`, which is stronger. A value that libpq doesn't know
 * counts as absent.
 */
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

/** A network in CIDR notation: `127.0.0.0/8`, or one address. */
export interface Network {
  readonly address: string;
  readonly prefix: number;
}
