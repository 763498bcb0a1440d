import type { Restoring } from '../../engine/history/rollback.ts';
import { differingKeys, type Values } from '../../engine/record/record.ts';
import { LockstepError } from '../../errors.ts';
import { connect } from '../../kube/client/connect.ts';
import type { SecretPlace } from '../../kube/secrets/stored-secrets.ts';
import { changesText, exceptLine } from '../../report/history/rollback-text.ts';
import { previewLines } from '../../report/history/rollout-preview.ts';
import { printable } from '../../report/printable.ts';
import { surroundings } from '../cli/cli-context.ts';
import type { Shell } from '../cli/shell.ts';
import { followRestored, readersNeeds } from '../secret-session/follow-restore.ts';
import { restore } from '../secret-session/restore.ts';
import { beginRollback } from './load.ts';
import { rehearseLoginRollback, rollbackLogin } from './password.ts';
import {
  type PlannedRollback,
  type PlannedWrite,
  plannedRollback,
  type RollbackOptions,
  type RollbackRun,
} from './plan.ts';

/**
 * Has a Secret hold again what a version of it was. Resolves with the exit code: 0 done, 1 denied or not rolled out. Throws LockstepError where
 * it could not begin; then the Secret is as it was.
 */
export async function rollback(place: SecretPlace, options: RollbackOptions, shell: Shell): Promise<number> {
  const cluster = connect(options);
  const around = { ...surroundings(shell), ownNamespace: options.lockstepNamespace };
  const begun = await beginRollback(place, cluster, around, shell);
  const say = (line: string): void => void shell.stdout.write(`${printable(line)}\n`);
  const run: RollbackRun = { place, begun, cluster, around, options, shell, say };
  const planned = await plannedRollback(run);
  return options.dryRun ? await tell(run, planned) : await carryOut(run, planned);
}

const named = ({ namespace, name }: SecretPlace): string => `Secret ${namespace}/${name}`;

/** Resolves with the exit code that carrying it out would have. */
async function tell({ place, begun, options, say }: RollbackRun, planned: PlannedRollback): Promise<number> {
  for (const line of planLines(planned, named(place), options.to, begun.held.secret.data)) say(line);
  // It says by itself that nothing was written.
  if (planned.kind === 'login') return await rehearseLoginRollback(planned.login);
  say('nothing was written');
  return planned.kind === 'refused' ? 1 : 0;
}

/** Without what its server would do. */
function planLines(planned: PlannedRollback, secret: string, to: number, before: Values): readonly string[] {
  const would = (plan: Pick<Restoring, 'set' | 'remove'>): string =>
    `${secret} would be rolled back to version ${to}: ${changesText(plan, before)}`;
  switch (planned.kind) {
    case 'unchanged':
      return [nothingToChange(secret, to), ...previewLines(planned.preview)];
    case 'refused':
      return [`${secret} would not be rolled back to version ${to}:`, ...planned.reasons];
    case 'login': {
      const { plan } = planned.login;
      return [...planned.warnings, plan.kind === 'write' ? would(plan) : nothingToChange(secret, to)];
    }
    case 'write': {
      const { warnings, plan, except, preview } = planned;
      return [...warnings, would(plan), ...exceptLine(except), ...previewLines(preview)];
    }
  }
}

const nothingToChange = (secret: string, to: number): string =>
  `${secret} holds what version ${to} was: there is nothing to change`;

async function carryOut(run: RollbackRun, planned: PlannedRollback): Promise<number> {
  const { place, options, say } = run;
  switch (planned.kind) {
    case 'unchanged':
      say(nothingToChange(named(place), options.to));
      return await followRestored(run);
    case 'refused':
      for (const line of planned.reasons) say(line);
      say('nothing was written');
      return 1;
    case 'login':
      for (const line of planned.warnings) say(line);
      return await rollbackLogin(planned.login);
    case 'write':
      for (const line of planned.warnings) say(line);
      return await write(run, planned);
  }
}

async function write(run: RollbackRun, { plan, why }: PlannedWrite): Promise<number> {
  const { place, begun, options, say } = run;
  const before = begun.held.secret.data;
  const { to } = options;
  try {
    const { held } = await restore(begun, plan, why, readersNeeds(run));
    const stored = held.secret.data;
    if (differingKeys(before, stored).length === 0) {
      say(`${named(place)} holds what it held: a webhook put everything back`);
      return 1;
    }
    say(`${named(place)} is rolled back to version ${to}, as a new version: ${changesText(plan, before)}`);
    for (const line of exceptLine(differingKeys(plan.data, stored))) say(line);
    return await followRestored(run);
  } catch (error) {
    if (!(error instanceof LockstepError) || error.code !== 'LOCKSTEP_SECRET_REFUSED') throw error;
    say(error.message);
    say('nothing was written');
    return 1;
  }
}
