import { setTimeout as sleep } from 'node:timers/promises';
import { hasActiveController } from '../../kube/client/lease.ts';
import type { FollowLeaderNeeds } from './follow-leader.ts';
import { type OutageRetry, type OutageRetryNeeds, outageRetry } from './retry-during-outage.ts';
import type { SecretRun } from './run.ts';

/** The needs of `followLeader`. `retryDuringOutage` wraps further calls. */
interface LeaderNeeds extends FollowLeaderNeeds {
  readonly retryDuringOutage: OutageRetry;
}

/** Each call continues through an outage of the API server. `own` replaces the defaults of the command line. */
export function leaderNeeds(
  { cluster, ports, options, print }: Pick<SecretRun, 'cluster' | 'ports' | 'options' | 'print'>,
  own: Partial<OutageRetryNeeds> = {},
): LeaderNeeds {
  const waiting: OutageRetryNeeds = {
    print,
    pause: (milliseconds) => sleep(milliseconds),
    clock: () => performance.now(),
    timeout: options.timeout,
    ...own,
  };
  const retryDuringOutage = outageRetry(waiting);
  return {
    print: waiting.print,
    pause: waiting.pause,
    clock: waiting.clock,
    readRecord: retryDuringOutage(ports.records.read),
    isLed: retryDuringOutage(() => hasActiveController(cluster, options.lockstepNamespace)),
    retryDuringOutage,
  };
}
