import type { X509Certificate } from 'node:crypto';
import { parseBundle } from './bundle.ts';
import { renewalDate, type ServingFiles } from './renewal.ts';
import { checkServing, leafOf } from './serving.ts';

const LABELS = { cert: 'tls.crt', key: 'tls.key', ca: 'ca.crt' };

/** Why these files should be made anew before they serve as `host`; undefined where they are good for longer. */
export function whyRenew(files: ServingFiles, host: string, now: Date): string | undefined {
  const leaf = attempt(() => leafOf(files));
  if (leaf === undefined) return 'its tls.crt is no certificate';
  const authorities = attempt(() => parseBundle(files.ca));
  if (authorities === undefined) return 'its ca.crt is no certificate';
  // Go reads no CommonName (since 1.15), and the API server is written in Go.
  if (leaf.checkHost(host, { subject: 'never' }) === undefined) return `its certificate is not for ${host}`;

  const ages = authorities.map((authority) => age(authority, now));
  const aged = age(leaf, now) ?? (ages.includes(undefined) ? undefined : ages[0]);
  if (aged !== undefined) return aged;
  const belongTogether = attempt(() => {
    checkServing(files, LABELS, now);
    return true;
  });
  return belongTogether ? undefined : 'its tls.crt, tls.key and ca.crt do not belong together';
}

function age(certificate: X509Certificate, now: Date): string | undefined {
  if (now < certificate.validFromDate) return `it is valid only from ${certificate.validFrom}`;
  if (now >= certificate.validToDate) return `it expired on ${certificate.validTo}`;
  if (now >= renewalDate(certificate)) return `it expires on ${certificate.validTo}`;
  return undefined;
}

function attempt<Result>(act: () => Result): Result | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
