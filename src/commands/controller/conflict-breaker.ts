import type { Emit, SecretIdentity } from '../../controllers/domain-event.ts';
import { keyOf, refOf, type SecretKey } from '../../controllers/informer/version-index.ts';
import { writeConflictBreaker } from '../../controllers/queue/write-conflict-breaker.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';

export interface ConflictBreaker {
  readonly subscriber: Emit;
  /** False while the Secret is suspended. */
  readonly mayWrite: (ref: SecretRef) => boolean;
}

/**
 * Suspends Secrets whose corrections another client reverts. `emit` gets the start and the end of a suspension. `now`
 * gives milliseconds of a monotonic clock.
 */
export function conflictBreaker(emit: Emit, now: () => number): ConflictBreaker {
  const breaker = writeConflictBreaker<SecretKey>((key) => emit({ kind: 'resumed', secret: refOf(key) }));

  function recordHeal(secret: SecretIdentity | SecretRef): void {
    if (breaker.recordWrite(keyOf(secret), now())) emit({ kind: 'suspended', secret });
  }

  return {
    mayWrite: (ref) => breaker.mayWrite(keyOf(ref), now()),
    subscriber: (event) => {
      switch (event.kind) {
        case 'secret-written':
          // It counts heals alone: a rotation has its own pace, and a person requests a rollback.
          if (event.why.kind === 'healed') recordHeal(event.secret);
          return;
        case 'derived-secret-written':
          return recordHeal({ namespace: event.secret.namespace, name: event.derivedName });
        case 'secret-deleted':
          return breaker.forget(keyOf(event.secret));
        default:
          return;
      }
    },
  };
}
