import {
  type ChangeRequestOutcome,
  changeRequestOutcome,
} from '../../engine/credential/change/change-request.ts';
import type { WaitStatus } from '../../engine/credential/status/wait-status.ts';
import type { LoginSystem } from '../../engine/record/login-record.ts';
import { forLogin } from '../../engine/record/logins.ts';
import type { SecretRecord } from '../../engine/record/record.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import {
  type FollowLeaderNeeds,
  followLeader,
  type Observation,
  type Reading,
  type Stopped,
  stopped,
} from '../secret-session/follow-leader.ts';
import type { ProgressView } from './progress-view.ts';

export interface FollowChangeNeeds extends Omit<FollowLeaderNeeds, 'print'> {
  /** The wait status that the controller wrote. */
  readonly waitStatus: () => Promise<WaitStatus>;
  /** The progress of a workload's pods. Undefined if it is unknown. */
  readonly podsOf: (workload: string) => Promise<string | undefined>;
  readonly view: ProgressView;
  /** The login that changes is on a server of this kind. */
  readonly system: LoginSystem;
  /** The additional time while volumes receive the change, in milliseconds. */
  readonly propagation?: number;
}

export type FollowResult =
  | ChangeRequestOutcome
  | Stopped
  /** The user asked to stop. */
  | { readonly kind: 'left' };

/**
 * Waits while the controller executes a change request. `from` is the record with the request or with a change in
 * progress. Throws LockstepError.
 */
export async function followChange(
  ref: SecretRef,
  from: SecretRecord,
  needs: FollowChangeNeeds,
): Promise<FollowResult> {
  const { view } = needs;
  return await followLeader<FollowResult>(
    ref,
    {
      observe: async ({ record, ...read }) => {
        const reading = { ...read, record: forLogin(record, needs.system) };
        const waits = await needs.waitStatus();
        view.update(reading.record, {
          waits: waits.waitingFor,
          pods: await podsOf(reading.record, needs),
        });
        return observation(reading, waits, from, needs);
      },
      recordGone: 'its record is gone, and the request with it',
    },
    { ...needs, print: view.print },
  );
}

function observation(
  reading: Reading,
  waits: WaitStatus,
  from: SecretRecord,
  { timeout, propagation = 0, view }: FollowChangeNeeds,
): Observation<FollowResult> {
  const { waitingFor } = waits;
  const isDraining = reading.record.login?.change?.phase.endsWith('drain') === true;
  return {
    // The view prints the events itself.
    lines: [],
    end: endOf(reading, waits, from),
    waitingFor,
    timeout: timeout + (isDraining ? propagation : 0),
    stallReason: stallReason(waitingFor, view),
  };
}

function endOf(
  { record }: Reading,
  { notReadyReason }: WaitStatus,
  from: SecretRecord,
): FollowResult | undefined {
  // The credential names another Secret by now, whose record has the login.
  if (from.login !== undefined && record.login === undefined) return { kind: 'unchanged' };
  const outcome = record.login && from.login && changeRequestOutcome(from.login, record.login);
  if (outcome !== undefined) return outcome;
  return notReadyReason === undefined ? undefined : { ...stopped(notReadyReason), isOpen: true };
}

function stallReason(waits: string | undefined, view: ProgressView): string {
  if (waits === undefined) return 'there was no progress for a long time';
  return view.hasPrinted(waits) ? 'that took longer than --timeout' : waits;
}

async function podsOf({ rollout }: SecretRecord, needs: FollowChangeNeeds): Promise<string | undefined> {
  const workload = rollout?.current?.workload;
  return workload === undefined ? undefined : await needs.podsOf(workload);
}
