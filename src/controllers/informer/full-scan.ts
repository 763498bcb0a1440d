import type { ObservedSecret } from '../record/observed-secret.ts';
import { keyOf, type SecretKey, type VersionIndex } from './version-index.ts';

export interface FullScanNeeds {
  readonly secrets: () => AsyncIterable<ObservedSecret>;
  /** Judges it. Whether there is more to it than that. */
  readonly needsReconcile: (observed: ObservedSecret) => boolean;
  readonly index: Pick<VersionIndex, 'versionOf' | 'markSeen'>;
  /** It is to be worked on, by itself. */
  readonly enqueue: (key: SecretKey) => void;
}

/**
 * Every Secret once. One that can't be judged does not keep the others from it: it fails again by itself, where that is told and tried later. Nor does what
 * a long list says of one count for long that has been changed since it was begun.
 */
export async function fullScan({ secrets, needsReconcile, index, enqueue }: FullScanNeeds): Promise<void> {
  for await (const observed of secrets()) {
    const key = keyOf(observed.secret);
    const version = index.versionOf(key);
    index.markSeen(key, observed.resourceVersion);
    const isChanged = version !== undefined && version !== observed.resourceVersion;
    if (needsReconcileOrFails(needsReconcile, observed) || isChanged) enqueue(key);
  }
}

function needsReconcileOrFails(
  needsReconcile: FullScanNeeds['needsReconcile'],
  observed: ObservedSecret,
): boolean {
  try {
    return needsReconcile(observed);
  } catch {
    return true;
  }
}
