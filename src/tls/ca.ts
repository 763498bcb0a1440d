import { X509Certificate } from 'node:crypto';
import { isIP, SocketAddress } from 'node:net';
import { generate } from 'selfsigned';
import { Sensitive } from '../engine/secret/sensitive.ts';
import type { ServingFiles } from './renewal.ts';

const DAY = 24 * 60 * 60 * 1000;
/** A caller whose clock is behind still takes a certificate that was made just now. Milliseconds. */
export const CLOCK_SKEW = 60 * 60 * 1000;

/** selfsigned signs RSA with SHA-1 unless told otherwise. */
const SIGNATURE = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const;

/** A CA with its key: what signs leaves. */
export interface Authority {
  /** PEM. */
  readonly cert: string;
  readonly key: Sensitive;
}

interface Life {
  readonly now: Date;
  readonly days: number;
}

/** A new CA. */
export async function makeAuthority({ now, days }: Life): Promise<Authority> {
  // Two CAs of one name and different keys confuse path building, so each carries the time it was made.
  const subject = [{ name: 'commonName', value: `lockstep CA ${now.toISOString()}` }];
  const made = await generate(subject, {
    ...SIGNATURE,
    ...datesOf({ now, days }),
    extensions: [
      { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  // The library's text has no newline at its end, and such texts are put together.
  return { cert: new X509Certificate(made.cert).toString(), key: Sensitive.fromText(made.private) };
}

/** A serving certificate for these names and addresses. It never outlives its CA. */
export async function issueLeaf(
  authority: Authority,
  names: readonly string[],
  { now, days }: Life,
): Promise<ServingFiles> {
  const most = new X509Certificate(authority.cert).validToDate;
  const { notBeforeDate, notAfterDate } = datesOf({ now, days });
  const made = await generate([{ name: 'commonName', value: 'lockstep' }], {
    ...SIGNATURE,
    notBeforeDate,
    notAfterDate: new Date(Math.min(notAfterDate.getTime(), most.getTime())),
    ca: { cert: authority.cert, key: plain(authority.key) },
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: names.map(alternativeName) },
    ],
  });
  return { cert: made.cert, key: Sensitive.fromText(made.private), ca: authority.cert };
}

/** A CA that signs one leaf and is forgotten: nobody can sign with it again. */
export async function makeServingFiles(names: readonly string[], life: Life): Promise<ServingFiles> {
  return issueLeaf(await makeAuthority(life), names, life);
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
function datesOf({ now, days }: Life): { notBeforeDate: Date; notAfterDate: Date } {
  return {
    notBeforeDate: new Date(now.getTime() - CLOCK_SKEW),
    notAfterDate: new Date(now.getTime() + days * DAY),
  };
}

function alternativeName(name: string): { type: 7; ip: string } | { type: 2; value: string } {
  const family = isIP(name);
  if (family === 0) return { type: 2, value: name };
  return { type: 7, ip: family === 6 ? new SocketAddress({ address: name, family: 'ipv6' }).address : name };
}

/** For the library that signs. */
function plain(key: Sensitive): string {
  return key.look(({ text }) => text ?? '');
}
