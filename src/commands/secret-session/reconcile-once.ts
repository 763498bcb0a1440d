import type { ReconcileResult } from '../../controllers/secret/reconciler.ts';
import { isConflict } from '../../errors.ts';

/** The delay after another client wrote first. */
const CONFLICT_RETRY_MS = 1000;

/**
 * Reconciles a Secret once, if no controller leads. Resolves with the delay before the next useful reconcile in
 * milliseconds, or undefined if no work remains.
 */
export async function reconcileOnce(reconcile: () => Promise<ReconcileResult>): Promise<number | undefined> {
  try {
    const outcome = await reconcile();
    return outcome.kind === 'requeue' ? outcome.requeueAfter : undefined;
  } catch (error) {
    if (isConflict(error)) return CONFLICT_RETRY_MS;
    throw error;
  }
}
