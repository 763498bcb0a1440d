import { X509Certificate } from 'node:crypto';
import { isIP, SocketAddress } from 'node:net';
import { Sensitive } from '../engine/secret/sensitive.ts';
import type { ServingFiles } from './serving.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** A client whose clock is behind still accepts a new certificate. */
export const CLOCK_SKEW_MS = 60 * 60 * 1000;

/** selfsigned signs RSA with SHA-1 by default. */
const KEY_OPTIONS = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const;

/** A CA with its key. It signs leaves. */
export interface CertificateAuthority {
  /** PEM. */
  readonly cert: string;
  readonly key: Sensitive;
}

interface Validity {
  readonly now: Date;
  readonly days: number;
}

export async function createCa({ now, days }: Validity): Promise<CertificateAuthority> {
  // Two CAs with one name and different keys confuse path building. So each name contains its creation time.
  const subject = [{ name: 'commonName', value: `lockstep CA ${now.toISOString()}` }];
  const { generate } = await import('./signed-certificate.ts');
  const generated = await generate(subject, {
    ...KEY_OPTIONS,
    ...validityDates({ now, days }),
    extensions: [
      { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  // The library's text has no newline at its end, and such texts are joined.
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
  const { generate } = await import('./signed-certificate.ts');
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

/** The CA signs one leaf, and its key is dropped: nothing can be signed with it again. */
export async function createServingFiles(
  names: readonly string[],
  validity: Validity,
): Promise<ServingFiles> {
  return issueLeaf(await createCa(validity), names, validity);
}

/** The names of a serving certificate: this machine, and the names of the Service. */
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

/** The option `days` of selfsigned has no effect, but these dates do. */
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

/** For the signing library. */
function keyText(key: Sensitive): string {
  return key.withPlaintext(({ text }) => text ?? '');
}
