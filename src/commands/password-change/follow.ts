import { type ChangeRequestOutcome, changeRequestOutcome } from '../../engine/login/change/change-request.ts';
import type { WaitStatus } from '../../engine/login/status/wait-status.ts';
import { forLogin, type LoginSystem } from '../../engine/secret/record/login-record.ts';
import type { SecretRecord } from '../../engine/secret/record/record.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import { changeEvents, versionEvents } from '../../report/history/change-events.ts';
import { PROPAGATION } from '../cli/duration.ts';
import {
  type FollowLeaderNeeds,
  followLeader,
  LEADER_CHANGE_MS,
  type Stopped,
  stopped,
} from '../secret-session/follow-leader.ts';
import { progressBetween } from '../secret-session/follow-rollout.ts';

export interface FollowChangeNeeds extends FollowLeaderNeeds {
  /** The wait status that the controller wrote. */
  readonly waitStatus: () => Promise<WaitStatus>;
  /** The login that changes is on a server of this kind. */
  readonly system: LoginSystem;
}

/**
 * Waits while the controller executes a change request. `from` is the record with the request or with a change in
 * progress. Throws LockstepError.
 */
export async function followChange(
  ref: SecretRef,
  from: SecretRecord,
  { waitStatus, system, ...needs }: FollowChangeNeeds,
): Promise<ChangeRequestOutcome | Stopped> {
  let lastWait: string | undefined;
  return await followLeader<ChangeRequestOutcome | Stopped>(
    ref,
    {
      observe: async (reading) => {
        const waits = await waitStatus();
        const { waitingFor } = waits;
        const record = forLogin(reading.record, system);
        const before = reading.before === undefined ? from : forLogin(reading.before, system);
        // The lines of the rollout already report the restarts.
        const isNewWait = waitingFor !== lastWait && record.rollout === undefined;
        lastWait = waitingFor;
        const isDraining = record.login?.change?.phase.endsWith('drain') === true;
        return {
          lines: [
            ...changeEvents(before.login, record.login),
            ...versionEvents(before, record),
            ...progressBetween(before.rollout, record.rollout),
            ...(isNewWait && waitingFor !== undefined ? [`waiting: ${waitingFor}`] : []),
          ],
          end: endOf(record, waits, from),
          waitingFor,
          // Volumes receive the change in this time.
          timeout: needs.timeout + (isDraining ? PROPAGATION + LEADER_CHANGE_MS : 0),
          stallReason: waitingFor ?? 'there was no progress for a long time',
        };
      },
      recordGone: 'its record is gone, and the request with it',
    },
    needs,
  );
}

function endOf(
  record: SecretRecord,
  { notReadyReason }: WaitStatus,
  from: SecretRecord,
): ChangeRequestOutcome | Stopped | undefined {
  // The credential names another Secret by now, whose record has the login.
  if (from.login !== undefined && record.login === undefined) return { kind: 'unchanged' };
  const outcome = record.login && from.login && changeRequestOutcome(from.login, record.login);
  if (outcome !== undefined) return outcome;
  return notReadyReason === undefined ? undefined : { ...stopped(notReadyReason), isOpen: true };
}
