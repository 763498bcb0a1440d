import { X509Certificate } from 'node:crypto';
import type { Sensitive } from '../engine/secret/sensitive.ts';

/** A serving certificate with its key and CA, as PEM. */
export interface ServingFiles {
  readonly cert: string;
  readonly key: Sensitive;
  readonly ca: string;
}

/**
 * The renewal time of a certificate, with a third of its life left, as in cert-manager. For a year, that leaves four
 * months to notice a failure. Throws if the text is not a certificate.
 */
export function renewalDate(certificate: string | X509Certificate): Date {
  const { validFromDate, validToDate } = new X509Certificate(certificate.toString());
  const [from, to] = [validFromDate.getTime(), validToDate.getTime()];
  return new Date(to - (to - from) / 3);
}
