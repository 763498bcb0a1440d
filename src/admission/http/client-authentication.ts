import type { Server } from 'node:https';
import type { SecureContextOptions } from 'node:tls';

/** The clients that the server accepts. Without it, the server accepts each client that reaches the port. */
export interface ClientAuthentication {
  /** The CA that signs the client certificate, as PEM. */
  readonly ca: string;
  /** The permitted common names of the client certificate. If the set is empty, any name is permitted. */
  readonly names: ReadonlySet<string>;
}

/** PEM. `cert` may hold intermediates after the leaf. */
export interface ServingCertificate {
  readonly cert: string;
  readonly key: string;
}

/** The context of a new handshake: the certificate, and the CA that client certificates must have. */
export function secureContext(
  { cert, key }: ServingCertificate,
  clients: ClientAuthentication | undefined,
): SecureContextOptions {
  return { cert, key, minVersion: 'TLSv1.2', ...(clients && { ca: clients.ca }) };
}

/** TLS has already verified the CA of the certificate. This checks the name. */
export function requireClientName(server: Server, clients: ClientAuthentication | undefined): void {
  if (clients === undefined || clients.names.size === 0) return;
  server.on('secureConnection', (socket) => {
    const { CN } = socket.getPeerCertificate().subject ?? {};
    const names = Array.isArray(CN) ? CN : [CN];
    if (!names.some((name) => name !== undefined && clients.names.has(name))) socket.destroy();
  });
}
