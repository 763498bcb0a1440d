import type { X509Certificate } from 'node:crypto';
import { isConflict, LockstepError } from '../errors.ts';
import type { ApiClock, Dated } from '../server-clock.ts';
import { authoritiesIn, parseBundle } from './bundle.ts';
import { type Authority, issueLeaf, makeAuthority } from './ca.ts';
import {
  type CaChange,
  type CaData,
  type CaState,
  caStateOf,
  nextChange,
  previousChange,
  signerChange,
} from './ca-state.ts';
import { renewAlone } from './offline-renewal.ts';
import { lookAgain, type Seen } from './propagation.ts';
import type { ServingFiles } from './renewal.ts';
import { CA_DAYS, LEAF_DAYS, nextStep, type Situation, type Step } from './rotation-plan.ts';
import { leafOf } from './serving.ts';
import { contest } from './undo-detector.ts';

/** More than any sequence of steps is long. Where somebody else undoes each one, the next look is soon enough. */
const STEPS_AT_MOST = 10;

/** What others can undo. */
const WRITES: readonly Step['kind'][] = ['make-signer', 'make-next', 'promote', 'keep-previous', 'trust'];

/** A look takes at most three calls of ten seconds. Milliseconds. */
const STALE = 60 * 1000;

/** One webhook configuration: the PEM text of each of its webhooks' caBundle. */
export interface Trusting {
  readonly bundles: readonly { readonly pem: string }[];
}

export interface KeeperNeeds<Secret extends { readonly data: CaData }, Configuration extends Trusting> {
  readonly clock: ApiClock;
  /** Names and addresses of the leaf. */
  readonly names: readonly string[];
  /** `NAMESPACE/NAME` of the CA's Secret. */
  readonly caName: string;
  /** Undefined where the Secret is gone. */
  readonly readCa: () => Promise<Dated & { readonly secret: Secret | undefined }>;
  /** Rejects with CLUSTER_CONFLICT where the Secret is no longer the one that was read. */
  readonly writeCa: (read: Secret, change: CaChange) => Promise<void>;
  /** Of a configuration that is gone nobody asks, so it is left out. */
  readonly readTrusting: () => Promise<Dated & { readonly configurations: readonly Configuration[] }>;
  /** Rejects with CLUSTER_CONFLICT where the configuration is no longer the one that was read. */
  readonly writeTrusting: (read: Configuration, pem: string) => Promise<void>;
  /** Called after each step that changed something in the cluster, and no more for one that somebody undoes again and again. */
  readonly did: (step: Step) => void;
}

export interface Keeper {
  /** Looks once, and does all that is to be done. Rejects with what went wrong: a LockstepError, or whatever a call threw. */
  readonly look: () => Promise<void>;
  /** What to serve with; undefined until there is one. */
  readonly files: () => ServingFiles | undefined;
  /** When the CA in the Secret ends, as last seen. */
  readonly caExpiry: () => Date | undefined;
}

/** Gathers, decides (upkeep.ts) and acts, step by step, until there is nothing left to do. */
export function keeper<Secret extends { readonly data: CaData }, Configuration extends Trusting>(
  needs: KeeperNeeds<Secret, Configuration>,
): Keeper {
  let seen: Seen | undefined;
  let files: ServingFiles | undefined;
  let issuer: Authority | undefined;
  let caExpiry: Date | undefined;
  const writes = contest();

  /**
   * The configurations are read before the Secret. A process may be paused between any two lines, for weeks: what it then knows of the Secret is at
   * worst as old as the resourceVersion that its write to a configuration must meet, so it can't take back a CA that has come since. And the time is
   * that of the Secret's answer: a leaf issued however much later ends as if it had been issued while that CA was in the Secret.
   */
  async function gather() {
    const { clock, readTrusting, readCa } = needs;
    const began = clock.local();
    const { configurations, date: earlier } = await clock.listen(readTrusting);
    const before = earlier ?? clock.now();
    const { secret, date } = await clock.listen(readCa);
    const now = date ?? before;

    const ca = secret && caStateOf(secret.data, now);
    const bundles = configurations.flatMap((each) => each.bundles.map(({ pem }) => pem));
    const trusted = [...new Set(bundles)].map((bundle) => authoritiesIn(bundle, now));
    seen = lookAgain(seen, signersOf(ca), trusted, now);
    const situation: Situation = { now, ca, bundles, trusted, seen, leaf: files && partsOf(files) };
    return { began, situation, secret, configurations };
  }

  async function act(step: Step, { situation, secret, configurations }: Awaited<ReturnType<typeof gather>>) {
    const { now } = situation;
    const write = async (...changes: readonly CaChange[]): Promise<void> => {
      if (secret !== undefined) await needs.writeCa(secret, Object.assign({}, ...changes));
    };
    const authority = () => makeAuthority({ now, days: CA_DAYS });
    switch (step.kind) {
      case 'make-signer':
        return write(signerChange(await authority()), nextChange(undefined), previousChange(step.previous));
      case 'make-next':
        return write(nextChange(await authority()));
      case 'promote':
        return write(signerChange(step.next), nextChange(undefined), previousChange(step.previous));
      case 'keep-previous':
        return write(previousChange(step.previous, step.promotedAt));
      case 'trust':
        for (const each of configurations) {
          if (each.bundles.some(({ pem }) => pem !== step.bundle))
            await needs.writeTrusting(each, step.bundle);
        }
        return;
      case 'issue':
        files = await issueLeaf(step.from, needs.names, { now, days: LEAF_DAYS });
        issuer = step.from;
        return;
      case 'wait':
        throw new LockstepError('CA_SECRET_NOT_FOUND', [needs.caName]);
      case 'rest':
        return;
      default:
        return step satisfies never;
    }
  }

  /** After a pause in the middle, what was decided was right for then. */
  const isOfNow = (began: Date): boolean => Math.abs(needs.clock.local().getTime() - began.getTime()) < STALE;

  async function look(): Promise<void> {
    try {
      await untilRest();
    } catch (error) {
      if (files !== undefined && issuer !== undefined) {
        files = await renewAlone(files, issuer, needs.names, needs.clock.now());
      }
      throw error;
    }
  }

  async function untilRest(): Promise<void> {
    let undone: Step['kind'] | undefined;
    let hasWritten = false;
    for (let steps = 0; steps < STEPS_AT_MOST; steps += 1) {
      const gathered = await gather();
      caExpiry = expiryOf(gathered.situation.ca) ?? caExpiry;
      const step = nextStep(gathered.situation);
      if (step.kind === 'rest' && isOfNow(gathered.began)) {
        if (!hasWritten) writes.rested();
        undone = writes.undone();
        break;
      }
      const isDone = await attempt(step, gathered);
      if (!WRITES.includes(step.kind)) continue;
      undone = step.kind;
      if (!isDone) continue;
      hasWritten = true;
      if (writes.wrote(step.kind)) needs.did(step);
    }
    if (undone !== undefined) throw contested(undone);
  }

  /** False where another replica, or whoever it was, wrote first: what it did is seen at the next look. */
  async function attempt(step: Step, gathered: Awaited<ReturnType<typeof gather>>): Promise<boolean> {
    try {
      await act(step, gathered);
      return true;
    } catch (error) {
      if (isConflict(error)) return false;
      throw error;
    }
  }

  function contested(kind: Step['kind']): LockstepError {
    const what = kind === 'trust' ? 'caBundle of the webhook configurations' : `Secret ${needs.caName}`;
    return new LockstepError('CERTIFICATE_CONFLICT', [what]);
  }

  return { look, files: () => files, caExpiry: () => caExpiry };
}

function signersOf(ca: CaState | undefined): X509Certificate[] {
  if (ca === undefined) return [];
  return [ca.signer, ca.next].flatMap((each) => (each.kind === 'usable' ? [each.cert] : []));
}

function partsOf(files: ServingFiles): NonNullable<Situation['leaf']> {
  const [ca] = parseBundle(files.ca);
  if (ca === undefined) throw new Error('a leaf without its CA');
  return { cert: leafOf(files), ca };
}

function expiryOf(ca: CaState | undefined): Date | undefined {
  return ca?.signer.kind === 'usable' ? ca.signer.cert.validToDate : undefined;
}
