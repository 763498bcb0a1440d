import { type ChangePreview, dryRunChange, previewChange } from '../../controllers/credential/dry-run.ts';
import type { ReconcileInput } from '../../controllers/credential/reconcile-input.ts';
import type { SecretSession } from '../../controllers/secret-session/open.ts';
import { serverKindOf } from '../../engine/login/server-kinds/kinds.ts';
import { KEEPS_ROLE, strategyOf } from '../../engine/login/server-kinds/login-roles.ts';
import type { ChangeRequest, LoginChange } from '../../engine/secret/record/login-record.ts';
import { previewRollout, type RolloutPreview } from '../../engine/workloads/rollout/preview.ts';
import { readWorkloads } from '../../kube/objects/workloads.ts';
import { changeText } from '../../report/history/phase-text.ts';
import { rolloutPreviewLines } from '../../report/history/rollout-preview.ts';
import { type DryRunDeps, dryRunDeps } from './dry-run-deps.ts';
import { requestedInput } from './requested-input.ts';
import { type PasswordChangeRun, refuseLogin } from './run.ts';

/**
 * Runs all checks that precede the first change, from this machine. It writes nothing. Resolves with the exit code: 0
 * if the change could begin, else 1.
 */
export async function dryRunPasswordChange(
  run: PasswordChangeRun,
  session: SecretSession,
  changeRequest: ChangeRequest,
): Promise<number> {
  const { ref, print } = run;
  const { change: changeInProgress } = session.record().login ?? {};
  if (changeInProgress !== undefined) {
    print(`a change is under way, in ${changeInProgress.phase}: ${changeText(changeInProgress)}`);
    print(
      changeRequest.kind === 'rollback'
        ? `this command would wait for it, and then roll back to version ${changeRequest.to}`
        : 'this command would wait for it, and begin no other',
    );
    return printNothingWritten(run, 0);
  }
  const deps = dryRunDeps(run);
  const changePreview = await changePreviewOf(run, session, changeRequest, deps);
  if (changePreview.kind === 'in-sync') {
    print('Secret and server are in sync: there is nothing to change');
    return printNothingWritten(run, 0);
  }
  const { change } = changePreview;
  const dryRunResult = await dryRunChange(
    await reconcileInputOf(run, session, changeRequest, deps),
    change,
    deps,
  );
  if (dryRunResult.kind === 'unfit') {
    print(`it would not begin: ${dryRunResult.reason}`);
    return printNothingWritten(run, 1);
  }
  const { account } = serverKindOf(run.credential.spec.keys);
  print(changeLine(changeRequest, change, { account, secret: `Secret ${ref.namespace}/${ref.name}` }));
  print('the server is reached, the rights are there, and the Secret passes admission');
  if (dryRunResult.keys.length > 0)
    print(`these keys of the Secret would change: ${dryRunResult.keys.join(', ')}`);
  for (const line of rolloutPreviewLines(await previewOf(run, session, dryRunResult.keys))) print(line);
  return printNothingWritten(run, 0);
}

/** States whether the server follows the Secret, or the Secret follows the server. */
function changeLine(
  changeRequest: ChangeRequest,
  change: LoginChange,
  { account, secret }: { readonly account: string; readonly secret: string },
): string {
  const roleText =
    strategyOf(change) === KEEPS_ROLE
      ? `the ${account} ${change.to.role}`
      : `the other login, ${change.to.role},`;
  switch (changeRequest.kind) {
    case 'rotate':
      return `the server would give ${roleText} a new password, and ${secret} would follow`;
    case 'from-secret':
      return `the server would give ${roleText} the password that ${secret} holds`;
    case 'rollback':
      return `the server would give ${roleText} the password of version ${changeRequest.to}, and ${secret} would follow`;
  }
}

/** Includes consumers whose restart a previous edit left open: they wait until the login is proven. */
async function previewOf(
  { ref, cluster }: PasswordChangeRun,
  { observed, permissions, record }: SecretSession,
  keys: readonly string[],
): Promise<RolloutPreview> {
  const { mayRestart } = permissions;
  const { rollout } = record();
  return previewRollout(
    { secret: observed.secret, restarts: mayRestart, keys, rollout },
    await readWorkloads(cluster, ref.namespace),
  );
}

function printNothingWritten({ print }: PasswordChangeRun, exitCode: number): number {
  print('nothing was written');
  return exitCode;
}

/** As `requestedInput`. Throws LOGIN_REFUSED if the login can't be used. */
async function reconcileInputOf(
  run: PasswordChangeRun,
  opened: SecretSession,
  changeRequest: ChangeRequest,
  deps: DryRunDeps,
): Promise<ReconcileInput> {
  const input = await requestedInput(run, opened, changeRequest, deps);
  return 'type' in input ? refuseLogin(run, input.message) : input;
}

/** Throws LOGIN_REFUSED if the requested change can't even begin. */
async function changePreviewOf(
  run: PasswordChangeRun,
  opened: SecretSession,
  changeRequest: ChangeRequest,
  deps: DryRunDeps,
): Promise<Extract<ChangePreview, { kind: 'in-sync' | 'begin' }>> {
  const changePreview = await previewChange(await reconcileInputOf(run, opened, changeRequest, deps), deps);
  return 'reason' in changePreview ? refuseLogin(run, changePreview.reason) : changePreview;
}
