import type { Outcome, SecretReconcilerNeeds } from '../../controllers/secret/reconciler.ts';
import { endOfWish, type LoginEnd } from '../../engine/credential/change/change-request.ts';
import { isPressing } from '../../engine/credential/change/phases.ts';
import type { Tidings } from '../../engine/credential/status/wait-status.ts';
import type { SecretRecord } from '../../engine/record/record.ts';
import type { SecretPlace } from '../../kube/secrets/stored-secrets.ts';
import { oneStep } from '../secret-session/reconcile-once.ts';
import type { ProgressView } from './progress-view.ts';

export interface FollowLoginNeeds extends Pick<SecretReconcilerNeeds, 'readRecord'> {
  /** A controller does what there is to do; undefined where this user may not know. */
  readonly isLed: () => Promise<boolean | undefined>;
  /** One step of the Secret, where none does. */
  readonly reconcile: () => Promise<Outcome>;
  /** What is said of it meanwhile, by the controller or by `reconcile`. */
  readonly tidings: (isLed: boolean) => Promise<Tidings>;
  /** How far the pods of a workload are; undefined where nobody can say. */
  readonly podsOf: (workload: string) => Promise<string | undefined>;
  readonly view: ProgressView;
  /** Ends early where somebody wants it to end. */
  readonly pause: (milliseconds: number) => Promise<unknown>;
  /** Somebody wants it to end: it does where nobody is locked out by that. */
  readonly isToEnd: () => boolean;
  /** Milliseconds, from any moment on. */
  readonly clock: () => number;
  /** What may pass between two things that happen. Milliseconds. */
  readonly patience: number;
  /** The further time where volumes are waited for. Milliseconds. */
  readonly propagation?: number;
}

export type FollowedEnd =
  | LoginEnd
  /** Nothing more is done here. `sentence` says why. */
  | { readonly kind: 'stopped'; readonly sentence: string }
  /** Because somebody wanted it to end. */
  | { readonly kind: 'left'; readonly isLed: boolean };

/** Between two looks at what a controller does. Milliseconds. */
const LOOK = 1000;
/** What somebody waits at most between two steps of his own. Milliseconds. */
const LONGEST = 5000;

/**
 * Waits while the controller carries a wish out, or does it where none leads: one that comes in the middle and this do each step once, since every write is
 * conditional. `from`: the record with the wish in it, or in the middle of a change. Throws LockstepError.
 */
export async function followLogin(
  place: SecretPlace,
  from: SecretRecord,
  needs: FollowLoginNeeds,
): Promise<FollowedEnd> {
  const { readRecord, view, clock, patience, propagation = 0, isToEnd, pause } = needs;
  let seen = '';
  let moved = clock();
  let isIdle = false;
  for (;;) {
    const found = await readRecord(place);
    if (found.kind !== 'read') return stopped('its record is gone, and with it what was asked for');
    const { record } = found;
    const isLed = (await needs.isLed()) === true;
    const { trouble, waits } = await needs.tidings(isLed);
    view.see(record, { waits, pods: await podsOf(record, needs) });
    const end = record.login && from.login && endOfWish(from.login, record.login);
    if (end !== undefined) return end;
    if (trouble !== undefined) return stopped(trouble);
    if (isToEnd() && (isLed || !isLockedOut(record))) return { kind: 'left', isLed };
    const now = momentOf(record, waits);
    if (now !== seen) moved = clock();
    seen = now;
    const isDraining = record.login?.change?.phase.endsWith('drain') === true;
    if (clock() - moved > patience + (isDraining ? propagation : 0)) return stopped(tooLong(waits, view));
    const wait = isLed ? LOOK : await oneStep(needs.reconcile);
    if (wait === undefined && isIdle)
      return stopped('nothing more is done for it: lockstep history tells what was');
    isIdle = wait === undefined;
    await pause(Math.min(wait ?? 0, LONGEST));
  }
}

const stopped = (sentence: string): FollowedEnd => ({ kind: 'stopped', sentence });

function tooLong(waits: string | undefined, view: ProgressView): string {
  if (waits === undefined) return 'nothing has happened for a long time';
  return view.hasSaid(waits) ? 'that took longer than --timeout' : waits;
}

/** Between COMMIT and publication nobody may get in who reads the Secret. */
const isLockedOut = ({ login }: SecretRecord): boolean =>
  login?.change !== undefined && isPressing(login.change);

/** Another text where something has happened. */
const momentOf = ({ login, rollout, versions }: SecretRecord, waits: string | undefined): string =>
  [
    login?.change?.id,
    login?.change?.phase,
    rollout?.current?.workload,
    rollout?.done.size,
    versions.at(-1)?.number,
    waits,
  ].join(' ');

async function podsOf({ rollout }: SecretRecord, needs: FollowLoginNeeds): Promise<string | undefined> {
  const workload = rollout?.current?.workload;
  return workload === undefined ? undefined : await needs.podsOf(workload);
}
