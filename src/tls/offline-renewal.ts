import { parseBundle } from './bundle.ts';
import { type CertificateAuthority, CLOCK_SKEW_MS, issueLeaf } from './ca.ts';
import type { ServingFiles } from './renewal.ts';
import { LEAF_DAYS } from './rotation-plan.ts';
import { leafOf } from './serving.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * What to serve with while nothing can be looked up: the Secret is gone, or the right to read it. In the last day of its life a leaf is issued anew by
 * the CA that issued it. Nobody knows whether that CA is still trusted; but the new leaf is good whenever the old one was, whatever happened to this
 * machine's clock, and the old one ends.
 */
export async function renewOffline(
  files: ServingFiles,
  issuer: CertificateAuthority,
  names: readonly string[],
  now: Date,
): Promise<ServingFiles> {
  const { validFromDate, validToDate } = leafOf(files);
  const [ca] = parseBundle(issuer.cert);
  const isCaExpiring = ca !== undefined && validToDate >= ca.validToDate;
  if (isCaExpiring || validToDate.getTime() - now.getTime() > DAY_MS) return files;
  const validFromMs = validFromDate.getTime() + CLOCK_SKEW_MS;
  const days = Math.max(0, now.getTime() - validFromMs) / DAY_MS + LEAF_DAYS;
  return issueLeaf(issuer, names, { now: new Date(validFromMs), days });
}
