/** A PostgreSQL server as an application reaches it, and the database that is meant there. */
export interface ServerTarget {
  /** A name or an address, or the folder of a socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly tls: Tls;
}

/** As libpq's `sslmode` of the same name; `ca` is PEM, without it the authorities that Node trusts. */
export interface Tls {
  readonly mode: 'disable' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';
  readonly ca?: string | undefined;
}
