import { keyOf, type SecretKey } from '../../controllers/informer/version-index.ts';
import type { ObservedSecret, SecretRef } from '../../controllers/ports.ts';
import type { ReconcilerDeps, SecretEventData } from '../../controllers/reconciler-deps.ts';
import type { ReconcileResult } from '../../controllers/secret/reconciler.ts';
import type { RolloutEvent } from '../../controllers/secret/rollout.ts';
import type { ChangeReason, SecretRecord } from '../../engine/record/record.ts';
import { workloadId } from '../../engine/rollout/consumers.ts';
import type { OverdueKey } from '../../engine/rotation/overdue.ts';
import { eventType } from '../../engine/secret/event-reasons.ts';
import { errorFields, LockstepError } from '../../errors.ts';
import type { EventData } from '../../kube/client/events.ts';
import type { Log } from '../../log.ts';
import type { ReconcileOutcome, SecretWriteReason } from '../../metrics/controller.ts';
import type { ControllerMetricsPage } from '../../metrics.ts';
import { type EventReporter, secretReference, workloadReference } from '../pod/event-recorder.ts';
import { eventDeduplicator } from './event-deduplicator.ts';
import { gaugeSet } from './gauge-set.ts';
import { keyOverdueEvent, rolloutEventText, SUSPENDED_EVENT } from './reconcile-events.ts';

export interface ReconcileLogParts {
  readonly log: Log;
  readonly metrics: ControllerMetricsPage;
  readonly recordEvent: (happening: Omit<EventData, keyof EventReporter>) => Promise<void>;
}

type ReconcileStep = (deps: ReconcilerDeps) => Promise<ReconcileResult>;

/** Reports the work by the log, metrics and Events. It holds only names, never a value of a Secret. */
export interface ReconcileLog {
  /** Counts one reconcile of one Secret, and reports a failure that a person can fix. A conflict is no failure. */
  readonly reconcile: (
    key: SecretKey,
    deps: ReconcilerDeps,
    action: ReconcileStep,
  ) => Promise<ReconcileResult>;
  readonly recordEvent: (observed: ObservedSecret, event: SecretEventData) => void;
  readonly onWritten: (ref: SecretRef, why: ChangeReason) => void;
  readonly onRolloutEvent: (ref: SecretRef, event: RolloutEvent) => void;
  readonly reportOverdueKeys: (observed: ObservedSecret, overdue: readonly OverdueKey[]) => void;
  readonly onSuspended: (key: SecretKey) => void;
  readonly onResumed: (key: SecretKey) => void;
  readonly onError: (key: SecretKey, error: unknown) => void;
  readonly fullScan: (action: () => Promise<void>) => Promise<void>;
  readonly onScanFailed: (error: unknown) => void;
}

/** A write that the controller itself never makes has no reason. */
const WRITE_REASONS: Readonly<Record<ChangeReason['kind'], SecretWriteReason | undefined>> = {
  seen: undefined,
  changed: undefined,
  healed: 'heal',
  generated: 'generate',
  rotated: 'rotate',
  'rolled-back': 'rollback',
  login: 'password-change',
};

/** The delay after another client wrote first. */
const CONFLICT_RETRY_MS = 200;

export function createReconcileLog({ log, metrics, recordEvent }: ReconcileLogParts): ReconcileLog {
  /** The Secrets that are being reconciled now. */
  const reconciling = new Map<SecretKey, ObservedSecret>();
  const stopped = gaugeSet(metrics.setRolloutsStopped);
  const unreadable = gaugeSet(metrics.setRecordsUnreadable);
  const suspended = gaugeSet(metrics.setSecretsSuspended);
  /** A failure is reported once, however often the reconcile repeats. */
  const failingSecrets = new Set<SecretKey>();
  const deduplicator = eventDeduplicator(() => performance.now());
  /** Overdue keys of each Secret. */
  const overdue = new Map<SecretKey, ReadonlySet<string>>();

  function instrument(key: SecretKey, deps: ReconcilerDeps): ReconcilerDeps {
    return {
      ...deps,
      secrets: {
        ...deps.secrets,
        read: async (ref) => {
          const observed = await deps.secrets.read(ref);
          if (observed === undefined) forget(key);
          else reconciling.set(key, observed);
          return observed;
        },
      },
      records: {
        ...deps.records,
        read: async (ref) => {
          const lookup = await deps.records.read(ref);
          unreadable.put(key, lookup.kind === 'unreadable');
          stopped.put(key, lookup.kind === 'read' && isStopped(lookup.record));
          return lookup;
        },
        write: async (ref, record, version) => {
          const written = await deps.records.write(ref, record, version);
          metrics.recordWrite('records');
          stopped.put(key, isStopped(record));
          return written;
        },
      },
    };
  }

  function forget(key: SecretKey): void {
    for (const each of [stopped, unreadable, suspended, failingSecrets, deduplicator]) each.delete(key);
    setOverdue(key, new Set());
  }

  function setOverdue(key: SecretKey, keys: ReadonlySet<string>): void {
    const before = overdue.get(key)?.size ?? 0;
    if (keys.size === 0) overdue.delete(key);
    else overdue.set(key, keys);
    if (before !== keys.size)
      metrics.setKeysOverdue([...overdue.values()].reduce((sum, { size }) => sum + size, 0));
  }

  async function reconcile(
    key: SecretKey,
    deps: ReconcilerDeps,
    action: ReconcileStep,
  ): Promise<ReconcileResult> {
    const startedAt = performance.now();
    let outcomeLabel: ReconcileOutcome = 'error';
    try {
      const outcome = await action(instrument(key, deps));
      outcomeLabel = outcome.kind;
      failingSecrets.delete(key);
      return outcome;
    } catch (error) {
      outcomeLabel = outcomeOf(error);
      if (outcomeLabel === 'conflict') return { kind: 'requeue', requeueAfter: CONFLICT_RETRY_MS };
      if (isShuttingDown(error)) return { kind: 'done' };
      const observed = reconciling.get(key);
      if (observed !== undefined && error instanceof LockstepError && REPORTED_ERRORS.has(error.code)) {
        recordSecretEvent(observed, {
          reason: 'ReconcileFailed',
          note: error.message,
          identity: error.message,
        });
      }
      throw error;
    } finally {
      reconciling.delete(key);
      metrics.recordReconcile(outcomeLabel, performance.now() - startedAt);
    }
  }

  function recordSecretEvent(
    { secret: { namespace, name }, uid }: ObservedSecret,
    { reason, note, identity }: SecretEventData,
  ): void {
    const key = keyOf({ namespace, name });
    const fields = { secret: key, reason, note };
    const isNormal = eventType(reason) === 'Normal';
    const novelty = isNormal ? 'first' : deduplicator.check(key, `${reason} ${identity}`);
    if (novelty === undefined) return;
    if (isNormal) log.info('a Secret was changed', fields);
    else if (novelty === 'first') log.warn('reconcile needs manual action', fields);
    void recordEvent({ reason, note, identity, regarding: secretReference(namespace, name, uid) });
  }

  function recordRolloutEvent({ namespace, name }: SecretRef, event: RolloutEvent): void {
    const observed = reconciling.get(keyOf({ namespace, name }));
    const { version } = event;
    const eventText = rolloutEventText(name, event);
    const workload = event.kind === 'finished' ? undefined : workloadId(event.workload);
    const fields = { secret: `${namespace}/${name}`, version, workload, note: eventText.note };
    if (eventType(eventText.reason) === 'Warning') log.warn('a consumer was not rolled out', fields);
    else log.info('consumers', fields);
    const identity = `${eventText.note} ${version}`;
    const { reason, note } = eventText;
    if (event.kind !== 'finished') {
      const workloadEvent = { reason, note, identity, regarding: workloadReference(event.workload) };
      void recordEvent(workloadEvent);
    }
    if (event.kind === 'stopped' || event.kind === 'finished') {
      metrics.recordRollout(event.kind === 'stopped' ? 'stopped' : 'complete');
      if (observed !== undefined)
        void recordEvent({
          reason,
          note,
          identity,
          regarding: secretReference(namespace, name, observed.uid),
        });
    }
    if (event.kind === 'restarted') metrics.recordWrite('workloads');
  }

  function reportOverdueKeys(observed: ObservedSecret, keys: readonly OverdueKey[]): void {
    setOverdue(keyOf(observed.secret), new Set(keys.map(({ key }) => key)));
    for (const one of keys) recordSecretEvent(observed, keyOverdueEvent(one));
  }

  return {
    reconcile,
    recordEvent: recordSecretEvent,
    reportOverdueKeys,
    onWritten: (_, { kind }) => {
      metrics.recordWrite('secrets');
      const reason = WRITE_REASONS[kind];
      if (reason !== undefined) metrics.recordSecretWrite(reason);
    },
    onRolloutEvent: recordRolloutEvent,
    onSuspended: (key) => {
      suspended.put(key, true);
      const observed = reconciling.get(key);
      if (observed !== undefined) recordSecretEvent(observed, SUSPENDED_EVENT);
    },
    onResumed: (key) => suspended.delete(key),
    onError: (key, error) => {
      if (failingSecrets.has(key)) return;
      failingSecrets.add(key);
      log.warn('reconcile failed, retrying', { secret: key, ...errorFields(error) });
    },
    fullScan: async (action) => {
      const startedAt = performance.now();
      await action();
      const milliseconds = performance.now() - startedAt;
      metrics.recordResync(new Date(), milliseconds);
      log.info('full scan completed', { milliseconds: Math.round(milliseconds) });
    },
    onScanFailed: (error) => log.warn('full scan failed, retrying', errorFields(error)),
  };
}

/** The rollout of a deleted Secret never counts as stopped. */
const isStopped = ({ deletedAt, rollout }: SecretRecord): boolean =>
  deletedAt === undefined && rollout?.stopped !== undefined;

/** A person must fix these errors. An Event at the Secret reports them. */
const REPORTED_ERRORS: ReadonlySet<string> = new Set([
  'LOCKSTEP_SECRET_REFUSED',
  'LOCKSTEP_RECORD_REFUSED',
  'LOCKSTEP_RECORD_TOO_LARGE',
  'LOCKSTEP_WORKLOADS_FORBIDDEN',
]);

function outcomeOf(error: unknown): ReconcileOutcome {
  if (!(error instanceof LockstepError)) return 'error';
  if (error.code === 'LOCKSTEP_CLUSTER_CONFLICT') return 'conflict';
  return REPORTED_ERRORS.has(error.code) ? 'forbidden' : 'error';
}

/**
 * In a namespace that is being deleted no object can be created. A leader that has lost its Lease leaves the rest to
 * the next leader.
 */
const isShuttingDown = (error: unknown): boolean =>
  error instanceof LockstepError &&
  (error.code === 'LOCKSTEP_LEADERSHIP_LOST' || error.code === 'LOCKSTEP_NAMESPACE_TERMINATING');
