import { setTimeout as sleep } from 'node:timers/promises';
import { reconcileSecret } from '../../controllers/secret/reconciler.ts';
import { type WaitStatus, waitStatusOf } from '../../engine/credential/status/wait-status.ts';
import type { SecretRecord } from '../../engine/record/record.ts';
import { readWorkload } from '../../kube/objects/workloads.ts';
import { ROLLOUT_TIMEOUT } from '../cli/duration.ts';
import { countSignals, type Signals } from '../cli/signals.ts';
import { LEADER_CHANGE_MS } from '../secret-session/follow-leader.ts';
import { leaderNeeds } from '../secret-session/leader-needs.ts';
import { type FollowResult, followChange } from './follow.ts';
import { openProgressView } from './progress-view.ts';
import { type PasswordChangeRun, reconcilerDeps } from './run.ts';
import { readWaitStatus } from './stored-status.ts';

/**
 * Follows the change request or the password change that `record` holds, and executes it if no controller leads. The
 * first signal ends it at a point where no client is locked out. The second one ends it at once. Throws LockstepError.
 */
export async function runPasswordChange(run: PasswordChangeRun, record: SecretRecord): Promise<FollowResult> {
  const { ref, cluster, options, shell } = run;
  const signals = countSignals(shell);
  const view = openProgressView(`${ref.namespace}/${ref.name}`, record, { ...shell, clock, every });
  void signals.first.then(() => view.print(STOPPING_NOTICE));
  let waitStatus: WaitStatus = { notReadyReason: undefined, waitingFor: undefined };
  const deps = reconcilerDeps(run, view.print, (news) => {
    waitStatus = waitStatusOf(news);
  });
  const timeout = timeoutOf(run);
  const isStopRequested = (): boolean => signals.count() > 0;
  const leader = leaderNeeds(run, {
    print: view.print,
    pause: (milliseconds) => pause(milliseconds, signals),
    isStopRequested,
    timeout,
  });
  const { retryDuringOutage } = leader;
  const following = followChange(ref, record, {
    ...leader,
    isStopRequested,
    timeout,
    reconcile: retryDuringOutage(() => reconcileSecret(ref, deps)),
    waitStatus: retryDuringOutage(async (isLed: boolean) => (isLed ? await readWaitStatus(run) : waitStatus)),
    podsOf: retryDuringOutage(async (workload: string) =>
      progressReason(await readWorkload(cluster, ref.namespace, workload)),
    ),
    view,
    propagation: options.propagation + LEADER_CHANGE_MS,
  });
  const interrupted = signals.second.then((): FollowResult => ({ kind: 'left', isLed: false }));
  try {
    const end = await Promise.race([following, interrupted]);
    // A controller removes the finalizer itself. Removing it twice does no harm.
    if (end.kind !== 'left' && end.kind !== 'stopped') await deps.credentials.finalizer.remove(ref);
    return end;
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

const STOPPING_NOTICE = 'stops as soon as no client is locked out; a second signal stops at once';

const clock = (): number => performance.now();

function every(milliseconds: number, action: () => void): () => void {
  const timer = setInterval(action, milliseconds);
  return () => clearInterval(timer);
}

/** The first signal ends the pause early. After that signal, later pauses take their full time. */
async function pause(milliseconds: number, signals: Signals): Promise<void> {
  const waiting = sleep(milliseconds);
  await (signals.count() > 0 ? waiting : Promise.race([waiting, signals.first]));
}

const progressReason = (workload: Awaited<ReturnType<typeof readWorkload>>): string | undefined =>
  workload?.progress.kind === 'underway' ? workload.progress.why : undefined;
