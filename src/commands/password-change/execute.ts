import { serverAddress } from '../../controllers/credential/reconcile-input.ts';
import type { SecretSession } from '../../controllers/secret-session/open.ts';
import { withProvenRoles } from '../../engine/credential/change/allowed-roles.ts';
import { credentialInVersion } from '../../engine/credential/change/credential-in-version.ts';
import { loginInSecret } from '../../engine/login/login-in-secret.ts';
import { isSameCredential } from '../../engine/record/credential.ts';
import type { ChangeRequest, LoginRecord } from '../../engine/record/login-record.ts';
import { latestVersion, type SecretRecord } from '../../engine/record/record.ts';
import { hasActiveController } from '../../kube/client/lease.ts';
import { readRecord } from '../../kube/record/records.ts';
import { outcomeExitCode, outcomeLines } from '../../report/history/outcome-text.ts';
import { changeText } from '../../report/history/phase-text.ts';
import { reportStopped } from '../secret-session/retry-during-outage.ts';
import { runPasswordChange } from './drive.ts';
import { changePreviewOf } from './reconcile-input.ts';
import { type PasswordChangeRun, reconcilerDeps, refuseLogin } from './run.ts';
import { readWaitStatus } from './stored-status.ts';
import { writeChangeRequest, writeRequestNeeds } from './write-request.ts';

/**
 * Executes a change request for Secret and server, and waits for its end. Resolves with the exit code. Throws
 * LOGIN_REFUSED if it can't begin; then nothing was written.
 */
export async function executeChange(
  run: PasswordChangeRun,
  session: SecretSession,
  changeRequest: ChangeRequest,
): Promise<number> {
  const { cluster, options, print } = run;
  const isLed = (await hasActiveController(cluster, options.lockstepNamespace)) === true;
  const { login } = session.record();
  const change = login?.change;
  if (change !== undefined) {
    print(
      `a change is under way since ${change.since.toISOString()}, in ${change.phase}: ${changeText(change)}`,
    );
    // A rollback starts after the change in progress. Any other request is satisfied by that change.
    if (changeRequest.kind !== 'rollback')
      return await announceAndFollow(run, session, session.record(), changeRequest, isLed);
  } else if (isLed) await checkMayStart(run, login, changeRequest);
  else if ((await checkMayStartHere(run, session, changeRequest)) === 'in sync') {
    print('Secret and server are in sync: there is nothing to change');
    return 0;
  }
  return await announceAndFollow(
    run,
    session,
    await writeChangeRequest(session, changeRequest, writeRequestNeeds(run)),
    changeRequest,
    isLed,
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
  if (changeRequest.kind === 'rotate' && login?.diverged !== undefined)
    printOutOfSync(run, login.diverged.reason);
}

/** Checks the login from this machine. */
async function checkMayStartHere(
  run: PasswordChangeRun,
  session: SecretSession,
  changeRequest: ChangeRequest,
): Promise<'in sync' | 'to be done'> {
  if (changeRequest.kind === 'from-secret') trustNamedRole(run, session);
  const changePreview = await changePreviewOf(run, session, changeRequest, reconcilerDeps(run));
  if (changePreview.kind === 'in-sync')
    return changeRequest.kind === 'from-secret' ? 'in sync' : 'to be done';
  const { cause, from } = changePreview.change;
  const secretCredential = credentialInVersion(session.observed.secret.data, run.credential.spec.keys);
  if (cause === 'requested' && !isSameCredential(from, secretCredential))
    printOutOfSync(run, 'the login of the Secret is refused');
  return 'to be done';
}

/**
 * With `--from-secret` a person logs in as the administrator, by the person's own right to read that login. For this
 * command alone, the role in the Secret therefore needs no proof.
 */
function trustNamedRole(
  { credential, credentials }: PasswordChangeRun,
  { observed, permissions }: SecretSession,
): void {
  const parsed = loginInSecret(observed.secret, credential.spec, permissions.matched);
  const stored = credentials.resourceOf(credential);
  if ('fault' in parsed || stored === undefined || credentials.provenRolesOf(credential) !== undefined)
    return;
  const proven = { server: serverAddress(parsed.target), roles: [parsed.credential.role] };
  credentials.upsert({ ...stored, status: withProvenRoles(stored.status, proven) });
}

function printOutOfSync({ print }: PasswordChangeRun, reason: string): void {
  print(`Secret and server are not in sync: ${reason}`);
  print('both get a new password');
}

async function announceAndFollow(
  run: PasswordChangeRun,
  { permissions }: SecretSession,
  record: SecretRecord,
  { kind }: ChangeRequest,
  isLed: boolean,
): Promise<number> {
  const { ref, print } = run;
  const secret = `${ref.namespace}/${ref.name}`;
  print(
    isLed
      ? `the controller changes the password in Secret ${secret} and on its server, also if you do not wait for it`
      : `no controller leads: the password in Secret ${secret} and on its server is changed from here`,
  );
  return await reportStopped(print, () => driveAndReport(run, permissions, record, kind));
}

async function driveAndReport(
  run: PasswordChangeRun,
  permissions: SecretSession['permissions'],
  record: SecretRecord,
  kind: ChangeRequest['kind'],
): Promise<number> {
  const { ref, cluster, print } = run;
  const secret = `${ref.namespace}/${ref.name}`;
  const startedAt = performance.now();
  const end = await runPasswordChange(run, record);
  const lookup = await readRecord(cluster, ref).catch(() => undefined);
  const version = latestVersion(lookup?.kind === 'read' ? lookup.record : record).number;
  const context = { secret, version, fromSecret: kind === 'from-secret' };
  const durationMs = performance.now() - startedAt;
  for (const line of outcomeLines(end, { ...context, restartsConsumers: permissions.mayRestart, durationMs }))
    print(line);
  return outcomeExitCode(end, context);
}
