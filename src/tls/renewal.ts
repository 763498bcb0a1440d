import { X509Certificate } from 'node:crypto';
import { tryParseBundle } from './bundle.ts';
import { type ServingFiles, validateServingFiles } from './serving.ts';

/**
 * The renewal time of a certificate, with a third of its life left, as in cert-manager. For a year, that leaves four
 * months to notice a failure. Throws if the text is not a certificate.
 */
export function renewalDate(certificate: string | X509Certificate): Date {
  const { validFromDate, validToDate } = new X509Certificate(certificate.toString());
  const [from, to] = [validFromDate.getTime(), validToDate.getTime()];
  return new Date(to - (to - from) / 3);
}

const FILE_LABELS = { cert: 'tls.crt', key: 'tls.key', ca: 'ca.crt' };

/** The reason to renew these files before they serve as `host`. Undefined if they are valid for long enough. */
export function renewalReason(files: ServingFiles, host: string, now: Date): string | undefined {
  const [leaf] = tryParseBundle(files.cert);
  if (leaf === undefined) return 'its tls.crt is no certificate';
  const cas = tryParseBundle(files.ca);
  if (cas.length === 0) return 'its ca.crt is no certificate';
  // Go ignores the CommonName since 1.15, and the API server is written in Go.
  if (leaf.checkHost(host, { subject: 'never' }) === undefined) return `its certificate is not for ${host}`;

  const caReasons = cas.map((ca) => validityReason(ca, now));
  const expiryReason =
    validityReason(leaf, now) ?? (caReasons.includes(undefined) ? undefined : caReasons[0]);
  if (expiryReason !== undefined) return expiryReason;
  try {
    validateServingFiles(files, FILE_LABELS, now);
    return undefined;
  } catch {
    return 'its tls.crt, tls.key and ca.crt do not belong together';
  }
}

function validityReason(certificate: X509Certificate, now: Date): string | undefined {
  if (now < certificate.validFromDate) return `it is valid only from ${certificate.validFrom}`;
  if (now >= certificate.validToDate) return `it expired on ${certificate.validTo}`;
  if (now >= renewalDate(certificate)) return `it expires on ${certificate.validTo}`;
  return undefined;
}
