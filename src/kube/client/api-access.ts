import type { Agent as HttpAgent } from 'node:http';
import type { AgentOptions } from 'node:https';

/** The address of the API server, and how a call authenticates itself. */
export interface ApiAccess {
  /** `https://HOST:PORT` */
  readonly server: string;
  /** For the next call. */
  readonly credentials: () => Promise<Credentials>;
}

export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  /** `USER:PASSWORD` */
  readonly auth?: string | undefined;
  readonly tls: TlsMaterial;
  /** For a server behind a proxy. It opens a socket for each call. */
  readonly proxyAgent?: HttpAgent | undefined;
}

/** Options that are undefined have no effect, so they are left out: TLS refuses some of them. */
export type TlsMaterial = Pick<AgentOptions, 'ca' | 'cert' | 'key' | 'rejectUnauthorized' | 'servername'>;
