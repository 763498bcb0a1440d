import { isConflict } from '../../errors/errors.ts';

/** More writes than a controller makes about one change. */
const MAX_TRIES = 10;

/**
 * Repeats a conditional write until no other writer was first, as RetryOnConflict of client-go does. `attempt` writes
 * from a state, and `reread` returns the state for the next try. `reread` may throw the conflict, if the other write
 * leaves nothing to do.
 */
export async function retryOnConflict<State, Result>(
  initial: State,
  attempt: (state: State) => Promise<Result>,
  reread: (conflict: unknown) => Promise<State>,
): Promise<Result> {
  let state = initial;
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt(state);
    } catch (error) {
      if (!isConflict(error) || tries === MAX_TRIES) throw error;
      state = await reread(error);
    }
  }
}
