import type { X509Certificate } from 'node:crypto';
import { parseBundle } from './bundle.ts';
import { renewalDate, type ServingFiles } from './renewal.ts';
import { leafOf, validateServingFiles } from './serving.ts';

const FILE_LABELS = { cert: 'tls.crt', key: 'tls.key', ca: 'ca.crt' };

/** The reason to renew these files before they serve as `host`. Undefined if they are valid for long enough. */
export function renewalReason(files: ServingFiles, host: string, now: Date): string | undefined {
  const leaf = tryOrUndefined(() => leafOf(files));
  if (leaf === undefined) return 'its tls.crt is no certificate';
  const cas = tryOrUndefined(() => parseBundle(files.ca));
  if (cas === undefined) return 'its ca.crt is no certificate';
  // Go ignores the CommonName since 1.15, and the API server is written in Go.
  if (leaf.checkHost(host, { subject: 'never' }) === undefined) return `its certificate is not for ${host}`;

  const caReasons = cas.map((ca) => validityReason(ca, now));
  const expiryReason =
    validityReason(leaf, now) ?? (caReasons.includes(undefined) ? undefined : caReasons[0]);
  if (expiryReason !== undefined) return expiryReason;
  const belongTogether = tryOrUndefined(() => {
    validateServingFiles(files, FILE_LABELS, now);
    return true;
  });
  return belongTogether ? undefined : 'its tls.crt, tls.key and ca.crt do not belong together';
}

function validityReason(certificate: X509Certificate, now: Date): string | undefined {
  if (now < certificate.validFromDate) return `it is valid only from ${certificate.validFrom}`;
  if (now >= certificate.validToDate) return `it expired on ${certificate.validTo}`;
  if (now >= renewalDate(certificate)) return `it expires on ${certificate.validTo}`;
  return undefined;
}

function tryOrUndefined<Result>(action: () => Result): Result | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
