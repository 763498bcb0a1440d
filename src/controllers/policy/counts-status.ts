import type { Policy } from '../../engine/policy/policy.ts';
import { toKubernetesTime } from '../../engine/secret/conditions.ts';
import type { SecretCounts } from './secret-counter.ts';
import type { PolicyObject, PolicyState } from './store.ts';

/** `status.secrets` of a SecretPolicy. Only the leading controller writes it. */
export interface CountsStatus {
  readonly observedGeneration: number;
  /** The time at which these numbers were last known to be right. */
  readonly observedTime: string;
  readonly matched: number;
  readonly violating: number;
  /** Each violating Secret counts once, by its strongest action within the limit of the installation. */
  readonly byAction: { readonly enforce: number; readonly warn: number; readonly audit: number };
}

/**
 * A time that is not renewed shows that no controller works. 1000 policies then cost one write in two seconds at most.
 */
export const RENEWAL_INTERVAL_MS = 30 * 60_000;

/** Undefined if nothing is known of this version, or if it can't be used. */
export function countsStatusOf(
  { stored: { generation }, problems, policy }: PolicyState<PolicyObject>,
  countsFor: (policy: Policy) => SecretCounts | undefined,
  observedAt: Date,
): CountsStatus | undefined {
  const counts = problems.length > 0 || policy === undefined ? undefined : countsFor(policy);
  if (counts === undefined) return undefined;
  const { Enforce: enforce, Warn: warn, Audit: audit } = counts.violating;
  return {
    observedGeneration: generation,
    observedTime: toKubernetesTime(observedAt),
    matched: counts.matched,
    violating: enforce + warn + audit,
    byAction: { enforce, warn, audit },
  };
}

/** Whether `status`, whatever it holds, has these numbers, and their time needs no renewal. */
export function isSameCounts(counts: CountsStatus, status: unknown): boolean {
  const stored = storedCounts(status);
  if (stored === undefined || contentOf(counts) !== contentOf(stored)) return false;
  const ageMs = Date.parse(counts.observedTime) - Date.parse(stored.observedTime);
  return ageMs < RENEWAL_INTERVAL_MS;
}

/** Equal for counts with the same numbers and generation. */
export const contentOf = ({ observedGeneration, matched, violating, byAction }: CountsStatus): string =>
  JSON.stringify([
    observedGeneration,
    matched,
    violating,
    byAction?.enforce,
    byAction?.warn,
    byAction?.audit,
  ]);

/** The counts in the stored status, whatever it holds. Undefined if there are none of this version. */
export function countsOfVersion(status: unknown, generation: number | undefined): CountsStatus | undefined {
  const stored = storedCounts(status);
  return stored?.observedGeneration === generation ? stored : undefined;
}

/** The counts in a stored status belong to an earlier version of the policy. */
export function hasOutdatedCounts(status: unknown, generation: number): boolean {
  const stored = storedCounts(status);
  return stored !== undefined && stored.observedGeneration !== generation;
}

const storedCounts = (status: unknown): CountsStatus | undefined =>
  (status as { readonly secrets?: CountsStatus } | null | undefined)?.secrets ?? undefined;
