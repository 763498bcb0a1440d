import type { ReconcileResult } from '../../controllers/secret/reconciler.ts';
import { isConflict } from '../../errors.ts';

/** After somebody else was first. Milliseconds. */
const CONFLICT_RETRY_MS = 1000;

/** One step of a Secret, where no controller leads. Resolves with when it is worth to look again, in milliseconds; undefined where there is nothing to do. */
export async function reconcileOnce(reconcile: () => Promise<ReconcileResult>): Promise<number | undefined> {
  try {
    const outcome = await reconcile();
    return outcome.kind === 'requeue' ? outcome.requeueAfter : undefined;
  } catch (error) {
    if (isConflict(error)) return CONFLICT_RETRY_MS;
    throw error;
  }
}
