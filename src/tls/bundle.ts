import { X509Certificate } from 'node:crypto';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * The certificates of a PEM bundle, in its order. Throws where there is none, or one that can't be read: the API server stores a
 * caBundle unchecked, and one that is no PEM makes every call of the webhook fail.
 */
export function parseBundle(pem: string): X509Certificate[] {
  const found = pem.match(CERTIFICATE) ?? [];
  if (found.length === 0) throw new Error('no PEM certificate in it');
  return found.map((certificate) => new X509Certificate(certificate));
}

/**
 * One bundle out of several, each certificate once, and of `older` only what has not run out. In a CA change the old CA stands beside
 * the new one until it runs out, because nobody can say when the last replica serves the new leaf.
 */
export function joinBundles(current: string, older: readonly string[], now: Date): string {
  const kept = older.flatMap(readable).filter(({ validTo }) => new Date(validTo) > now);
  const all = new Map([...parseBundle(current), ...kept].map((each) => [each.fingerprint256, each]));
  return [...all.values()].map(String).join('');
}

/** What stood there may be anything; what is no certificate is not worth keeping. */
function readable(pem: string): X509Certificate[] {
  try {
    return parseBundle(pem);
  } catch {
    return [];
  }
}
