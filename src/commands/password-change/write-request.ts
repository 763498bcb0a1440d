import type { SecretSession } from '../../controllers/secret-session/open.ts';
import { retryOnConflict } from '../../controllers/secret-session/retry-on-conflict.ts';
import { requestChange } from '../../engine/credential/change/change-request.ts';
import type { ChangeRequest, LoginSystem } from '../../engine/record/login-record.ts';
import { latestVersion, type SecretRecord } from '../../engine/record/record.ts';
import { isConflict, LockstepError } from '../../errors/errors.ts';
import {
  type OutageRetryNeeds,
  outageRetry,
  outageRetryNeeds,
} from '../secret-session/retry-during-outage.ts';
import { openLogin, type PasswordChangeRun, roleIn } from './run.ts';

export interface WriteRequestNeeds extends OutageRetryNeeds {
  readonly open: () => Promise<SecretSession>;
  /** The role that the Secret names. Throws LockstepError if it holds no usable login. */
  readonly roleIn: (session: SecretSession) => string;
  readonly system: LoginSystem;
}

export const writeRequestNeeds = (run: PasswordChangeRun): WriteRequestNeeds => ({
  open: () => openLogin(run),
  roleIn: (session) => roleIn(run, session),
  system: run.credential.spec.keys.system,
  ...outageRetryNeeds(run),
});

/**
 * Writes the change request into the record, and repeats the write after each conflict and after each lost answer.
 * Resolves with the record. A change that started in between first runs to its end. Throws LockstepError.
 */
export async function writeChangeRequest(
  session: SecretSession,
  changeRequest: ChangeRequest,
  needs: WriteRequestNeeds,
): Promise<SecretRecord> {
  const datedRequest =
    changeRequest.kind === 'from-secret'
      ? changeRequest
      : { ...changeRequest, after: latestVersion(session.record()).number };
  try {
    return await retryOnConflict(
      session,
      (current) => writeOrConfirm(current, datedRequest, needs),
      async (error) => (error instanceof LostWrite ? error.reopened : await needs.open()),
      (error) => isConflict(error) || error instanceof LostWrite,
    );
  } catch (error) {
    throw error instanceof LostWrite ? error.cause : error;
  }
}

/** A write without an answer, which the record does not hold. `reopened` was read after it. `cause` is the outage. */
class LostWrite extends Error {
  readonly reopened: SecretSession;

  constructor(reopened: SecretSession, cause: unknown) {
    super('the answer was lost', { cause });
    this.reopened = reopened;
  }
}

/** Throws LostWrite if the request is not in the record after an outage. */
async function writeOrConfirm(
  session: SecretSession,
  changeRequest: ChangeRequest,
  needs: WriteRequestNeeds,
): Promise<SecretRecord> {
  const before = session.record();
  const subject = { secret: session.observed.uid, role: needs.roleIn(session), system: needs.system };
  const requested = requestChange(before, changeRequest, subject);
  try {
    await session.save(requested);
    return requested;
  } catch (error) {
    if (!isUnanswered(error)) throw error;
    const reopened = await outageRetry(needs)(needs.open)();
    const isWritten = reopened.version() !== session.version();
    // The answer was lost after the write: a second request would change the password twice.
    if (isWritten && isRecorded(reopened.record(), changeRequest, before)) return requested;
    throw new LostWrite(reopened, error);
  }
}

const isUnanswered = (error: unknown): boolean =>
  error instanceof LockstepError &&
  ['LOCKSTEP_CLUSTER_UNREACHABLE', 'LOCKSTEP_CLUSTER_TIMEOUT'].includes(error.code);

/** The record holds the change request, or the change that it started. */
const isRecorded = (
  { login }: SecretRecord,
  { kind }: ChangeRequest,
  { login: before }: SecretRecord,
): boolean =>
  login?.changeRequest?.kind === kind ||
  (login?.change !== undefined && login.change.id !== before?.change?.id);
