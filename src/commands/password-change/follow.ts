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
  /** A controller does what there is to do; undefined where this user may not know. */
  readonly isLed: () => Promise<boolean | undefined>;
  /** One step of the Secret, where none does. */
  readonly reconcile: () => Promise<ReconcileResult>;
  /** What is said of it meanwhile, by the controller or by `reconcile`. */
  readonly waitStatus: (isLed: boolean) => Promise<WaitStatus>;
  /** How far the pods of a workload are; undefined where nobody can say. */
  readonly podsOf: (workload: string) => Promise<string | undefined>;
  readonly view: ProgressView;
  /** Ends early where somebody wants it to end. */
  readonly pause: (milliseconds: number) => Promise<unknown>;
  /** Somebody wants it to end: it does where nobody is locked out by that. */
  readonly isStopRequested: () => boolean;
  /** Milliseconds, from any moment on. */
  readonly clock: () => number;
  /** What may pass between two things that happen. Milliseconds. */
  readonly timeout: number;
  /** The further time where volumes are waited for. Milliseconds. */
  readonly propagation?: number;
}

export type FollowResult =
  | ChangeRequestOutcome
  /** Nothing more is done here. `sentence` says why. */
  | { readonly kind: 'stopped'; readonly sentence: string }
  /** Because somebody wanted it to end. */
  | { readonly kind: 'left'; readonly isLed: boolean };

/** Between two looks at what a controller does. Milliseconds. */
const POLL_INTERVAL_MS = 1000;
/** What somebody waits at most between two steps of his own. Milliseconds. */
const MAX_WAIT_MS = 5000;

/**
 * Waits while the controller carries a wish out, or does it where none leads: one that comes in the middle and this do each step once, since every write is
 * conditional. `from`: the record with the wish in it, or in the middle of a change. Throws LockstepError.
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
    if (lookup.kind !== 'read') return stopped('its record is gone, and with it what was asked for');
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
      return stopped('nothing more is done for it: lockstep history tells what was');
    isIdle = wait === undefined;
    await pause(Math.min(wait ?? 0, MAX_WAIT_MS));
  }
}

const stopped = (sentence: string): FollowResult => ({ kind: 'stopped', sentence });

function stallReason(waits: string | undefined, view: ProgressView): string {
  if (waits === undefined) return 'nothing has happened for a long time';
  return view.hasPrinted(waits) ? 'that took longer than --timeout' : waits;
}

/** Between COMMIT and publication nobody may get in who reads the Secret. */
const isInCriticalSection = ({ login }: SecretRecord): boolean =>
  login?.change !== undefined && isCriticalSection(login.change);

/** Another text where something has happened. */
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
