import { differingKeys, type SecretData } from '../../engine/secret/record/record.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import type { RollbackWrite } from '../../engine/versions/rollback/plan.ts';
import { LockstepError } from '../../errors/errors.ts';
import { changesText, webhookChangeLine } from '../../report/history/rollback-text.ts';
import { rolloutPreviewLines } from '../../report/history/rollout-preview.ts';
import type { Shell } from '../cli/shell.ts';
import { followWrite, requireRollout } from '../secret-session/follow-write.ts';
import { openRun } from '../secret-session/run.ts';
import { recordOfDeleted, rollbackDeleted } from './deleted.ts';
import { loadRollback, type RollbackOptions, type RollbackRun } from './load.ts';
import { dryRunPasswordRollbacks, rollbackPasswords } from './password.ts';
import { type PlannedRollback, type PlannedWrite, planRollbackRun } from './plan.ts';

/**
 * Writes an earlier version of a Secret again, and creates a Secret that was deleted. Resolves with the exit code: 0
 * when done, 1 if denied or not rolled out. Throws LockstepError if it can't begin; the Secret is then unchanged.
 */
export async function rollback(ref: SecretRef, options: RollbackOptions, shell: Shell): Promise<number> {
  const opened = await openRun(ref, options, shell);
  const deleted = await recordOfDeleted(opened);
  if (deleted !== undefined) return await rollbackDeleted(opened, deleted);
  const run = await loadRollback(opened);
  const planned = await planRollbackRun(run);
  return options.dryRun ? await dryRun(run, planned) : await execute(run, planned);
}

const refText = ({ namespace, name }: SecretRef): string => `Secret ${namespace}/${name}`;

/** Resolves with the exit code of a real run. */
async function dryRun(
  { ref, session, options, print }: RollbackRun,
  planned: PlannedRollback,
): Promise<number> {
  for (const line of planLines(planned, refText(ref), options.to, session.observed.secret.data)) print(line);
  // The login's dry run itself states that nothing was written.
  if (planned.kind === 'login') return await dryRunPasswordRollbacks(planned.passwordRollbacks);
  print('nothing was written');
  return planned.kind === 'refused' ? 1 : 0;
}

/** The lines for the Secret, without those for its server. */
function planLines(
  planned: PlannedRollback,
  secret: string,
  to: number,
  before: SecretData,
): readonly string[] {
  const wouldRollBack = (plan: Pick<RollbackWrite, 'set' | 'remove'>): string =>
    `${secret} would be rolled back to version ${to}: ${changesText(plan, before)}`;
  switch (planned.kind) {
    case 'unchanged':
      return [nothingToChange(secret, to), ...rolloutPreviewLines(planned.preview)];
    case 'refused':
      return [`${secret} would not be rolled back to version ${to}:`, ...planned.reasons];
    case 'login': {
      // Each has the same plan for the Secret.
      const plan = planned.passwordRollbacks[0]?.plan;
      return [
        ...planned.warnings,
        plan?.kind === 'write' ? wouldRollBack(plan) : nothingToChange(secret, to),
      ];
    }
    case 'write': {
      const { warnings, plan, except, preview } = planned;
      return [
        ...warnings,
        wouldRollBack(plan),
        ...webhookChangeLine(except),
        ...rolloutPreviewLines(preview),
      ];
    }
  }
}

const nothingToChange = (secret: string, to: number): string =>
  `${secret} holds what version ${to} was: there is nothing to change`;

async function execute(run: RollbackRun, planned: PlannedRollback): Promise<number> {
  const { ref, options, print } = run;
  switch (planned.kind) {
    case 'unchanged':
      await requireRollout(run, run.session);
      print(nothingToChange(refText(ref), options.to));
      return await followWrite(run, run.session);
    case 'refused':
      for (const line of planned.reasons) print(line);
      print('nothing was written');
      return 1;
    case 'login':
      for (const line of planned.warnings) print(line);
      return await rollbackPasswords(planned.passwordRollbacks);
    case 'write':
      await requireRollout(run, run.session);
      for (const line of planned.warnings) print(line);
      return await write(run, planned);
  }
}

async function write(run: RollbackRun, { plan, why }: PlannedWrite): Promise<number> {
  const { ref, session, options, print } = run;
  const before = session.observed.secret.data;
  const { to } = options;
  try {
    const { secret } = await session.execute({ data: plan.data, why, record: session.record() });
    const stored = secret.data;
    if (differingKeys(before, stored).length === 0) {
      print(`${refText(ref)} is unchanged: a webhook restored every key`);
      return 1;
    }
    print(`${refText(ref)} is rolled back to version ${to}, as a new version: ${changesText(plan, before)}`);
    for (const line of webhookChangeLine(differingKeys(plan.data, stored))) print(line);
    return await followWrite(run, run.session);
  } catch (error) {
    if (!(error instanceof LockstepError) || error.code !== 'LOCKSTEP_SECRET_REFUSED') throw error;
    print(error.message);
    print('nothing was written');
    return 1;
  }
}
