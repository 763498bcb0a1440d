import { X509Certificate } from 'node:crypto';
import { isIP, type Socket } from 'node:net';
import {
  type ConnectionOptions,
  checkServerIdentity,
  connect,
  type PeerCertificate,
  type TLSSocket,
} from 'node:tls';
import type { TlsFault } from '../engine/login/result/login-result.ts';
import type { ServerTarget, Tls } from '../engine/login/server/target.ts';
import { LoginFailure } from './login-failure.ts';

/** If a CA is given, `require` verifies the chain, as in libpq. */
export const verifiesChain = ({ mode, ca }: Tls): boolean =>
  mode === 'verify-full' || mode === 'verify-ca' || (mode === 'require' && ca !== undefined);

/**
 * Starts TLS on a connected socket.
 *
 * @throws LoginFailure: `tls` if the handshake fails or the certificate can't be trusted, `cut`, `timeout`.
 */
export function tlsHandshake(
  socket: Socket,
  target: Pick<ServerTarget, 'host' | 'tls'>,
  stopSignal: AbortSignal,
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const fail = (error: LoginFailure) => {
      stopSignal.removeEventListener('abort', onStop);
      socket.destroy();
      reject(error);
    };
    const onStop = () => fail(new LoginFailure('timeout'));
    let encrypted: TLSSocket;
    try {
      // Node accepts any text as a CA, and then trusts no certificate.
      if (target.tls.ca !== undefined) new X509Certificate(target.tls.ca);
      encrypted = connect({ ...tlsOptions(target), socket });
    } catch {
      return fail(LoginFailure.tls('no-authority'));
    }
    stopSignal.addEventListener('abort', onStop);
    encrypted.on('error', (error) => fail(tlsFailureOf(error)));
    encrypted.once('close', () => fail(new LoginFailure('cut')));
    encrypted.once('secureConnect', () => {
      stopSignal.removeEventListener('abort', onStop);
      resolve(encrypted);
    });
  });
}

function tlsOptions({ host, tls }: Pick<ServerTarget, 'host' | 'tls'>): ConnectionOptions {
  const name = tls.name ?? host;
  return {
    host: name,
    // SNI sends a name to the server, and forbids an address (RFC 6066, 3).
    ...(isIP(name) === 0 ? { servername: name } : {}),
    ca: tls.ca,
    rejectUnauthorized: verifiesChain(tls),
    checkServerIdentity: tls.mode === 'verify-full' ? identityError : () => undefined,
  };
}

/** A name in a certificate that Node can't parse must not throw in a handler of the socket. */
function identityError(name: string, certificate: PeerCertificate): Error | undefined {
  try {
    return checkServerIdentity(name, certificate);
  } catch (error) {
    return error as Error;
  }
}

/** By the codes of OpenSSL and Node, because their texts quote the certificate. */
function tlsFailureOf(error: Error): LoginFailure {
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'ECONNRESET' || code === 'EPIPE') return new LoginFailure('cut');
  return LoginFailure.tls(
    TLS_FAULT_BY_CODE[code] ?? (code.startsWith('ERR_SSL') || code === 'EPROTO' ? 'handshake' : 'untrusted'),
  );
}

const TLS_FAULT_BY_CODE: Readonly<Record<string, TlsFault>> = {
  ERR_TLS_CERT_ALTNAME_INVALID: 'other-name',
  CERT_HAS_EXPIRED: 'expired',
  CERT_NOT_YET_VALID: 'expired',
};
