import type { ChangeSummary, Emit } from '../../controllers/domain-event.ts';
import { keyOf, type SecretKey } from '../../controllers/informer/version-index.ts';
import type { CredentialMetrics } from '../../metrics/credentials.ts';

export interface CredentialMetricsParts {
  readonly metrics: Omit<CredentialMetrics, 'followCredentials'>;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
}

/** Counts and times logins and password changes, by the events of the reconcilers. */
export function credentialMetrics({ metrics, now }: CredentialMetricsParts): Emit {
  /** The time since which server and Secret differ because of a change in place. */
  const outOfSyncSince = new Map<SecretKey, number>();

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
      case 'password-set':
        return passwordSet(keyOf(event.secret), event.change);
      case 'secret-patched':
        return backInSync(keyOf(event.secret));
      case 'change-finished':
        outOfSyncSince.delete(keyOf(event.secret));
        return metrics.recordChange(event.cause, event.result);
      case 'secret-deleted':
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
