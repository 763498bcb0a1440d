import type { X509Certificate } from 'node:crypto';
import { distinct, isInTime } from './bundle.ts';
import { type Authority, CLOCK_SKEW } from './ca.ts';
import type { CaState, Signer } from './ca-state.ts';
import { isHeld, isSettled, type Seen } from './propagation.ts';
import { renewalDate } from './renewal.ts';

const DAY = 24 * 60 * 60 * 1000;
export const CA_DAYS = 365;
/** Nobody can revoke it, so it does not live long. */
export const LEAF_DAYS = 7;
/** So many CAs that signed before are kept at the most: a Secret and a caBundle have an end. In peace there is one, for a week a year. */
const PREVIOUS_AT_MOST = 8;

/** All that is to be known, from one look at the cluster. */
export interface Situation {
  /** By the clock of the API server, because it is who checks the certificates. */
  readonly now: Date;
  /** Undefined: the Secret is gone. */
  readonly ca: CaState | undefined;
  /** The caBundle of every webhook, as text. */
  readonly bundles: readonly string[];
  /** What `authoritiesIn` finds in each. */
  readonly trusted: readonly (readonly X509Certificate[])[];
  readonly seen: Seen;
  /** What this replica serves with, and the CA that issued it. */
  readonly leaf: { readonly cert: X509Certificate; readonly ca: X509Certificate } | undefined;
}

/** What to do next. After each the cluster is looked at again. */
export type Step =
  | { readonly kind: 'make-signer'; readonly why: string; readonly previous: readonly X509Certificate[] }
  | { readonly kind: 'make-next' }
  | { readonly kind: 'promote'; readonly next: Authority; readonly previous: readonly X509Certificate[] }
  | {
      readonly kind: 'keep-previous';
      readonly previous: readonly X509Certificate[];
      readonly promotedAt?: Date;
    }
  /** Give every webhook this caBundle. */
  | { readonly kind: 'trust'; readonly bundle: string }
  | { readonly kind: 'issue'; readonly from: Authority }
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
export function nextStep(situation: Situation): Step {
  const { ca } = situation;
  if (ca === undefined) return withoutSecret(situation);
  const { signer } = ca;
  if (signer.kind === 'unusable') return replaceSigner(ca, signer.why, situation);
  const known = { ...situation, ca, signer };
  return (
    leafIsDue(known) ??
    previousIsBroken(known) ??
    bundlesDiffer(known) ??
    previousIsOver(known) ??
    nextIsReady(known) ??
    signerAges(known) ?? { kind: 'rest' }
  );
}

interface Known extends Situation {
  readonly ca: CaState;
  readonly signer: Signer;
}

/** The last leaf serves on. A caBundle only grows here, so that replicas with leaves of two CAs do not undo each other's. */
function withoutSecret({ now, bundles, trusted, leaf }: Situation): Step {
  const own = leaf !== undefined && isInTime(leaf.cert, now) ? [leaf.ca] : [];
  const bundle = pemOf(distinct([...trusted.flat(), ...own]));
  return bundle !== '' && bundles.some((each) => each !== bundle)
    ? { kind: 'trust', bundle }
    : { kind: 'wait' };
}

function replaceSigner(ca: CaState, why: string, situation: Situation): Step {
  return ca.next.kind === 'usable'
    ? promotion(ca.next, ca, situation)
    : { kind: 'make-signer', why, previous: predecessors(ca, situation) };
}

function leafIsDue({ now, signer, trusted, leaf, seen }: Known): Step | undefined {
  if (!isHeld(signer.cert, trusted)) return undefined;
  const issue: Step = { kind: 'issue', from: signer.authority };
  if (leaf === undefined || !isInTime(leaf.cert, now)) return issue;
  if (leaf.ca.fingerprint256 !== signer.cert.fingerprint256) {
    return isSettled(seen, signer.cert) || !isHeld(leaf.ca, trusted) ? issue : undefined;
  }
  const gainsTime = leaf.cert.validToDate < signer.cert.validToDate;
  return gainsTime && now >= renewalDate(leaf.cert) ? issue : undefined;
}

function previousIsBroken(known: Known): Step | undefined {
  if (known.ca.previousHolds !== 'garbage') return undefined;
  return { kind: 'keep-previous', previous: predecessors(known.ca, known, known.signer.cert) };
}

function bundlesDiffer({ ca, signer, bundles }: Known): Step | undefined {
  const next = ca.next.kind === 'usable' ? [ca.next.cert] : [];
  const bundle = pemOf(distinct([signer.cert, ...next, ...ca.previous]).slice(0, 2 + PREVIOUS_AT_MOST));
  return bundles.some((each) => each !== bundle) ? { kind: 'trust', bundle } : undefined;
}

/**
 * A promotion is dated by who sees it next: a process may be paused between its last look at the clock and its write, and a date before the
 * promotion would let the old CA go before the last leaf of it.
 */
function previousIsOver({ now, ca }: Known): Step | undefined {
  const { previous, previousHolds, promotedAt } = ca;
  if (previousHolds === 'nothing') return undefined;
  if (previous.length === 0) return { kind: 'keep-previous', previous };
  if (promotedAt === undefined) return { kind: 'keep-previous', previous, promotedAt: now };
  const over = promotedAt.getTime() + LEAF_DAYS * DAY + CLOCK_SKEW;
  return now.getTime() >= over ? { kind: 'keep-previous', previous: [] } : undefined;
}

function nextIsReady(known: Known): Step | undefined {
  const { next } = known.ca;
  return next.kind === 'usable' && isSettled(known.seen, next.cert)
    ? promotion(next, known.ca, known)
    : undefined;
}

function signerAges({ now, ca, signer }: Known): Step | undefined {
  return ca.next.kind === 'unusable' && now >= renewalDate(signer.cert) ? { kind: 'make-next' } : undefined;
}

function promotion(next: Signer, ca: CaState, situation: Situation): Step {
  return { kind: 'promote', next: next.authority, previous: predecessors(ca, situation, next.cert) };
}

/** Every CA that some replica may hold a leaf of: what the Secret has lost, the caBundles still tell. */
function predecessors(
  { signer, previous }: CaState,
  { now, trusted, leaf }: Situation,
  successor?: X509Certificate,
): X509Certificate[] {
  const all = [
    ...(leaf !== undefined && isInTime(leaf.cert, now) ? [leaf.ca] : []),
    ...(signer.kind === 'usable' ? [signer.cert] : []),
    ...previous,
    ...trusted.flat(),
  ];
  return distinct(all)
    .filter(({ fingerprint256 }) => fingerprint256 !== successor?.fingerprint256)
    .slice(0, PREVIOUS_AT_MOST);
}

const pemOf = (certificates: readonly X509Certificate[]): string => certificates.map(String).join('');
