import type { X509Certificate } from 'node:crypto';
import { distinct, isWithinValidity } from './bundle.ts';
import { type CertificateAuthority, CLOCK_SKEW_MS } from './ca.ts';
import type { CaState, Signer } from './ca-state.ts';
import { type CaPropagation, isInAllBundles, isPropagated } from './propagation.ts';
import { renewalDate } from './renewal.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
export const CA_DAYS = 365;
/** A leaf can't be revoked, so its life is short. */
export const LEAF_DAYS = 7;
/**
 * The limit of previous CAs, because a Secret and a caBundle have a maximum size. Normally there is one, for a week
 * each year.
 */
const MAX_PREVIOUS = 8;

/** The input of the rotation plan, from one observation of the cluster. */
export interface CertificateState {
  /** By the clock of the API server, which checks the certificates. */
  readonly now: Date;
  /** Undefined if the Secret is gone. */
  readonly ca: CaState | undefined;
  /** The caBundle of every webhook, as text. */
  readonly bundles: readonly string[];
  /** The result of `validCasIn` for each. */
  readonly trusted: readonly (readonly X509Certificate[])[];
  readonly propagation: CaPropagation;
  /** The leaf that this replica serves, and the CA that issued it. */
  readonly leaf: { readonly cert: X509Certificate; readonly ca: X509Certificate } | undefined;
}

/** The next step. After each step the cluster is observed again. */
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
  /** Writes this caBundle into every webhook. */
  | { readonly kind: 'trust'; readonly bundle: string }
  | { readonly kind: 'issue'; readonly from: CertificateAuthority }
  /** No step is possible until the Secret is back. */
  | { readonly kind: 'wait' }
  | { readonly kind: 'rest' };

/**
 * The certificate rotation of a replica. There is no leader: from the same cluster, each replica decides the same.
 *
 *     Secret    ca.crt       C1 ───────────────────────┬─ C2 ──────────────────────
 *               next.crt              ┌─ C2 ───────────┘
 *               previous.crt          │                ┌─ C1 ───────────┐
 *     caBundle               C1 ──────┴┬─ C1 C2 ───────┴─ C2 C1 ────────┴┬─ C2 ────
 *     each leaf by           C1 ───────┼───────────────────┬─ C2 ────────┼─────────
 *                                      ├ all hold C2 for 2 min           │
 *                      243 of 365 days                 dated + 7 days and 1 hour
 *
 * No leaf is signed by a CA that a caBundle lacks. C2 signs only after all caBundles hold it. C1 leaves them after
 * every leaf that it can have signed has expired. The order is that of urgency. A step without a write right comes
 * before one that needs it, so leaves are renewed even without that right. Without the right to read,
 * offline-renewal.ts continues.
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

/**
 * The last leaf stays in use. A caBundle only grows here, so that replicas with leaves of two CAs do not undo each
 * other's writes.
 */
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
 * The next replica that sees a promotion dates it. A process may pause between its last look at the clock and its
 * write. A date before the promotion would remove the old CA before its last leaf expires.
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

/** Every CA whose leaf a replica may still serve. The caBundles still hold CAs that the Secret has lost. */
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
