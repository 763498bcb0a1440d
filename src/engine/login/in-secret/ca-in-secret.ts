import type { Secret } from '../../secret/secret.ts';
import type { SecretFault } from './read-value.ts';

/** The key that cert-manager, CloudNativePG and Crunchy use. */
const CA_KEY = 'ca.crt';

/** A bundle of all public CAs has about 250,000 bytes. */
const MAX_BUNDLE_BYTES = 512 * 1024;

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\sA-Za-z0-9+/=]+-----END CERTIFICATE-----/g;

/**
 * The certificates in the Secret that `spec.server.tls.caSecretName` names, as PEM. A private key next to them is
 * ignored.
 */
export function caInSecret({ data }: Secret): { readonly ca: string } | SecretFault {
  const value = data.get(CA_KEY);
  if (value === undefined || value.isEmpty || value.size > MAX_BUNDLE_BYTES) return NO_CA;
  const certificates = value.withPlaintext(({ text = '' }) => text.match(CERTIFICATE) ?? []);
  return certificates.length === 0 ? NO_CA : { ca: `${certificates.join('\n')}\n` };
}

const NO_CA: SecretFault = { fault: `it holds no certificate of a CA, as PEM, under ${CA_KEY}: set one` };
