import type { SecretSession } from '../../controllers/secret-session/open.ts';
import type { ChangeRequest, LoginRecord } from '../../engine/record/login-record.ts';
import { latestVersion, type SecretRecord } from '../../engine/record/record.ts';
import { readRecord } from '../../kube/record/records.ts';
import { outcomeExitCode, outcomeLines } from '../../report/history/outcome-text.ts';
import { changeText } from '../../report/history/phase-text.ts';
import { outdatedConsumers } from '../secret-session/outdated-consumers.ts';
import { requireController } from '../secret-session/require-controller.ts';
import { reportStopped } from '../secret-session/retry-during-outage.ts';
import { followWithView } from './follow-with-view.ts';
import { type PasswordChangeRun, refuseLogin } from './run.ts';
import { readWaitStatus } from './stored-status.ts';
import { writeChangeRequest, writeRequestNeeds } from './write-request.ts';

/**
 * Requests a change of Secret and server, and waits until the controller has executed it. Resolves with the exit code.
 * Throws LockstepError if it can't begin; then nothing was written.
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
  const record = isSatisfied
    ? session.record()
    : await writeChangeRequest(session, changeRequest, writeRequestNeeds(run));
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

async function followAndReport(
  run: PasswordChangeRun,
  permissions: SecretSession['permissions'],
  record: SecretRecord,
  kind: ChangeRequest['kind'],
): Promise<number> {
  const { ref, cluster, print } = run;
  const secret = `${ref.namespace}/${ref.name}`;
  const startedAt = performance.now();
  const end = await followWithView(run, record);
  const lookup = await readRecord(cluster, ref).catch(() => undefined);
  const version = latestVersion(lookup?.kind === 'read' ? lookup.record : record).number;
  const context = { secret, version, fromSecret: kind === 'from-secret' };
  const durationMs = performance.now() - startedAt;
  const outdated = end.kind === 'changed' ? await outdatedConsumers(run, permissions) : undefined;
  for (const line of outcomeLines(end, { ...context, outdated, durationMs })) print(line);
  return outcomeExitCode(end, context);
}
