import type { X509Certificate } from 'node:crypto';
import { distinct, isWithinValidity } from './bundle.ts';
import { type CertificateAuthority, CLOCK_SKEW_MS } from './ca.ts';
import type { CaState, Signer } from './ca-state.ts';
import { type CaPropagation, isInAllBundles, isPropagated } from './propagation.ts';
import { renewalDate } from './renewal.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
export const CA_DAYS = 365;
/** Nobody can revoke it, so it does not live long. */
export const LEAF_DAYS = 7;
/** So many CAs that signed before are kept at the most: a Secret and a caBundle have an end. In peace there is one, for a week a year. */
const MAX_PREVIOUS = 8;

/** All that is to be known, from one look at the cluster. */
export interface CertificateState {
  /** By the clock of the API server, because it is who checks the certificates. */
  readonly now: Date;
  /** Undefined: the Secret is gone. */
  readonly ca: CaState | undefined;
  /** The caBundle of every webhook, as text. */
  readonly bundles: readonly string[];
  /** What `authoritiesIn` finds in each. */
  readonly trusted: readonly (readonly X509Certificate[])[];
  readonly propagation: CaPropagation;
  /** What this replica serves with, and the CA that issued it. */
  readonly leaf: { readonly cert: X509Certificate; readonly ca: X509Certificate } | undefined;
}

/** What to do next. After each the cluster is looked at again. */
export type CertificateStep =
  | { readonly kind: 'make-signer'; readonly why: string; readonly previous: readonly X509Certificate[] }
  | { readonly kind: 'make-next' }
  | {
      readonly kind: 'promote';
      readonly next: CertificateAuthority;
      readonly previous: readonly X509Certificate[];
    }
  | {
      readonly kind: 'keep-previous';
      readonly previous: readonly X509Certificate[];
      readonly promotedAt?: Date;
    }
  /** Give every webhook this caBundle. */
  | { readonly kind: 'trust'; readonly bundle: string }
  | { readonly kind: 'issue'; readonly from: CertificateAuthority }
  /** Nothing can be done until the Secret is back. */
  | { readonly kind: 'wait' }
  | { readonly kind: 'rest' };

/**
 * What a replica does about the certificates, alone and without a leader: each decides the same from the same cluster.
 *
 *     Secret    ca.crt       C1 ───────────────────────┬─ C2 ──────────────────────
 *               next.crt              ┌─ C2 ───────────┘
 *               previous.crt          │                ┌─ C1 ───────────┐
 *     caBundle               C1 ──────┴┬─ C1 C2 ───────┴─ C2 C1 ────────┴┬─ C2 ────
 *     each leaf by           C1 ───────┼───────────────────┬─ C2 ────────┼─────────
 *                                      ├ all hold C2 for 2 min           │
 *                      243 of 365 days                 dated + 7 days and 1 hour
 *
 * No leaf is by a CA that a caBundle lacks: C2 signs only when all hold it, and C1 leaves when every leaf that it can have signed has expired.
 * The order is that of urgency. What needs no right to write comes before what does: with that right taken away, leaves are still renewed. With the
 * right to read taken away too, renew-alone.ts goes on.
 */
export function nextCertificateStep(state: CertificateState): CertificateStep {
  const { ca } = state;
  if (ca === undefined) return stepWithoutSecret(state);
  const { signer } = ca;
  if (signer.kind === 'unusable') return replaceSigner(ca, signer.reason, state);
  const usableState = { ...state, ca, signer };
  return (
    leafStep(usableState) ??
    repairPreviousStep(usableState) ??
    syncBundlesStep(usableState) ??
    expirePreviousStep(usableState) ??
    promoteNextStep(usableState) ??
    prepareNextStep(usableState) ?? { kind: 'rest' }
  );
}

interface UsableCertificateState extends CertificateState {
  readonly ca: CaState;
  readonly signer: Signer;
}

/** The last leaf serves on. A caBundle only grows here, so that replicas with leaves of two CAs do not undo each other's. */
function stepWithoutSecret({ now, bundles, trusted, leaf }: CertificateState): CertificateStep {
  const own = leaf !== undefined && isWithinValidity(leaf.cert, now) ? [leaf.ca] : [];
  const bundle = pemOf(distinct([...trusted.flat(), ...own]));
  return bundle !== '' && bundles.some((each) => each !== bundle)
    ? { kind: 'trust', bundle }
    : { kind: 'wait' };
}

function replaceSigner(ca: CaState, reason: string, state: CertificateState): CertificateStep {
  return ca.next.kind === 'usable'
    ? promoteStep(ca.next, ca, state)
    : { kind: 'make-signer', why: reason, previous: predecessors(ca, state) };
}

function leafStep({
  now,
  signer,
  trusted,
  leaf,
  propagation,
}: UsableCertificateState): CertificateStep | undefined {
  if (!isInAllBundles(signer.cert, trusted)) return undefined;
  const issueStep: CertificateStep = { kind: 'issue', from: signer.ca };
  if (leaf === undefined || !isWithinValidity(leaf.cert, now)) return issueStep;
  if (leaf.ca.fingerprint256 !== signer.cert.fingerprint256) {
    return isPropagated(propagation, signer.cert) || !isInAllBundles(leaf.ca, trusted)
      ? issueStep
      : undefined;
  }
  const canExtendValidity = leaf.cert.validToDate < signer.cert.validToDate;
  return canExtendValidity && now >= renewalDate(leaf.cert) ? issueStep : undefined;
}

function repairPreviousStep(usableState: UsableCertificateState): CertificateStep | undefined {
  if (usableState.ca.previousContent !== 'garbage') return undefined;
  return {
    kind: 'keep-previous',
    previous: predecessors(usableState.ca, usableState, usableState.signer.cert),
  };
}

function syncBundlesStep({ ca, signer, bundles }: UsableCertificateState): CertificateStep | undefined {
  const next = ca.next.kind === 'usable' ? [ca.next.cert] : [];
  const bundle = pemOf(distinct([signer.cert, ...next, ...ca.previous]).slice(0, 2 + MAX_PREVIOUS));
  return bundles.some((each) => each !== bundle) ? { kind: 'trust', bundle } : undefined;
}

/**
 * A promotion is dated by who sees it next: a process may be paused between its last look at the clock and its write, and a date before the
 * promotion would let the old CA go before the last leaf of it.
 */
function expirePreviousStep({ now, ca }: UsableCertificateState): CertificateStep | undefined {
  const { previous, previousContent, promotedAt } = ca;
  if (previousContent === 'nothing') return undefined;
  if (previous.length === 0) return { kind: 'keep-previous', previous };
  if (promotedAt === undefined) return { kind: 'keep-previous', previous, promotedAt: now };
  const expiryMs = promotedAt.getTime() + LEAF_DAYS * DAY_MS + CLOCK_SKEW_MS;
  return now.getTime() >= expiryMs ? { kind: 'keep-previous', previous: [] } : undefined;
}

function promoteNextStep(usableState: UsableCertificateState): CertificateStep | undefined {
  const { next } = usableState.ca;
  return next.kind === 'usable' && isPropagated(usableState.propagation, next.cert)
    ? promoteStep(next, usableState.ca, usableState)
    : undefined;
}

function prepareNextStep({ now, ca, signer }: UsableCertificateState): CertificateStep | undefined {
  return ca.next.kind === 'unusable' && now >= renewalDate(signer.cert) ? { kind: 'make-next' } : undefined;
}

function promoteStep(next: Signer, ca: CaState, state: CertificateState): CertificateStep {
  return { kind: 'promote', next: next.ca, previous: predecessors(ca, state, next.cert) };
}

/** Every CA that some replica may hold a leaf of: what the Secret has lost, the caBundles still tell. */
function predecessors(
  { signer, previous }: CaState,
  { now, trusted, leaf }: CertificateState,
  successor?: X509Certificate,
): X509Certificate[] {
  const candidates = [
    ...(leaf !== undefined && isWithinValidity(leaf.cert, now) ? [leaf.ca] : []),
    ...(signer.kind === 'usable' ? [signer.cert] : []),
    ...previous,
    ...trusted.flat(),
  ];
  return distinct(candidates)
    .filter(({ fingerprint256 }) => fingerprint256 !== successor?.fingerprint256)
    .slice(0, MAX_PREVIOUS);
}

const pemOf = (certificates: readonly X509Certificate[]): string => certificates.map(String).join('');
