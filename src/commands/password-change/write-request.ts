import { setTimeout as sleep } from 'node:timers/promises';
import { requestChange } from '../../engine/credential/change/change-request.ts';
import type { ChangeRequest } from '../../engine/record/login-record.ts';
import { latestVersion, type SecretRecord } from '../../engine/record/record.ts';
import { recordObservation } from '../../engine/record/record-observation.ts';
import { isConflict, LockstepError } from '../../errors.ts';
import { writeRecord } from '../../kube/record/records.ts';
import type { LoadedSecret } from '../secret-session/load-secret.ts';
import { type OutageRetryNeeds, outageRetry } from '../secret-session/retry-during-outage.ts';
import { CLI_FIELD_MANAGER } from '../secret-session/standalone-reconciler.ts';
import { roleIn } from './reconcile-input.ts';
import { loadPasswordChange, type PasswordChangeRun } from './run.ts';

/** A controller writes the record less often during one change. */
const MAX_TRIES = 10;

/**
 * Writes the change request into the record, and repeats the write after each conflict. Resolves with the loaded Secret
 * and record. A change that started in between first runs to its end. Throws LockstepError.
 */
export async function writeChangeRequest(
  run: PasswordChangeRun,
  loaded: LoadedSecret,
  changeRequest: ChangeRequest,
): Promise<SecretRecord> {
  let current = loaded;
  const datedRequest =
    changeRequest.kind === 'from-secret'
      ? changeRequest
      : { ...changeRequest, after: currentVersionNumber(loaded) };
  for (let attempt = 1; ; attempt += 1) {
    const requested = requestChange(current.record, datedRequest, {
      secret: current.observed.uid,
      role: roleIn(run, current),
    });
    try {
      await writeRecord(run.cluster, run.ref, requested, current.resourceVersion, CLI_FIELD_MANAGER);
      return requested;
    } catch (error) {
      if (attempt === MAX_TRIES) throw error;
      const isLost = isUnanswered(error);
      if (!isLost && !isConflict(error)) throw error;
      const previous = current;
      current = isLost
        ? await outageRetry(outageRetryNeeds(run))(loadPasswordChange)(run)
        : await loadPasswordChange(run);
      // The write succeeded, but its answer was lost. A second write would request the change twice.
      if (isLost && current.resourceVersion !== previous.resourceVersion && isRecorded(current, datedRequest))
        return requested;
    }
  }
}

const isUnanswered = (error: unknown): boolean =>
  error instanceof LockstepError &&
  ['LOCKSTEP_CLUSTER_UNREACHABLE', 'LOCKSTEP_CLUSTER_TIMEOUT'].includes(error.code);

const outageRetryNeeds = ({ print, options: { timeout } }: PasswordChangeRun): OutageRetryNeeds => ({
  print,
  pause: (milliseconds) => sleep(milliseconds),
  clock: () => performance.now(),
  timeout: timeout,
});

/** The record holds the change request, or the change that it started. */
const isRecorded = ({ record: { login } }: LoadedSecret, { kind }: ChangeRequest): boolean =>
  login?.changeRequest?.kind === kind || login?.change !== undefined;

/** The version number of the Secret's current data. If it has none, the number that a controller will give it. */
function currentVersionNumber({
  record,
  observed: { secret, written, resourceVersion },
}: LoadedSecret): number {
  const observation = { ...written, why: { kind: 'changed' }, resourceVersion } as const;
  const retention = { history: Number.POSITIVE_INFINITY, restarts: false };
  return latestVersion(recordObservation(record, secret.data, observation, retention)).number;
}
