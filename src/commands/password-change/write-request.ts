import { setTimeout as sleep } from 'node:timers/promises';
import { requestChange } from '../../engine/credential/change/change-request.ts';
import type { ChangeRequest } from '../../engine/record/login-record.ts';
import { latestVersion, type SecretRecord } from '../../engine/record/record.ts';
import { recordObservation } from '../../engine/record/record-observation.ts';
import { isConflict, LockstepError } from '../../errors.ts';
import { writeRecord } from '../../kube/record/records.ts';
import type { LoadedSecret } from '../secret-session/load-secret.ts';
import { type OutageRetryNeeds, outageRetry } from '../secret-session/retry-during-outage.ts';
import { retryOnConflict } from '../secret-session/retry-on-conflict.ts';
import { CLI_FIELD_MANAGER } from '../secret-session/standalone-reconciler.ts';
import { roleIn } from './reconcile-input.ts';
import { loadPasswordChange, type PasswordChangeRun } from './run.ts';

export interface WriteRequestNeeds extends OutageRetryNeeds {
  readonly load: () => Promise<LoadedSecret>;
  readonly writeRecord: (record: SecretRecord, resourceVersion: string | undefined) => Promise<unknown>;
  /** The role that the Secret names. Throws LockstepError if it holds no usable login. */
  readonly roleIn: (loaded: LoadedSecret) => string;
}

export function writeRequestNeeds(run: PasswordChangeRun): WriteRequestNeeds {
  const { ref, cluster, print, options } = run;
  return {
    load: () => loadPasswordChange(run),
    writeRecord: (record, resourceVersion) =>
      writeRecord(cluster, ref, record, resourceVersion, CLI_FIELD_MANAGER),
    roleIn: (loaded) => roleIn(run, loaded),
    print,
    pause: (milliseconds) => sleep(milliseconds),
    clock: () => performance.now(),
    timeout: options.timeout,
  };
}

/**
 * Writes the change request into the record, and repeats the write after each conflict and after each lost answer.
 * Resolves with the record. A change that started in between first runs to its end. Throws LockstepError.
 */
export async function writeChangeRequest(
  loaded: LoadedSecret,
  changeRequest: ChangeRequest,
  needs: WriteRequestNeeds,
): Promise<SecretRecord> {
  const datedRequest =
    changeRequest.kind === 'from-secret'
      ? changeRequest
      : { ...changeRequest, after: currentVersionNumber(loaded) };
  try {
    return await retryOnConflict(
      loaded,
      (current) => writeOrConfirm(current, datedRequest, needs),
      (error) => (error instanceof LostWrite ? Promise.resolve(error.reread) : needs.load()),
      (error) => isConflict(error) || error instanceof LostWrite,
    );
  } catch (error) {
    throw error instanceof LostWrite ? error.cause : error;
  }
}

/** A write without an answer, which the record does not hold. `reread` was read after it, and `cause` is the outage. */
class LostWrite extends Error {
  readonly reread: LoadedSecret;

  constructor(reread: LoadedSecret, cause: unknown) {
    super('the answer was lost', { cause });
    this.reread = reread;
  }
}

/** Throws LostWrite if the request is not in the record after an outage. */
async function writeOrConfirm(
  current: LoadedSecret,
  changeRequest: ChangeRequest,
  needs: WriteRequestNeeds,
): Promise<SecretRecord> {
  const subject = { secret: current.observed.uid, role: needs.roleIn(current) };
  const requested = requestChange(current.record, changeRequest, subject);
  try {
    await needs.writeRecord(requested, current.resourceVersion);
    return requested;
  } catch (error) {
    if (!isUnanswered(error)) throw error;
    const reread = await outageRetry(needs)(needs.load)();
    const isWritten = reread.resourceVersion !== current.resourceVersion;
    // The answer was lost after the write: a second request would change the password twice.
    if (isWritten && isRecorded(reread, changeRequest)) return requested;
    throw new LostWrite(reread, error);
  }
}

const isUnanswered = (error: unknown): boolean =>
  error instanceof LockstepError &&
  ['LOCKSTEP_CLUSTER_UNREACHABLE', 'LOCKSTEP_CLUSTER_TIMEOUT'].includes(error.code);

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
