import type { SecretSession } from '../../controllers/secret-session/open.ts';
import { retryOnConflict } from '../../controllers/secret-session/retry-on-conflict.ts';
import { requestChange } from '../../engine/login/change/change-request.ts';
import { serverKindOf } from '../../engine/login/server-kinds/kinds.ts';
import { storedWaitStatus, type WaitStatus } from '../../engine/login/status/wait-status.ts';
import type { ChangeRequest, LoginRecord } from '../../engine/secret/record/login-record.ts';
import { latestVersion, type SecretRecord } from '../../engine/secret/record/record.ts';
import { readCredentials } from '../../kube/objects/credentials.ts';
import { readRecord } from '../../kube/record/records.ts';
import { outcomeExitCode, outcomeLines, type ReportedOutcome } from '../../report/history/outcome-text.ts';
import { changeText } from '../../report/history/phase-text.ts';
import { ROLLOUT_TIMEOUT } from '../cli/duration.ts';
import { countSignals } from '../cli/signals.ts';
import { leaderNeeds, reportStopped } from '../secret-session/follow-leader.ts';
import { outdatedConsumers } from '../secret-session/outdated-consumers.ts';
import { requireController } from '../secret-session/require-controller.ts';
import { followChange } from './follow.ts';
import { openLogin, type PasswordChangeRun, refuseLogin, roleIn } from './run.ts';

/**
 * Requests a change of Secret and server, and waits until the controller has executed it. Resolves with the exit code.
 * Throws LockstepError if it can't begin. Then nothing was written, except after an outage, which hides the answer.
 */
export async function executeChange(
  run: PasswordChangeRun,
  session: SecretSession,
  changeRequest: ChangeRequest,
): Promise<number> {
  await requireController(run);
  const { login } = session.record();
  const change = login?.change;
  if (change === undefined) await checkMayStart(run, login, changeRequest);
  else
    run.print(
      `a change is under way since ${change.since.toISOString()}, in ${change.phase}: ${changeText(change)}`,
    );
  // A rollback starts after the change in progress. Any other request is satisfied by that change.
  const isSatisfied = change !== undefined && changeRequest.kind !== 'rollback';
  const record = isSatisfied ? session.record() : await writeChangeRequest(run, session, changeRequest);
  const { ref, print } = run;
  print(
    `the controller changes the password in Secret ${ref.namespace}/${ref.name} and on its server, also if you do not wait for it`,
  );
  return await reportStopped(print, () =>
    followAndReport(run, session.permissions, record, changeRequest.kind),
  );
}

/** Checks the status that the controller wrote. */
async function checkMayStart(
  run: PasswordChangeRun,
  login: LoginRecord | undefined,
  changeRequest: ChangeRequest,
): Promise<void> {
  const { notReadyReason } = await readWaitStatus(run);
  if (notReadyReason !== undefined) refuseLogin(run, notReadyReason);
  if (changeRequest.kind !== 'rotate' || login?.diverged === undefined) return;
  run.print(`Secret and server are not in sync: ${login.diverged.reason}`);
  run.print('both get a new password');
}

/** The wait status in the credential, written by the controller. Throws LockstepError. */
async function readWaitStatus({ cluster, credential }: PasswordChangeRun): Promise<WaitStatus> {
  const { namespace, spec, uid } = credential;
  const all = await readCredentials(cluster, namespace, serverKindOf(spec.keys).object);
  return storedWaitStatus(all.find((one) => one.uid === uid)?.document);
}

/**
 * Writes the change request into the record, also if another writer changes the record at the same time. A change that
 * started in between first runs to its end. Throws LockstepError.
 */
async function writeChangeRequest(
  run: PasswordChangeRun,
  session: SecretSession,
  changeRequest: ChangeRequest,
): Promise<SecretRecord> {
  const datedRequest =
    changeRequest.kind === 'from-secret'
      ? changeRequest
      : { ...changeRequest, after: latestVersion(session.record()).number };
  return await retryOnConflict(
    session,
    async (current) => {
      const { system } = run.credential.spec.keys;
      const subject = { secret: current.observed.uid, role: roleIn(run, current), system };
      const requested = requestChange(current.record(), datedRequest, subject);
      await current.save(requested);
      return requested;
    },
    () => openLogin(run),
  );
}

async function followAndReport(
  run: PasswordChangeRun,
  permissions: SecretSession['permissions'],
  record: SecretRecord,
  kind: ChangeRequest['kind'],
): Promise<number> {
  const { ref, cluster, print } = run;
  const secret = `${ref.namespace}/${ref.name}`;
  const startedAt = performance.now();
  const end = await followUntilSignal(run, record);
  const lookup = await readRecord(cluster, ref).catch(() => undefined);
  const version = latestVersion(lookup?.kind === 'read' ? lookup.record : record).number;
  const context = { secret, version, fromSecret: kind === 'from-secret' };
  const durationMs = performance.now() - startedAt;
  const outdated = end.kind === 'changed' ? await outdatedConsumers(run, permissions) : undefined;
  for (const line of outcomeLines(end, { ...context, outdated, durationMs })) print(line);
  return outcomeExitCode(end, context);
}

/**
 * A signal ends the command, and the controller continues. The limit is that of the command line. If that is the
 * default, a longer limit in the credential applies.
 */
async function followUntilSignal(run: PasswordChangeRun, record: SecretRecord): Promise<ReportedOutcome> {
  const { timeout } = run.options;
  const { keys, consumers } = run.credential.spec;
  const following = followChange(run.ref, record, {
    ...leaderNeeds(run),
    timeout: timeout === ROLLOUT_TIMEOUT ? Math.max(timeout, consumers.timeout) : timeout,
    waitStatus: () => readWaitStatus(run),
    system: keys.system,
  });
  const interrupted = countSignals(run.shell).first.then((): ReportedOutcome => ({ kind: 'left' }));
  return await Promise.race([following, interrupted]);
}
