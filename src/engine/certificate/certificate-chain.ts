import { X509Certificate } from 'node:crypto';
import type { PemBlock } from './pem.ts';

/** The certificates of a PEM file, in its order. Undefined if one of them can't be read, or if there is none. */
export function certificatesIn(blocks: readonly PemBlock[]): readonly X509Certificate[] | undefined {
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
export function isOutOfOrder(chain: readonly X509Certificate[]): boolean {
  return chain.some((certificate, index) => {
    const next = chain[index + 1];
    if (next === undefined || certificate.checkIssued(next) || certificate.checkIssued(certificate))
      return false;
    return chain.some((other) => other !== certificate && certificate.checkIssued(other));
  });
}

/** The clock of an issuer may be ahead of this one. */
const CLOCK_SKEW_MS = 5 * 60_000;

export const isNotYetValid = ({ validFromDate }: X509Certificate, now: Date): boolean =>
  validFromDate.getTime() > now.getTime() + CLOCK_SKEW_MS;

export const isExpired = ({ validToDate }: X509Certificate, now: Date): boolean => validToDate < now;
