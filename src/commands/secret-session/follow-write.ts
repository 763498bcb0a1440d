import type { SecretSession } from '../../controllers/secret-session/open.ts';
import { reportsOnly } from '../../engine/permissions/permissions.ts';
import { followRollout } from './follow-rollout.ts';
import { leaderNeeds } from './leader-needs.ts';
import { reportStopped } from './retry-during-outage.ts';
import type { SecretRun } from './run.ts';

/**
 * Resolves with the exit code once all consumers have the data of the Secret. It continues through an outage of the API
 * server.
 */
export async function followWrite(
  run: SecretRun,
  { permissions }: Pick<SecretSession, 'permissions'>,
): Promise<number> {
  const { ref, ports, options, print } = run;
  if (!permissions.mayRestart) {
    print(`no consumer is restarted, because ${noRestartReason(permissions)}`);
    return 0;
  }
  const leader = leaderNeeds(run);
  return await reportStopped(print, async () => {
    const end = await followRollout(ref, {
      ...leader,
      writeRecord: leader.retryDuringOutage(ports.records.write),
      advanceRollout: leader.retryDuringOutage(ports.workloads.advanceRollout),
      now: ports.clock.now,
      timeout: options.timeout,
    });
    print(end.kind === 'finished' ? 'all consumers are rolled out' : `stopped: ${end.sentence}`);
    return end.kind === 'finished' ? 0 : 1;
  });
}

const noRestartReason = ({ maxAction }: SecretSession['permissions']): string =>
  maxAction === 'Enforce' ? 'no policy with restart: true matches it' : reportsOnly(maxAction);
