import { X509Certificate } from 'node:crypto';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * The certificates of a PEM bundle in their order. Throws if it has none, or an unreadable one. The API server stores a
 * caBundle without validation. An invalid one makes every call of the webhook fail.
 */
export function parseBundle(pem: string): X509Certificate[] {
  const matches = pem.match(CERTIFICATE) ?? [];
  if (matches.length === 0) throw new Error('no PEM certificate in it');
  return matches.map((certificate) => new X509Certificate(certificate));
}

/**
 * Joins several bundles, each certificate once. It takes only valid certificates from `older`. During a CA change the
 * old CA stays next to the new one until it expires. The last use of an old leaf is unknown.
 */
export function joinBundles(current: string, older: readonly string[], now: Date): string {
  const unexpired = older.flatMap(tryParseBundle).filter(({ validTo }) => new Date(validTo) > now);
  return distinct([...parseBundle(current), ...unexpired])
    .map(String)
    .join('');
}

/**
 * The CA certificates of a caBundle that are valid now, each once. Never throws. Only the first 32 certificates are
 * read, because the text is not validated. lockstep never writes more than ten.
 */
export function validCasIn(pem: string, now: Date): X509Certificate[] {
  const certificates = (pem.match(CERTIFICATE) ?? []).slice(0, 32).flatMap(tryParseBundle);
  return distinct(certificates.filter((certificate) => certificate.ca && isWithinValidity(certificate, now)));
}

export function distinct(certificates: readonly X509Certificate[]): X509Certificate[] {
  return [...new Map(certificates.map((certificate) => [certificate.fingerprint256, certificate])).values()];
}

export function isWithinValidity({ validFromDate, validToDate }: X509Certificate, now: Date): boolean {
  return validFromDate <= now && now < validToDate;
}

/** The content may be anything. It counts as empty if it is no bundle. */
export function tryParseBundle(pem: string): X509Certificate[] {
  try {
    return parseBundle(pem);
  } catch {
    return [];
  }
}
