import type { ReconcileOutcome, SecretIdentity } from '../../controllers/domain-event.ts';
import type { WorkResult } from '../../controllers/queue/work-queue.ts';
import type { ReconcilerDeps } from '../../controllers/reconciler-deps.ts';
import { reconcileSecret } from '../../controllers/secret/reconciler.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import { LockstepError } from '../../errors/errors.ts';

/** The delay after another client wrote first. */
const CONFLICT_RETRY_MS = 200;

/**
 * Reconciles a Secret for the work queue, and emits the outcome. A conflict is no failure. Rejects if the queue must
 * repeat the work with backoff. `now` gives milliseconds of a monotonic clock.
 */
export async function reconcile(
  ref: SecretRef,
  deps: ReconcilerDeps,
  now: () => number,
): Promise<WorkResult> {
  const startedAt = now();
  let outcome: ReconcileOutcome = 'error';
  let secret: SecretIdentity | undefined;
  const emit: typeof deps.emit = (event, login) => {
    if (event.kind === 'secret-observed') secret = event.secret;
    deps.emit(event, login);
  };
  try {
    const result = await reconcileSecret(ref, { ...deps, emit });
    outcome = result.kind;
    return result;
  } catch (error) {
    outcome = outcomeOf(error);
    if (outcome === 'conflict') return { kind: 'requeue', requeueAfter: CONFLICT_RETRY_MS };
    if (isShuttingDown(error)) return { kind: 'done' };
    if (outcome === 'forbidden' && secret !== undefined && error instanceof LockstepError)
      emit({ kind: 'reconcile-forbidden', secret, reason: error.message });
    throw error;
  } finally {
    deps.emit({ kind: 'reconcile-finished', secret: ref, outcome, milliseconds: now() - startedAt });
  }
}

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
