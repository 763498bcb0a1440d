import { conflictsIn } from '../../controllers/policy/conflicts.ts';
import { hasOutdatedCounts } from '../../controllers/policy/counts-status.ts';
import { policyEventsOf } from '../../controllers/policy/policy-events.ts';
import { contentOf, isSameStatus, statusOf } from '../../controllers/policy/status.ts';
import { type DesiredStatus, statusWriter } from '../../controllers/policy/status-writer.ts';
import type { PolicyStore } from '../../controllers/policy/store.ts';
import type { Action } from '../../engine/finding/finding.ts';
import { errorFields, isConflict } from '../../errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { type PolicyResource, writePolicyStatus } from '../../kube/objects/secret-policies.ts';
import type { Log } from '../../log.ts';
import { sleepUntilAborted } from '../cli/sleep.ts';
import { policyReference, type RecordEvent } from './event-recorder.ts';

export interface PolicyStatusWriter {
  /** Call it after a possible change. */
  readonly wake: () => void;
  /** Also checks at an interval until the signal comes. */
  readonly start: () => void;
}

export interface PolicyStatusParts {
  readonly cluster: Cluster;
  readonly log: Log;
  readonly maxAction: Action;
  readonly recordEvent: RecordEvent;
}

/** An exception expires without any other event. */
const RECHECK_INTERVAL_MS = 60 * 60 * 1000;

/** Writes the result of each policy into its status. */
export function policyStatusWriter(
  store: PolicyStore<PolicyResource>,
  { cluster, log, maxAction, recordEvent }: PolicyStatusParts,
  signal: AbortSignal,
): PolicyStatusWriter {
  const desired = (): readonly DesiredStatus[] => {
    const conflictsOf = conflictsIn(store);
    return store.states().map((state) => {
      const { stored } = state;
      const status = statusOf(state, conflictsOf(stored.name), {
        before: stored.status,
        now: new Date(),
        maxAction,
      });
      // No column may show the counts of an earlier version, also while no controller works.
      const isOutdated = hasOutdatedCounts(stored.status, stored.generation);
      return {
        name: stored.name,
        isStored: isSameStatus(status, stored.status) && !isOutdated,
        // The uid ensures a new status for a policy that was deleted and created again.
        content: `${stored.uid} ${contentOf(status)}`,
        write: async () => {
          await writePolicyStatus(cluster, stored, { ...status, ...(isOutdated && { secrets: null }) });
          // The replica that wrote the status reports what it changed, so a restart repeats no Event.
          for (const event of policyEventsOf(stored.status, status))
            await recordEvent({ ...event, regarding: policyReference(stored) });
        },
      };
    });
  };
  const { wake } = statusWriter(
    {
      desired,
      isConflict,
      onError: (error) => {
        if (error === undefined) log.info('the status of policies is written again');
        else log.warn('the status of a policy can not be written', errorFields(error));
      },
      random: Math.random,
      sleep: sleepUntilAborted,
    },
    signal,
  );
  return {
    wake,
    start: () => {
      const timer = setInterval(wake, RECHECK_INTERVAL_MS);
      signal.addEventListener('abort', () => clearInterval(timer));
    },
  };
}
