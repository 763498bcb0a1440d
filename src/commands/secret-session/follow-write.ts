import type { SecretSession } from '../../controllers/secret-session/open.ts';
import { reportsOnly } from '../../engine/review/own-writes/permissions.ts';
import { rolloutLines } from '../../report/history/outcome-text.ts';
import { leaderNeeds, reportStopped } from './follow-leader.ts';
import { followRollout } from './follow-rollout.ts';
import { outdatedConsumers } from './outdated-consumers.ts';
import { requireController } from './require-controller.ts';
import type { SecretRun } from './run.ts';

/** Throws NO_CONTROLLER if the write would leave consumers with the data before. Nothing is written yet. */
export async function requireRollout(
  run: SecretRun,
  { permissions }: Pick<SecretSession, 'permissions'>,
): Promise<void> {
  if (permissions.mayRestart) await requireController(run);
}

/**
 * Resolves with the exit code at the end of the rollout, and names the consumers that lack the data of the Secret. It
 * continues through an outage of the API server.
 */
export async function followWrite(
  run: SecretRun,
  { permissions }: Pick<SecretSession, 'permissions'>,
): Promise<number> {
  const { ref, print } = run;
  if (!permissions.mayRestart) {
    print(`no consumer is restarted, because ${noRestartReason(permissions)}`);
    return 0;
  }
  return await reportStopped(print, async () => {
    const end = await followRollout(ref, leaderNeeds(run));
    if (end.kind === 'finished') {
      for (const line of rolloutLines(await outdatedConsumers(run, permissions))) print(line);
      return 0;
    }
    print(`stopped: ${end.sentence}`);
    if (end.isOpen === true) print('a controller that leads restarts the remaining consumers');
    return 1;
  });
}

const noRestartReason = ({ maxAction }: SecretSession['permissions']): string =>
  maxAction === 'Enforce' ? 'no policy with restart: true matches it' : reportsOnly(maxAction);
