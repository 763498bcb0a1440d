import { type KeyObject, X509Certificate } from 'node:crypto';
import type { Sensitive } from '../../secret/sensitive.ts';
import { type PemBlock, pemBlocks } from './pem.ts';
import { type PrivateKey, privateKeyIn } from './private-key.ts';

/** A fault of a certificate with its private key. No text holds a part of either. */
export type CertificateFault =
  | 'no-certificate'
  | 'no-private-key'
  | 'encrypted-key'
  | 'key-of-another-certificate'
  | 'key-of-a-later-certificate'
  | 'chain-out-of-order'
  | 'expired'
  | 'not-yet-valid';

/** A chain is longer only by mistake. Each certificate costs about 50 µs. */
const MAX_BLOCKS = 10;
/** A chain of ten certificates with large keys has half of it. */
export const MAX_PEM_BYTES = 64 * 1024;

/** The faults of a certificate chain and its private key, both PEM. */
export function certificateFaults(chain: Sensitive, key: Sensitive, now: Date): readonly CertificateFault[] {
  const certificates = certificatesIn(blocksOf(chain));
  const privateKey = privateKeyIn(blocksOf(key));
  return [...keyFaults(privateKey), ...chainFaults(certificates, privateKey, now)];
}

const blocksOf = (value: Sensitive) => value.withPlaintext(({ text }) => pemBlocks(text ?? '', MAX_BLOCKS));

function keyFaults(key: PrivateKey): readonly CertificateFault[] {
  if (key === 'invalid') return ['no-private-key'];
  return key === 'encrypted' ? ['encrypted-key'] : [];
}

function chainFaults(
  chain: readonly X509Certificate[] | undefined,
  key: PrivateKey,
  now: Date,
): readonly CertificateFault[] {
  const [first] = chain ?? [];
  if (chain === undefined || first === undefined) return ['no-certificate'];
  const dates = dateFaults(chain, now);
  if (typeof key !== 'string' && !belongsTo(key, first)) {
    const isLater = chain.some((one) => belongsTo(key, one));
    return [isLater ? 'key-of-a-later-certificate' : 'key-of-another-certificate', ...dates];
  }
  return isOutOfOrder(chain) ? ['chain-out-of-order', ...dates] : dates;
}

function dateFaults(chain: readonly X509Certificate[], now: Date): readonly CertificateFault[] {
  const faults: CertificateFault[] = [];
  if (chain.some((one) => isExpired(one, now))) faults.push('expired');
  if (chain.some((one) => isNotYetValid(one, now))) faults.push('not-yet-valid');
  return faults;
}

const belongsTo = (key: KeyObject, certificate: X509Certificate): boolean => certificate.checkPrivateKey(key);

/** The certificates of a PEM file, in its order. Undefined if one of them can't be read, or if there is none. */
function certificatesIn(blocks: readonly PemBlock[]): readonly X509Certificate[] | undefined {
  const certificates: X509Certificate[] = [];
  for (const { label, der } of blocks) {
    if (label !== 'CERTIFICATE') continue;
    const certificate = der === undefined ? undefined : readCertificate(der);
    if (certificate === undefined) return undefined;
    certificates.push(certificate);
  }
  return certificates.length === 0 ? undefined : certificates;
}

function readCertificate(der: Uint8Array): X509Certificate | undefined {
  try {
    return new X509Certificate(der);
  } catch {
    return undefined;
  }
}

/**
 * Whether a certificate stands before the one that it signed, or apart from it. A missing issuer is no fault: servers
 * and clients know the roots. A second chain after a root is none either.
 */
function isOutOfOrder(chain: readonly X509Certificate[]): boolean {
  return chain.some((certificate, index) => {
    const next = chain[index + 1];
    if (next === undefined || certificate.checkIssued(next) || certificate.checkIssued(certificate))
      return false;
    return chain.some((other) => other !== certificate && certificate.checkIssued(other));
  });
}

/** The clock of an issuer may be ahead of this one. */
const CLOCK_SKEW_MS = 5 * 60_000;

const isNotYetValid = ({ validFromDate }: X509Certificate, now: Date): boolean =>
  validFromDate.getTime() > now.getTime() + CLOCK_SKEW_MS;

const isExpired = ({ validToDate }: X509Certificate, now: Date): boolean => validToDate < now;
