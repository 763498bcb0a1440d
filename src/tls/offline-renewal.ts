import { parseBundle } from './bundle.ts';
import { type CertificateAuthority, CLOCK_SKEW_MS, issueLeaf } from './ca.ts';
import { LEAF_DAYS } from './rotation-plan.ts';
import { leafOf, type ServingFiles } from './serving.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Renews the leaf while the Secret is gone or unreadable. In the last day of a leaf, the CA that issued it issues a new
 * one. It is unknown whether that CA is still trusted. But the new leaf is valid whenever the old one was, whatever
 * happened to this machine's clock, and the old one expires.
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
