import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { Sensitive } from '../engine/sensitive.ts';
import { parseBundle } from './bundle.ts';

/** A serving certificate and what belongs to it, as PEM. */
export interface ServingFiles {
  readonly cert: string;
  readonly key: Sensitive;
  readonly ca: string;
}

/**
 * Why these files should be made anew before they serve as `host`; undefined where they are good for longer. At a third of its life
 * left a certificate is renewed, as cert-manager does: of a year that leaves four months to notice.
 */
export function whyRenew(files: ServingFiles, host: string, now: Date): string | undefined {
  const cert = read(() => new X509Certificate(files.cert));
  if (cert === undefined) return 'its tls.crt is no certificate';
  const authorities = read(() => parseBundle(files.ca));
  if (authorities === undefined) return 'its ca.crt is no certificate';
  if (!authorities.some((ca) => signs(ca, cert))) return 'its ca.crt did not sign its tls.crt';
  if (!fits(cert, files.key)) return 'its tls.key does not fit its tls.crt';
  // Go reads no CommonName (since 1.15), and the API server is written in Go.
  if (cert.checkHost(host, { subject: 'never' }) === undefined) return `its certificate is not for ${host}`;
  return age(cert, now) ?? authorities.map((ca) => age(ca, now)).find((reason) => reason !== undefined);
}

/** When `whyRenew` will first say that a certificate's time is short. */
export function renewalDate(certificate: string): Date {
  const { from, to } = life(new X509Certificate(certificate));
  return new Date(to - (to - from) / 3);
}

function age(certificate: X509Certificate, now: Date): string | undefined {
  const { from, to } = life(certificate);
  if (now.getTime() < from) return `it is valid only from ${certificate.validFrom}`;
  if (now.getTime() >= to) return `it ran out on ${certificate.validTo}`;
  if (to - now.getTime() <= (to - from) / 3) return `it runs out on ${certificate.validTo}`;
  return undefined;
}

function life(certificate: X509Certificate): { from: number; to: number } {
  return { from: Date.parse(certificate.validFrom), to: Date.parse(certificate.validTo) };
}

function signs(ca: X509Certificate, cert: X509Certificate): boolean {
  return cert.checkIssued(ca) && cert.verify(ca.publicKey);
}

function fits(cert: X509Certificate, key: Sensitive): boolean {
  return key.look(({ text }) => {
    const pair = read(() => createPrivateKey(text ?? ''));
    return pair !== undefined && cert.checkPrivateKey(pair);
  });
}

function read<Read>(parse: () => Read): Read | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
