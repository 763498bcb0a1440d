import type { ObservedSecret } from '../ports.ts';
import { keyOf, type SecretKey, type VersionIndex } from './version-index.ts';

export interface FullScanNeeds {
  readonly secrets: () => AsyncIterable<ObservedSecret>;
  /** Validates the Secret. Returns whether it needs a reconcile. */
  readonly needsReconcile: (observed: ObservedSecret) => boolean;
  readonly index: Pick<VersionIndex, 'versionOf' | 'markSeen'>;
  /** Puts the Secret into the work queue. */
  readonly enqueue: (key: SecretKey) => void;
}

/**
 * Reads every Secret once. If a Secret can't be validated, the scan continues: the reconcile of that Secret fails too,
 * and is reported and repeated. A Secret that changed after the list was started is reconciled, so an outdated list
 * entry does not count for long.
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
