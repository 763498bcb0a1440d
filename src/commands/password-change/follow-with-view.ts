import type { SecretRecord } from '../../engine/record/record.ts';
import { readWorkload } from '../../kube/objects/workloads.ts';
import { PROPAGATION, ROLLOUT_TIMEOUT } from '../cli/duration.ts';
import { countSignals } from '../cli/signals.ts';
import { LEADER_CHANGE_MS, leaderNeeds } from '../secret-session/follow-leader.ts';
import { type FollowResult, followChange } from './follow.ts';
import { openProgressView } from './progress-view.ts';
import type { PasswordChangeRun } from './run.ts';
import { readWaitStatus } from './stored-status.ts';

/**
 * Shows the progress of the change request or of the password change that `record` holds. A signal ends the view, and
 * the controller continues. Throws LockstepError.
 */
export async function followWithView(run: PasswordChangeRun, record: SecretRecord): Promise<FollowResult> {
  const { ref, cluster, shell } = run;
  const view = openProgressView(`${ref.namespace}/${ref.name}`, record, { ...shell, clock, every });
  const timeout = timeoutOf(run);
  const leader = leaderNeeds(run, { print: view.print, timeout });
  const { retryDuringOutage } = leader;
  const following = followChange(ref, record, {
    ...leader,
    timeout,
    waitStatus: retryDuringOutage(() => readWaitStatus(run)),
    podsOf: retryDuringOutage(async (workload: string) =>
      progressReason(await readWorkload(cluster, ref.namespace, workload)),
    ),
    view,
    system: run.credential.spec.keys.system,
    propagation: PROPAGATION + LEADER_CHANGE_MS,
  });
  const interrupted = countSignals(shell).first.then((): FollowResult => ({ kind: 'left' }));
  try {
    return await Promise.race([following, interrupted]);
  } finally {
    view.end();
  }
}

/**
 * The limit of the command line, in milliseconds. If that is the default, a longer limit in the PostgresCredential
 * applies.
 */
const timeoutOf = ({
  credential,
  options: { timeout },
}: Pick<PasswordChangeRun, 'credential' | 'options'>): number =>
  timeout === ROLLOUT_TIMEOUT ? Math.max(timeout, credential.spec.consumers.timeout) : timeout;

const clock = (): number => performance.now();

function every(milliseconds: number, action: () => void): () => void {
  const timer = setInterval(action, milliseconds);
  return () => clearInterval(timer);
}

const progressReason = (workload: Awaited<ReturnType<typeof readWorkload>>): string | undefined =>
  workload?.progress.kind === 'underway' ? workload.progress.why : undefined;
