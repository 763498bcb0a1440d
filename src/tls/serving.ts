import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto';
import type { Sensitive } from '../engine/secret/sensitive.ts';
import { LockstepError } from '../errors/errors.ts';
import { parseBundle } from './bundle.ts';

/** A serving certificate with its key and CA, as PEM. */
export interface ServingFiles {
  readonly cert: string;
  readonly key: Sensitive;
  readonly ca: string;
}

/** The names of the files in an error: paths, or their substitutes. */
export interface ServingLabels {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/** Throws if a server could not serve with these files. `ca` may be empty: then the CA is unknown. */
export function validateServingFiles(files: ServingFiles, labels: ServingLabels, now: Date): void {
  const leaf = parseOrThrow(labels.cert, () => leafOf(files));
  const key = parseOrThrow(labels.key, () => parsePrivateKey(files.key));
  if (!leaf.checkPrivateKey(key))
    throw new LockstepError('CERTIFICATE_KEY_MISMATCH', [labels.key, labels.cert]);
  checkDates(leaf, labels.cert, now);
  if (files.ca !== '') checkIssuer(files, labels);
}

/** The first certificate of the file is the server's own (RFC 8446, 4.4.2). */
export function leafOf(files: ServingFiles): X509Certificate {
  return firstCertificate(parseBundle(files.cert));
}

/** The reason why every client refuses this certificate now. Undefined if it is valid. */
export function invalidityReason(leaf: X509Certificate, now: Date): string | undefined {
  if (now < leaf.validFromDate)
    return `the certificate is valid only from ${leaf.validFromDate.toISOString()}`;
  if (now >= leaf.validToDate) return `the certificate has expired at ${leaf.validToDate.toISOString()}`;
  return undefined;
}

function checkDates(leaf: X509Certificate, label: string, now: Date): void {
  if (invalidityReason(leaf, now) === undefined) return;
  const times = [leaf.validFromDate, leaf.validToDate, now].map((time) => time.toISOString());
  throw new LockstepError('CERTIFICATE_EXPIRED', [label, ...times]);
}

/** Each certificate must be issued by the next one, and the last by one of the authorities. */
function checkIssuer(files: ServingFiles, labels: ServingLabels): void {
  const chain = parseOrThrow(labels.cert, () => parseBundle(files.cert));
  const authorities = parseOrThrow(labels.ca, () => parseBundle(files.ca));
  const isTrusted = chain.some(
    (cert, at) =>
      chain.slice(0, at).every((each, index) => isIssuedBy(chain[index + 1], each)) &&
      authorities.some(
        (authority) => isIssuedBy(authority, cert) || authority.fingerprint256 === cert.fingerprint256,
      ),
  );
  if (!isTrusted) throw new LockstepError('CERTIFICATE_UNTRUSTED', [labels.cert, labels.ca]);
}

function isIssuedBy(issuer: X509Certificate | undefined, cert: X509Certificate): boolean {
  return issuer !== undefined && cert.checkIssued(issuer) && cert.verify(issuer.publicKey);
}

function parsePrivateKey(key: Sensitive): KeyObject {
  return key.withPlaintext(({ text }) => createPrivateKey(text ?? ''));
}

function firstCertificate(chain: readonly X509Certificate[]): X509Certificate {
  const [first] = chain;
  if (first === undefined) throw new Error('no PEM certificate in it');
  return first;
}

/** OpenSSL's message names a routine, never the content. */
function parseOrThrow<Parsed>(label: string, parse: () => Parsed): Parsed {
  try {
    return parse();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LockstepError('CERTIFICATE_MALFORMED', [label, reason], cause);
  }
}
