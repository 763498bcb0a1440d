import { setTimeout as sleep } from 'node:timers/promises';
import { requestChange } from '../../engine/credential/change/change-request.ts';
import type { ChangeRequest } from '../../engine/record/login-record.ts';
import { latestVersion, type SecretRecord } from '../../engine/record/record.ts';
import { recordObservation } from '../../engine/record/record-observation.ts';
import { LockstepError } from '../../errors.ts';
import { writeRecord } from '../../kube/record/records.ts';
import type { LoadedSecret } from '../secret-session/load-secret.ts';
import { type OutageRetryNeeds, outageRetry } from '../secret-session/retry-during-outage.ts';
import { retryOnConflict } from '../secret-session/retry-on-conflict.ts';
import { CLI_FIELD_MANAGER } from '../secret-session/standalone-reconciler.ts';
import { roleIn } from './reconcile-input.ts';
import { loadPasswordChange, type PasswordChangeRun } from './run.ts';

/**
 * Writes the change request into the record, and repeats the write after each conflict. Resolves with the record. A
 * change that started in between first runs to its end. Throws LockstepError.
 */
export async function writeChangeRequest(
  run: PasswordChangeRun,
  loaded: LoadedSecret,
  changeRequest: ChangeRequest,
): Promise<SecretRecord> {
  const datedRequest =
    changeRequest.kind === 'from-secret'
      ? changeRequest
      : { ...changeRequest, after: currentVersionNumber(loaded) };
  const write = async (current: LoadedSecret): Promise<SecretRecord> => {
    const subject = { secret: current.observed.uid, role: roleIn(run, current) };
    const requested = requestChange(current.record, datedRequest, subject);
    try {
      await writeRecord(run.cluster, run.ref, requested, current.resourceVersion, CLI_FIELD_MANAGER);
      return requested;
    } catch (error) {
      if (!isUnanswered(error)) throw error;
      const reread = await outageRetry(outageRetryNeeds(run))(loadPasswordChange)(run);
      const isWritten = reread.resourceVersion !== current.resourceVersion;
      // The answer was lost after the write: a second request would change the password twice.
      if (isWritten && isRecorded(reread, datedRequest)) return requested;
      throw new LockstepError('CLUSTER_CONFLICT', [`requesting a change of ${run.ref.name}`], error);
    }
  };
  return await retryOnConflict(loaded, write, () => loadPasswordChange(run)).catch((error: unknown) => {
    // After the last try, report the outage and not the conflict that stands for it.
    throw error instanceof LockstepError && isUnanswered(error.cause) ? error.cause : error;
  });
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
