import { callOnChange } from '../../call-on-change.ts';
import type { DomainEvent, Emit } from '../../controllers/domain-event.ts';
import { keyOf, type SecretKey } from '../../controllers/informer/version-index.ts';
import type { OwnChangeReason } from '../../engine/secret/record/record.ts';
import type { ControllerMetrics, SecretWriteReason } from '../../metrics/controller.ts';

const WRITE_REASONS: Readonly<Record<OwnChangeReason['kind'], SecretWriteReason>> = {
  healed: 'heal',
  generated: 'generate',
  rotated: 'rotate',
  'rolled-back': 'rollback',
  login: 'password-change',
};

/** Counts and times reconciles, writes and rollouts, by the events of the reconcilers. */
export function reconcileMetrics(metrics: ControllerMetrics): Emit {
  const stopped = gaugeSet(metrics.setRolloutsStopped);
  const unreadable = gaugeSet(metrics.setRecordsUnreadable);
  const suspended = gaugeSet(metrics.setSecretsSuspended);
  const overdue = new Map<SecretKey, number>();
  const setKeysOverdue = callOnChange(metrics.setKeysOverdue, (keys) => keys, 0);

  function setOverdue(key: SecretKey, count: number): void {
    if (count === 0) overdue.delete(key);
    else overdue.set(key, count);
    setKeysOverdue([...overdue.values()].reduce((sum, one) => sum + one, 0));
  }

  function recordSecretWrite(kind: OwnChangeReason['kind']): void {
    metrics.recordWrite('secrets');
    metrics.recordSecretWrite(WRITE_REASONS[kind]);
  }

  return (event) => {
    switch (event.kind) {
      case 'secret-deleted':
        for (const each of [stopped, unreadable, suspended]) each.put(keyOf(event.secret), false);
        return setOverdue(keyOf(event.secret), 0);
      case 'record-read':
        unreadable.put(keyOf(event.secret), event.lookup === 'unreadable');
        return stopped.put(keyOf(event.secret), event.isRolloutStopped);
      case 'record-written':
        metrics.recordWrite('records');
        return stopped.put(keyOf(event.secret), event.isRolloutStopped);
      case 'keys-overdue':
        return setOverdue(keyOf(event.secret), new Set(event.keys.map(({ key }) => key)).size);
      case 'secret-written':
        return recordSecretWrite(event.why.kind);
      case 'derived-secret-written':
        return recordSecretWrite('healed');
      case 'rollout-advanced':
        return recordRolloutStep(event.step, metrics);
      case 'suspended':
        return suspended.put(keyOf(event.secret), true);
      case 'resumed':
        return suspended.put(keyOf(event.secret), false);
      case 'reconcile-finished':
        return metrics.recordReconcile(event.outcome, event.milliseconds);
      default:
        return;
    }
  };
}

function recordRolloutStep(
  step: Extract<DomainEvent, { kind: 'rollout-advanced' }>['step'],
  metrics: ControllerMetrics,
): void {
  const { kind } = step;
  if (kind === 'restarted' && step.by === 'lockstep') metrics.recordWrite('workloads');
  if (kind === 'stopped') metrics.recordRollout('stopped');
  if (kind === 'finished') metrics.recordRollout('complete');
}

/** A set that sets a gauge to its size at each change. */
function gaugeSet(setGauge: (count: number) => void) {
  const keys = new Set<string>();
  const setSize = callOnChange(setGauge, (size) => size, 0);
  return {
    put: (key: string, isMember: boolean): void => {
      if (isMember) keys.add(key);
      else keys.delete(key);
      setSize(keys.size);
    },
  };
}
