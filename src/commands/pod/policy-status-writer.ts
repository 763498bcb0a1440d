import { gistOf, saysSame, statusOf } from '../../controllers/policy/status.ts';
import { statusWriter, type Wanted } from '../../controllers/policy/status-writer.ts';
import type { PolicyStore } from '../../controllers/policy/store.ts';
import { tiesAmong } from '../../engine/policy/ties.ts';
import { complaint, isConflict } from '../../errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { type StoredPolicy, writePolicyStatus } from '../../kube/objects/secret-policies.ts';
import type { Log } from '../../log.ts';
import { pause } from '../cli/sleep.ts';

export interface PolicyStatuses {
  /** Something may have changed. */
  readonly wake: () => void;
  /** Until the signal comes, also looks by itself now and then. */
  readonly start: () => void;
}

/** An exception runs out whether or not anything happens. Milliseconds. */
const LOOK_AGAIN = 60 * 60 * 1000;

/** Says in each policy's status what became of it. */
export function policyStatuses(
  store: PolicyStore<StoredPolicy>,
  { cluster, log }: { readonly cluster: Cluster; readonly log: Log },
  signal: AbortSignal,
): PolicyStatuses {
  const wanted = (): readonly Wanted[] => {
    const ties = tiesAmong(store.policies().policies);
    return store.verdicts().map((verdict) => {
      const { stored } = verdict;
      const status = statusOf(verdict, ties.get(stored.name) ?? [], stored.status, new Date());
      return {
        name: stored.name,
        isStored: saysSame(status, stored.status),
        // With its uid: one that is deleted and made again is told again.
        gist: `${stored.uid} ${gistOf(status)}`,
        write: () => writePolicyStatus(cluster, stored, status),
      };
    });
  };
  const { wake } = statusWriter(
    {
      wanted,
      isConflict,
      failing: (error) => {
        if (error === undefined) log.info('the status of policies is written again');
        else log.warn('the status of a policy can not be written', complaint(error));
      },
      random: Math.random,
      sleep: pause,
    },
    signal,
  );
  return {
    wake,
    start: () => {
      const timer = setInterval(wake, LOOK_AGAIN);
      signal.addEventListener('abort', () => clearInterval(timer));
    },
  };
}
