import type { ReconcileResult, SecretReconcilerNeeds } from '../../controllers/secret/reconciler.ts';
import {
  type ChangeRequestOutcome,
  changeRequestOutcome,
} from '../../engine/credential/change/change-request.ts';
import { isCriticalSection } from '../../engine/credential/change/phases.ts';
import type { WaitStatus } from '../../engine/credential/status/wait-status.ts';
import type { SecretRecord } from '../../engine/record/record.ts';
import type { SecretRef } from '../../kube/secrets/stored-secrets.ts';
import { reconcileOnce } from '../secret-session/reconcile-once.ts';
import type { ProgressView } from './progress-view.ts';

export interface FollowChangeNeeds extends Pick<SecretReconcilerNeeds, 'readRecord'> {
  /** True if a controller leads. Undefined if this user may not know. */
  readonly isLed: () => Promise<boolean | undefined>;
  /** Reconciles the Secret once, if no controller leads. */
  readonly reconcile: () => Promise<ReconcileResult>;
  /** The wait status, from the controller or from `reconcile`. */
  readonly waitStatus: (isLed: boolean) => Promise<WaitStatus>;
  /** The progress of a workload's pods. Undefined if it is unknown. */
  readonly podsOf: (workload: string) => Promise<string | undefined>;
  readonly view: ProgressView;
  /** Ends early after a request to stop. */
  readonly pause: (milliseconds: number) => Promise<unknown>;
  /** True after a request to stop. The change stops at a point where no client is locked out. */
  readonly isStopRequested: () => boolean;
  /** Milliseconds from any start. */
  readonly clock: () => number;
  /** The longest time without progress, in milliseconds. */
  readonly timeout: number;
  /** The additional time while volumes receive the change, in milliseconds. */
  readonly propagation?: number;
}

export type FollowResult =
  | ChangeRequestOutcome
  /** No more work happens here. `sentence` gives the reason. */
  | { readonly kind: 'stopped'; readonly sentence: string }
  /** The user asked to stop. */
  | { readonly kind: 'left'; readonly isLed: boolean };

/** The interval between reads while a controller works. */
const POLL_INTERVAL_MS = 1000;
/** The longest pause between two reconciles of this process. */
const MAX_WAIT_MS = 5000;

/**
 * Waits while the controller executes a change request, or executes it if no controller leads. A controller that starts
 * in the middle does no harm: every write is conditional, so each step happens once. `from` is the record with the
 * request or with a change in progress. Throws LockstepError.
 */
export async function followChange(
  ref: SecretRef,
  from: SecretRecord,
  needs: FollowChangeNeeds,
): Promise<FollowResult> {
  const { readRecord, view, clock, timeout, propagation = 0, isStopRequested, pause } = needs;
  let lastProgress = '';
  let lastProgressAt = clock();
  let isIdle = false;
  for (;;) {
    const lookup = await readRecord(ref);
    if (lookup.kind !== 'read') return stopped('its record is gone, and the request with it');
    const { record } = lookup;
    const isLed = (await needs.isLed()) === true;
    const { notReadyReason, waitingFor } = await needs.waitStatus(isLed);
    view.update(record, { waits: waitingFor, pods: await podsOf(record, needs) });
    const end = record.login && from.login && changeRequestOutcome(from.login, record.login);
    if (end !== undefined) return end;
    if (notReadyReason !== undefined) return stopped(notReadyReason);
    if (isStopRequested() && (isLed || !isInCriticalSection(record))) return { kind: 'left', isLed };
    const progress = progressKey(record, waitingFor);
    if (progress !== lastProgress) lastProgressAt = clock();
    lastProgress = progress;
    const isDraining = record.login?.change?.phase.endsWith('drain') === true;
    if (clock() - lastProgressAt > timeout + (isDraining ? propagation : 0))
      return stopped(stallReason(waitingFor, view));
    const wait = isLed ? POLL_INTERVAL_MS : await reconcileOnce(needs.reconcile);
    if (wait === undefined && isIdle)
      return stopped('no work is left for it: lockstep history shows the result');
    isIdle = wait === undefined;
    await pause(Math.min(wait ?? 0, MAX_WAIT_MS));
  }
}

const stopped = (sentence: string): FollowResult => ({ kind: 'stopped', sentence });

function stallReason(waits: string | undefined, view: ProgressView): string {
  if (waits === undefined) return 'there was no progress for a long time';
  return view.hasPrinted(waits) ? 'that took longer than --timeout' : waits;
}

/** Between COMMIT and publish, clients that read the Secret can't log in. */
const isInCriticalSection = ({ login }: SecretRecord): boolean =>
  login?.change !== undefined && isCriticalSection(login.change);

/** The text differs after each progress. */
const progressKey = ({ login, rollout, versions }: SecretRecord, waits: string | undefined): string =>
  [
    login?.change?.id,
    login?.change?.phase,
    rollout?.current?.workload,
    rollout?.done.size,
    versions.at(-1)?.number,
    waits,
  ].join(' ');

async function podsOf({ rollout }: SecretRecord, needs: FollowChangeNeeds): Promise<string | undefined> {
  const workload = rollout?.current?.workload;
  return workload === undefined ? undefined : await needs.podsOf(workload);
}
