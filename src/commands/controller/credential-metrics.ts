import type { ChangeSummary, Emit } from '../../controllers/events/domain-event.ts';
import { keyOf, type SecretKey } from '../../controllers/informer/version-index.ts';
import type { CredentialMetrics } from '../../metrics/credentials.ts';

export interface CredentialMetricsParts {
  readonly metrics: Omit<CredentialMetrics, 'followCredentials'>;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
}

/** The phase of one change. A new leader has not seen its start, so a lost entry costs only a duration. */
interface ObservedPhase {
  readonly change: ChangeSummary;
  /** The time at which this process saw the phase begin. */
  readonly startedAt: number | undefined;
}

/** Counts and times logins and password changes, by the events of the reconcilers. */
export function credentialMetrics({ metrics, now }: CredentialMetricsParts): Emit {
  const phases = new Map<SecretKey, ObservedPhase>();
  /** The time since which server and Secret differ because of a change in place. */
  const outOfSyncSince = new Map<SecretKey, number>();

  function observe(key: SecretKey, change: ChangeSummary | undefined, startedAt: number | undefined): void {
    if (change === undefined) phases.delete(key);
    else phases.set(key, { change, startedAt });
  }

  /** The start of this phase, if this process saw it. */
  function startOf(key: SecretKey, change: ChangeSummary | undefined): number | undefined {
    const observed = phases.get(key);
    return observed !== undefined && isSamePhase(observed.change, change) ? observed.startedAt : undefined;
  }

  function phaseChanged(key: SecretKey, before: ChangeSummary | undefined, after: ChangeSummary | undefined) {
    const startedAt = startOf(key, before);
    if (before !== undefined && startedAt !== undefined) metrics.recordPhase(before.phase, now() - startedAt);
    observe(key, after, now());
  }

  /** The server has another password. A change that restores a known password while the Secret keeps it is over. */
  function passwordSet(key: SecretKey, { strategy, cause, isRollingBack }: ChangeSummary): void {
    if (strategy === 'AlternatingUsers') return;
    if (isRollingBack && outOfSyncSince.has(key)) backInSync(key);
    else if (isRollingBack || !SECRET_FIRST_CAUSES.has(cause)) outOfSyncSince.set(key, now());
  }

  function backInSync(key: SecretKey): void {
    const since = outOfSyncSince.get(key);
    if (since === undefined) return;
    outOfSyncSince.delete(key);
    metrics.recordLoginUnavailable(now() - since);
  }

  return (event) => {
    switch (event.kind) {
      case 'login-tried':
        return metrics.recordLogin(event.result);
      case 'record-read':
        // Another leader may have taken steps.
        return observe(keyOf(event.secret), event.change, startOf(keyOf(event.secret), event.change));
      case 'phase-changed':
        return phaseChanged(keyOf(event.secret), event.before, event.after);
      case 'password-set':
        return passwordSet(keyOf(event.secret), event.change);
      case 'secret-patched':
        return backInSync(keyOf(event.secret));
      case 'change-finished':
        outOfSyncSince.delete(keyOf(event.secret));
        return metrics.recordChange(event.cause, event.result, event.milliseconds);
      case 'secret-deleted':
        phases.delete(keyOf(event.secret));
        outOfSyncSince.delete(keyOf(event.secret));
        return;
      default:
        return;
    }
  };
}

/** For these causes the Secret already holds the password that the server must get. */
const SECRET_FIRST_CAUSES: ReadonlySet<ChangeSummary['cause']> = new Set([
  'edited',
  'from-secret',
  'restored',
]);

const isSamePhase = (a: ChangeSummary | undefined, b: ChangeSummary | undefined): boolean =>
  a?.id === b?.id && a?.phase === b?.phase;
