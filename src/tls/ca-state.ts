import { createPrivateKey, type X509Certificate } from 'node:crypto';
import { Sensitive } from '../engine/secret/sensitive.ts';
import { authoritiesIn, isInTime, parseBundle } from './bundle.ts';
import type { Authority } from './ca.ts';

/** The keys of the CA's Secret. `previous.crt` is a PEM bundle, `promoted-at` is RFC 3339; the others are one PEM each. */
type CaKey = 'ca.crt' | 'ca.key' | 'next.crt' | 'next.key' | 'previous.crt' | 'promoted-at';

/** What the Secret holds. It is shipped empty, and anybody who may write it may have put in anything. */
export type CaData = Readonly<Partial<Record<CaKey, Sensitive>>>;

/** What is to change of it; undefined takes a key away. */
export type CaChange = Readonly<Partial<Record<CaKey, Sensitive | undefined>>>;

/** A CA that leaves can be issued from. */
export interface Signer {
  readonly kind: 'usable';
  readonly cert: X509Certificate;
  readonly authority: Authority;
}

interface Unusable {
  readonly kind: 'unusable';
  /** Completes "a new CA is made, because …". */
  readonly why: string;
}

export interface CaState {
  readonly signer: Signer | Unusable;
  readonly next: Signer | Unusable;
  /** CAs that signed before, and that are in their time. */
  readonly previous: readonly X509Certificate[];
  /** What stands there: in garbage, CAs were lost. */
  readonly previousHolds: 'nothing' | 'certificates' | 'garbage';
  /** Undefined where it can't be read, or is yet to come. */
  readonly promotedAt: Date | undefined;
}

/** Makes sense of what the Secret holds. Never throws: garbage is one of the things that it can hold. */
export function caStateOf(data: CaData, now: Date): CaState {
  const previous = textOf(data['previous.crt']);
  return {
    signer: signerIn(data['ca.crt'], data['ca.key'], now),
    next: signerIn(data['next.crt'], data['next.key'], now),
    previous: authoritiesIn(previous, now),
    previousHolds: kindOf(previous),
    promotedAt: dateIn(textOf(data['promoted-at']), now),
  };
}

export function signerChange({ cert, key }: Authority): CaChange {
  return { 'ca.crt': Sensitive.fromText(cert), 'ca.key': key };
}

export function nextChange(authority: Authority | undefined): CaChange {
  return { 'next.crt': authority && Sensitive.fromText(authority.cert), 'next.key': authority?.key };
}

/** Without a date the CAs stay for as long as they are valid. */
export function previousChange(previous: readonly X509Certificate[], promotedAt?: Date): CaChange {
  const isEmpty = previous.length === 0;
  return {
    'previous.crt': isEmpty ? undefined : Sensitive.fromText(previous.map(String).join('')),
    'promoted-at': isEmpty || !promotedAt ? undefined : Sensitive.fromText(promotedAt.toISOString()),
  };
}

function signerIn(cert: Sensitive | undefined, key: Sensitive | undefined, now: Date): Signer | Unusable {
  const unusable = (why: string): Unusable => ({ kind: 'unusable', why });
  const pem = textOf(cert);
  if (pem === '' && textOf(key) === '') return unusable('there was none');
  const [ca] = attempt(() => parseBundle(pem)) ?? [];
  if (ca === undefined) return unusable('its certificate was none');
  // `checkIssued` of itself also asks for the key usage that signs certificates.
  if (!ca.ca || !ca.checkIssued(ca)) return unusable('its certificate was not that of a CA');
  if (!isInTime(ca, now)) {
    return unusable(`it was valid from ${ca.validFromDate.toISOString()} to ${ca.validToDate.toISOString()}`);
  }
  const privateKey = attempt(() => createPrivateKey(textOf(key)));
  // The library that signs is told that keys are of this kind.
  if (privateKey?.asymmetricKeyType !== 'ec')
    return unusable('its key was none, or of another kind than ECDSA');
  if (!ca.checkPrivateKey(privateKey)) return unusable('its key did not fit its certificate');
  return { kind: 'usable', cert: ca, authority: { cert: ca.toString(), key: key ?? Sensitive.fromText('') } };
}

function kindOf(bundle: string): CaState['previousHolds'] {
  if (bundle === '') return 'nothing';
  return attempt(() => parseBundle(bundle)) === undefined ? 'garbage' : 'certificates';
}

function dateIn(text: string, now: Date): Date | undefined {
  const date = new Date(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text) ? text : Number.NaN);
  return date <= now ? date : undefined;
}

function textOf(value: Sensitive | undefined): string {
  return value?.look(({ text, bytes }) => text ?? `${bytes.length} bytes that are no text`) ?? '';
}

function attempt<Result>(act: () => Result): Result | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
