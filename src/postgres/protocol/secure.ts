import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { LoginFailure } from '../../dial/login-failure.ts';
import { tlsHandshake, verifiesChain } from '../../dial/tls-handshake.ts';
import type { ServerTarget, Tls } from '../../engine/login/server/target.ts';
import { tlsServerEndPoint } from './channel-binding.ts';
import type { Peer } from './handshake.ts';
import { MessageStream } from './wire.ts';

/** Protocol 1234.5679, a version that no server speaks. With it a client requests TLS. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

/**
 * A public CA issues a certificate to any applicant. Without a name to compare, a certificate of a public CA proves
 * nothing.
 */
const provesIdentity = (tls: Tls): boolean =>
  verifiesChain(tls) && (tls.mode === 'verify-full' || tls.ca !== undefined);

/** The server at the other end of a TLS connection. */
export function peerOf(stream: TLSSocket, tls: Tls): Peer {
  const certificate = stream.getPeerX509Certificate()?.raw;
  return { isVerified: provesIdentity(tls), binding: certificate && tlsServerEndPoint(certificate) };
}

/**
 * Requests TLS and starts it. Undefined if the server has none.
 *
 * @throws LoginFailure: `tls` if the handshake fails or the certificate can't be trusted, `not-postgres`, `cut`,
 * `timeout`.
 */
export async function startTls(
  socket: Socket,
  target: ServerTarget,
  stopSignal: AbortSignal,
): Promise<TLSSocket | undefined> {
  const wire = new MessageStream(socket, stopSignal);
  wire.send(SSL_REQUEST);
  const answer = await wire.readByte();
  if (answer === 'N') return undefined;
  if (answer === 'S') return tlsHandshake(socket, target, stopSignal);
  // E: a server that can't start another process says so unencrypted, before TLS.
  throw new LoginFailure(answer === 'E' ? 'too-many-connections' : 'not-postgres');
}
