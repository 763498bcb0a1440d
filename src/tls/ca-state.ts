import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto';
import { Sensitive } from '../engine/secret/sensitive.ts';
import { isWithinValidity, tryParseBundle, validCasIn } from './bundle.ts';
import type { CertificateAuthority } from './ca.ts';

/**
 * The keys of the CA's Secret. `previous.crt` is a PEM bundle, and `promoted-at` is RFC 3339. Each other key holds one
 * PEM block.
 */
type CaKey = 'ca.crt' | 'ca.key' | 'next.crt' | 'next.key' | 'previous.crt' | 'promoted-at';

/** The data of the Secret. It is empty at installation, and any client with write access may have put in anything. */
export type CaData = Readonly<Partial<Record<CaKey, Sensitive>>>;

/** A change of the data. An undefined value removes the key. */
export type CaUpdate = Readonly<Partial<Record<CaKey, Sensitive | undefined>>>;

/** A CA that can issue leaves. */
export interface Signer {
  readonly kind: 'usable';
  readonly cert: X509Certificate;
  readonly ca: CertificateAuthority;
}

interface UnusableSigner {
  readonly kind: 'unusable';
  /** Completes "a new CA is made, because …". */
  readonly reason: string;
}

export interface CaState {
  readonly signer: Signer | UnusableSigner;
  readonly next: Signer | UnusableSigner;
  /** CAs that signed earlier, and are still valid. */
  readonly previous: readonly X509Certificate[];
  /** The kind of the stored content. With garbage, CAs were lost. */
  readonly previousContent: 'nothing' | 'certificates' | 'garbage';
  /** Undefined if it can't be read, or lies in the future. */
  readonly promotedAt: Date | undefined;
}

/** Interprets the data of the Secret. Never throws, because the data may be garbage. */
export function caStateOf(data: CaData, now: Date): CaState {
  const previous = textOf(data['previous.crt']);
  return {
    signer: readSigner(data['ca.crt'], data['ca.key'], now),
    next: readSigner(data['next.crt'], data['next.key'], now),
    previous: validCasIn(previous, now),
    previousContent: contentOfBundle(previous),
    promotedAt: parseDate(textOf(data['promoted-at']), now),
  };
}

export function signerUpdate({ cert, key }: CertificateAuthority): CaUpdate {
  return { 'ca.crt': Sensitive.fromText(cert), 'ca.key': key };
}

export function nextUpdate(ca: CertificateAuthority | undefined): CaUpdate {
  return { 'next.crt': ca && Sensitive.fromText(ca.cert), 'next.key': ca?.key };
}

/** Without a date the CAs stay as long as they are valid. */
export function previousUpdate(previous: readonly X509Certificate[], promotedAt?: Date): CaUpdate {
  const isEmpty = previous.length === 0;
  return {
    'previous.crt': isEmpty ? undefined : Sensitive.fromText(previous.map(String).join('')),
    'promoted-at': isEmpty || !promotedAt ? undefined : Sensitive.fromText(promotedAt.toISOString()),
  };
}

function readSigner(
  cert: Sensitive | undefined,
  key: Sensitive | undefined,
  now: Date,
): Signer | UnusableSigner {
  const unusable = (reason: string): UnusableSigner => ({ kind: 'unusable', reason });
  const pem = textOf(cert);
  if (pem === '' && textOf(key) === '') return unusable('there was none');
  const [certificate] = tryParseBundle(pem);
  if (certificate === undefined) return unusable('its certificate was none');
  // `checkIssued` with the certificate itself also checks the key usage that signs certificates.
  if (!certificate.ca || !certificate.checkIssued(certificate))
    return unusable('its certificate was not that of a CA');
  if (!isWithinValidity(certificate, now)) {
    return unusable(
      `it was valid from ${certificate.validFromDate.toISOString()} to ${certificate.validToDate.toISOString()}`,
    );
  }
  const privateKey = tryParseKey(textOf(key));
  // The signing library is configured for keys of this kind.
  if (privateKey?.asymmetricKeyType !== 'ec')
    return unusable('its key was none, or of another kind than ECDSA');
  if (!certificate.checkPrivateKey(privateKey)) return unusable('its key did not fit its certificate');
  return {
    kind: 'usable',
    cert: certificate,
    ca: { cert: certificate.toString(), key: key ?? Sensitive.fromText('') },
  };
}

function contentOfBundle(bundle: string): CaState['previousContent'] {
  if (bundle === '') return 'nothing';
  return tryParseBundle(bundle).length === 0 ? 'garbage' : 'certificates';
}

function parseDate(text: string, now: Date): Date | undefined {
  const date = new Date(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text) ? text : Number.NaN);
  return date <= now ? date : undefined;
}

function textOf(value: Sensitive | undefined): string {
  return value?.withPlaintext(({ text, bytes }) => text ?? `${bytes.length} bytes that are no text`) ?? '';
}

function tryParseKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}
