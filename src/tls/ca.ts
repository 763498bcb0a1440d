import { X509Certificate } from 'node:crypto';
import { isIP, SocketAddress } from 'node:net';
import { generate } from 'selfsigned';
import { Sensitive } from '../engine/secret/sensitive.ts';
import type { ServingFiles } from './renewal.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** A caller whose clock is behind still takes a certificate that was made just now. Milliseconds. */
export const CLOCK_SKEW_MS = 60 * 60 * 1000;

/** selfsigned signs RSA with SHA-1 unless told otherwise. */
const KEY_OPTIONS = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const;

/** A CA with its key: what signs leaves. */
export interface CertificateAuthority {
  /** PEM. */
  readonly cert: string;
  readonly key: Sensitive;
}

interface Validity {
  readonly now: Date;
  readonly days: number;
}

/** A new CA. */
export async function createCa({ now, days }: Validity): Promise<CertificateAuthority> {
  // Two CAs of one name and different keys confuse path building, so each carries the time it was made.
  const subject = [{ name: 'commonName', value: `lockstep CA ${now.toISOString()}` }];
  const generated = await generate(subject, {
    ...KEY_OPTIONS,
    ...validityDates({ now, days }),
    extensions: [
      { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  // The library's text has no newline at its end, and such texts are put together.
  return { cert: new X509Certificate(generated.cert).toString(), key: Sensitive.fromText(generated.private) };
}

/** A serving certificate for these names and addresses. It never outlives its CA. */
export async function issueLeaf(
  ca: CertificateAuthority,
  names: readonly string[],
  { now, days }: Validity,
): Promise<ServingFiles> {
  const caExpiry = new X509Certificate(ca.cert).validToDate;
  const { notBeforeDate, notAfterDate } = validityDates({ now, days });
  const generated = await generate([{ name: 'commonName', value: 'lockstep' }], {
    ...KEY_OPTIONS,
    notBeforeDate,
    notAfterDate: new Date(Math.min(notAfterDate.getTime(), caExpiry.getTime())),
    ca: { cert: ca.cert, key: keyText(ca.key) },
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: names.map(subjectAltName) },
    ],
  });
  return { cert: generated.cert, key: Sensitive.fromText(generated.private), ca: ca.cert };
}

/** A CA that signs one leaf and is forgotten: nobody can sign with it again. */
export async function createServingFiles(
  names: readonly string[],
  validity: Validity,
): Promise<ServingFiles> {
  return issueLeaf(await createCa(validity), names, validity);
}

/** What a serving certificate is for: this machine, and the names by which a Service is called. */
export function servingNames(service: string, namespace: string, host?: string): readonly string[] {
  const names = [
    'localhost',
    '127.0.0.1',
    '::1',
    `${service}.${namespace}.svc`,
    `${service}.${namespace}.svc.cluster.local`,
    `${service}.${namespace}`,
    service,
  ];
  const isWildcard = host === undefined || host === '::' || host === '0.0.0.0';
  return isWildcard || names.includes(host) ? names : [...names, host];
}

/** `days` of selfsigned is without effect; these are not. */
function validityDates({ now, days }: Validity): { notBeforeDate: Date; notAfterDate: Date } {
  return {
    notBeforeDate: new Date(now.getTime() - CLOCK_SKEW_MS),
    notAfterDate: new Date(now.getTime() + days * DAY_MS),
  };
}

function subjectAltName(name: string): { type: 7; ip: string } | { type: 2; value: string } {
  const family = isIP(name);
  if (family === 0) return { type: 2, value: name };
  return { type: 7, ip: family === 6 ? new SocketAddress({ address: name, family: 'ipv6' }).address : name };
}

/** For the library that signs. */
function keyText(key: Sensitive): string {
  return key.withPlaintext(({ text }) => text ?? '');
}
