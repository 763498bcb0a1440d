import type { Secret } from '../../secret/secret.ts';
import { caInSecret } from '../in-secret/ca-in-secret.ts';
import type { Tls } from '../server/target.ts';
import type { ScaffoldTls } from './scaffold.ts';

export interface TlsChoice {
  /** Undefined: the mode of the URL applies, or `prefer`. */
  readonly tls: ScaffoldTls | undefined;
  readonly missing: readonly string[];
}

/** `offersTls` is undefined if no login has shown it. */
export function tlsFor(
  secret: Secret,
  stated: Tls['mode'],
  offersTls: boolean | undefined,
  system?: 'redis',
): TlsChoice {
  const isRedis = system === 'redis';
  if (stated === 'verify-ca' || stated === 'verify-full' || (isRedis && offersTls === true))
    return isRedis
      ? verified(
          secret,
          'verify-full',
          offersTls === true ? 'The server speaks only TLS.' : 'As the scheme of the URL.',
        )
      : verified(secret, stated as 'verify-ca', 'As sslmode of the URL.');
  if (offersTls === true) return { tls: { mode: 'require', reason: 'The server offers TLS.' }, missing: [] };
  // An absent mode is that of the URL. For the login of an administrator it is at least `prefer`.
  if (stated !== 'require') return { tls: undefined, missing: [] };
  return {
    tls: { mode: 'require', reason: 'As sslmode of the URL.' },
    missing: offersTls === false ? ['the URL asks for TLS, and the server offers none'] : [],
  };
}

function verified(secret: Secret, mode: 'verify-ca' | 'verify-full', reason: string): TlsChoice {
  if (!('fault' in caInSecret(secret)))
    return { tls: { mode, caSecretName: secret.name, reason }, missing: [] };
  if (mode === 'verify-full')
    return { tls: { mode, reason: `${reason} Without caSecretName, the public CAs apply.` }, missing: [] };
  return {
    tls: undefined,
    missing: [
      'sslmode of the URL is verify-ca: name a Secret with the CA under spec.server.tls.caSecretName',
    ],
  };
}
