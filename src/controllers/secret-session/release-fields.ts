import { type FieldOwner, ownedSince } from '../../engine/secret/kubernetes/field-owners.ts';
import { WRITE_TIMEOUT_MS } from '../../engine/secret/record/record.ts';
import { LockstepError } from '../../errors/errors.ts';
import type { ObservedSecret } from '../ports.ts';
import type { Deps } from '../reconciler-deps.ts';

/**
 * Gives the fields of a write back to their owners `before`. A failure does no harm to the values: the controller tries
 * again with `releaseLeftFields`.
 */
export async function releaseFields(
  stored: ObservedSecret,
  before: readonly FieldOwner[] | undefined,
  { secrets }: Deps<'secrets'>,
): Promise<void> {
  await secrets.release(stored, before).catch((error: unknown) => {
    if (!(error instanceof LockstepError)) throw error;
  });
}

/**
 * Releases the fields of a writer that has crashed before it did so itself. Resolves with the delay in milliseconds
 * while the writer may still be at work.
 */
export async function releaseLeftFields(
  observed: ObservedSecret,
  deps: Deps<'secrets' | 'clock'>,
): Promise<number | undefined> {
  const since = ownedSince(observed.owners);
  if (since === undefined) return undefined;
  const delay = since.getTime() + WRITE_TIMEOUT_MS - deps.clock.now().getTime();
  if (delay > 0) return delay;
  await releaseFields(observed, undefined, deps);
  return undefined;
}
