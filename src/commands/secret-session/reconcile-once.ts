import type { Outcome } from '../../controllers/secret/reconciler.ts';
import { isConflict } from '../../errors.ts';

/** After somebody else was first. Milliseconds. */
const SOON = 1000;

/** One step of a Secret, where no controller leads. Resolves with when it is worth to look again, in milliseconds; undefined where there is nothing to do. */
export async function oneStep(reconcile: () => Promise<Outcome>): Promise<number | undefined> {
  try {
    const outcome = await reconcile();
    return outcome.kind === 'requeue' ? outcome.after : undefined;
  } catch (error) {
    if (isConflict(error)) return SOON;
    throw error;
  }
}
