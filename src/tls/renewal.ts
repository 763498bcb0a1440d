import { X509Certificate } from 'node:crypto';
import type { Sensitive } from '../engine/secret/sensitive.ts';

/** A serving certificate and what belongs to it, as PEM. */
export interface ServingFiles {
  readonly cert: string;
  readonly key: Sensitive;
  readonly ca: string;
}

/**
 * When a certificate is renewed: with a third of its life left, as cert-manager does. Of a year that leaves four months to notice.
 * Throws where it is no certificate.
 */
export function renewalDate(certificate: string | X509Certificate): Date {
  const { validFromDate, validToDate } = new X509Certificate(certificate.toString());
  const [from, to] = [validFromDate.getTime(), validToDate.getTime()];
  return new Date(to - (to - from) / 3);
}
