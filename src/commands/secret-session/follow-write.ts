import type { SecretSession } from '../../controllers/secret-session/open.ts';
import { reportsOnly } from '../../engine/permissions/permissions.ts';
import { leaderNeeds } from './follow-leader.ts';
import { followRollout } from './follow-rollout.ts';
import { requireController } from './require-controller.ts';
import { reportStopped } from './retry-during-outage.ts';
import type { SecretRun } from './run.ts';

/** Throws NO_CONTROLLER if the write would leave consumers with the data before. Nothing is written yet. */
export async function requireRollout(
  run: SecretRun,
  { permissions }: Pick<SecretSession, 'permissions'>,
): Promise<void> {
  if (permissions.mayRestart) await requireController(run);
}

/**
 * Resolves with the exit code once all consumers have the data of the Secret. It continues through an outage of the API
 * server.
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
    print(end.kind === 'finished' ? 'all consumers are rolled out' : `stopped: ${end.sentence}`);
    if (end.kind === 'stopped' && end.isOpen === true)
      print('a controller that leads restarts the remaining consumers');
    return end.kind === 'finished' ? 0 : 1;
  });
}

const noRestartReason = ({ maxAction }: SecretSession['permissions']): string =>
  maxAction === 'Enforce' ? 'no policy with restart: true matches it' : reportsOnly(maxAction);
