import type { DomainEvent, Emit } from '../../controllers/domain-event.ts';
import { keyOf, type SecretKey } from '../../controllers/informer/version-index.ts';
import { eventType } from '../../engine/secret/kubernetes/event-reasons.ts';
import { workloadId } from '../../engine/workloads/rollout/consumers.ts';
import { errorFields } from '../../errors/errors.ts';
import type { Log } from '../../log.ts';
import { deduplicatedSecretEvents, rolloutEventText } from './kubernetes-events.ts';

/** Logs the events of the reconcilers. `now` gives milliseconds of a monotonic clock. */
export function reconcileLog(log: Log, now: () => number): Emit {
  const deduplicated = deduplicatedSecretEvents(now);
  /** A failure is logged once, however often the reconcile repeats. */
  const failing = new Set<SecretKey>();

  function logFailure(secret: SecretKey, error: unknown): void {
    if (failing.has(secret)) return;
    failing.add(secret);
    log.warn('reconcile failed, retrying', { secret, ...errorFields(error) });
  }

  return (event) => {
    for (const { secret, reason, note, isRepeated } of deduplicated(event)) {
      const fields = { secret: keyOf(secret), reason, note };
      if (eventType(reason) === 'Normal') log.info('a Secret was changed', fields);
      else if (isRepeated) continue;
      // lockstep itself restores the login after a failed change, and continues after a wait.
      else if (reason === 'PasswordChangeRolledBack') log.warn('a password change is rolled back', fields);
      else if (reason === 'PasswordChangeDelayed') log.warn('a password change waits', fields);
      else log.warn('reconcile needs manual action', fields);
    }
    switch (event.kind) {
      case 'secret-deleted':
        failing.delete(keyOf(event.secret));
        return;
      case 'rollout-advanced':
        return logRollout(log, event);
      case 'reconcile-finished':
        if (event.outcome === 'done' || event.outcome === 'requeue') failing.delete(keyOf(event.secret));
        return;
      case 'reconcile-failed':
        return logFailure(keyOf(event.secret), event.error);
      default:
        return;
    }
  };
}

function logRollout(log: Log, event: Extract<DomainEvent, { kind: 'rollout-advanced' }>): void {
  const { secret, step } = event;
  const { reason, note } = rolloutEventText(event);
  const workload = step.kind === 'finished' ? undefined : workloadId(step.workload);
  const fields = { secret: keyOf(secret), version: step.version, workload, note };
  if (eventType(reason) === 'Warning') log.warn('a consumer was not rolled out', fields);
  else log.info('consumers', fields);
}
