import { parseBundle } from './bundle.ts';
import { type Authority, CLOCK_SKEW, issueLeaf } from './ca.ts';
import type { ServingFiles } from './renewal.ts';
import { LEAF_DAYS } from './rotation-plan.ts';
import { leafOf } from './serving.ts';

const DAY = 24 * 60 * 60 * 1000;

/**
 * What to serve with while nothing can be looked up: the Secret is gone, or the right to read it. In the last day of its life a leaf is issued anew by
 * the CA that issued it. Nobody knows whether that CA is still trusted; but the new leaf is good whenever the old one was, whatever happened to this
 * machine's clock, and the old one ends.
 */
export async function renewAlone(
  files: ServingFiles,
  issuer: Authority,
  names: readonly string[],
  now: Date,
): Promise<ServingFiles> {
  const { validFromDate, validToDate } = leafOf(files);
  const [ca] = parseBundle(issuer.cert);
  const isLast = ca !== undefined && validToDate >= ca.validToDate;
  if (isLast || validToDate.getTime() - now.getTime() > DAY) return files;
  const from = validFromDate.getTime() + CLOCK_SKEW;
  const days = Math.max(0, now.getTime() - from) / DAY + LEAF_DAYS;
  return issueLeaf(issuer, names, { now: new Date(from), days });
}
