import { X509Certificate } from 'node:crypto';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * The certificates of a PEM bundle, in its order. Throws where there is none, or one that can't be read: the API server stores a
 * caBundle unchecked, and one that is no PEM makes every call of the webhook fail.
 */
export function parseBundle(pem: string): X509Certificate[] {
  const matches = pem.match(CERTIFICATE) ?? [];
  if (matches.length === 0) throw new Error('no PEM certificate in it');
  return matches.map((certificate) => new X509Certificate(certificate));
}

/**
 * One bundle out of several, each certificate once, and of `older` only what has not run out. In a CA change the old CA stands beside
 * the new one until it runs out, because nobody can say when the last replica serves the new leaf.
 */
export function joinBundles(current: string, older: readonly string[], now: Date): string {
  const unexpired = older.flatMap(tryParseBundle).filter(({ validTo }) => new Date(validTo) > now);
  return distinct([...parseBundle(current), ...unexpired])
    .map(String)
    .join('');
}

/**
 * A caBundle is trusted only this far: the CA certificates in it that are in their time, each once. Never throws. Nobody has checked the text, so no
 * more than the first 32 certificates are looked at; lockstep itself never writes more than ten.
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

/** What stood there may be anything; what is no certificate is not worth keeping. */
function tryParseBundle(pem: string): X509Certificate[] {
  try {
    return parseBundle(pem);
  } catch {
    return [];
  }
}
