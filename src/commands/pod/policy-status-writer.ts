import {
  conflictsIn,
  contentOf,
  type POLICY_CONDITIONS,
  type PolicyStatus,
  statusOf,
} from '../../controllers/policy/status.ts';
import { type DesiredStatus, statusWriter } from '../../controllers/policy/status-writer.ts';
import type { PolicyStore } from '../../controllers/policy/store.ts';
import type { Action } from '../../engine/secret/finding/finding.ts';
import type { EventReason } from '../../engine/secret/kubernetes/event-reasons.ts';
import { errorFields, isConflict } from '../../errors/errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { writePolicyStatus } from '../../kube/objects/secret-policies.ts';
import type { Log } from '../../log.ts';
import { sleepUntilAborted } from '../../sleep.ts';
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
  store: PolicyStore,
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
      const content = contentOf(status);
      return {
        name: stored.name,
        isStored: content === contentOf(stored.status),
        // The uid ensures a new status for a policy that was deleted and created again.
        content: `${stored.uid} ${content}`,
        write: async () => {
          await writePolicyStatus(cluster, stored, status);
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

/** An Event about a SecretPolicy. It holds text of the policy, and nothing of a Secret. */
export interface PolicyEvent {
  readonly reason: EventReason;
  readonly note: string;
  /** Equal for the same fact, so that several replicas record it once. */
  readonly identity: string;
}

type StoredStatus = Partial<
  Record<'conditions', readonly ({ type?: unknown; message?: unknown } | null)[]>
> & {
  readonly observedGeneration?: unknown;
};

const REASONS: Readonly<Record<Exclude<keyof typeof POLICY_CONDITIONS, 'Ready'>, EventReason>> = {
  ExceptionsExpired: 'ExceptionExpired',
  ExceptionsExpiring: 'ExceptionExpiresSoon',
  PrecedenceConflict: 'PolicyConflict',
  SystemConflict: 'PolicyConflict',
};

/**
 * The Events for a status that replaces `before`, whatever that holds. None if nothing has changed but a time.
 *
 * @internal Exported for tests.
 */
export function policyEventsOf(before: unknown, status: PolicyStatus): readonly PolicyEvent[] {
  const { observedGeneration, conditions } = (before ?? {}) as StoredStatus;
  const known = Array.isArray(conditions) ? conditions : [];
  const isNewVersion = observedGeneration !== status.observedGeneration;
  return status.conditions.flatMap(({ type, status: isTrue, message }) => {
    const isKnown = known.some((one) => one?.type === type && one.message === message);
    if (isKnown && !(type === 'Ready' && isNewVersion)) return [];
    const identity = `${status.observedGeneration} ${message}`;
    if (type !== 'Ready') return { reason: REASONS[type], note: message, identity };
    if (isTrue === 'False') return { reason: 'PolicyInvalid' as const, note: message, identity };
    const note = `Version ${status.observedGeneration} is in effect, with the action ${status.effectiveAction}.`;
    return { reason: 'PolicyAccepted' as const, note, identity };
  });
}
