import type { X509Certificate } from 'node:crypto';

/**
 * Each API server watches the configurations on its own, so a written caBundle takes effect a little later. A CA must
 * be seen in all caBundles for this time before lockstep relies on it.
 */
const PROPAGATION_MS = 2 * 60 * 1000;

/** For each CA, by its fingerprint, the time since which this replica has seen it in all caBundles without a gap. */
export interface CaPropagation {
  readonly observedAt: Date;
  readonly since: ReadonlyMap<string, Date>;
}

/**
 * Adds one observation. After a pause of the process, the observations between are missing, so the times start again.
 */
export function updatePropagation(
  previous: CaPropagation | undefined,
  cas: readonly X509Certificate[],
  bundles: readonly (readonly X509Certificate[])[],
  now: Date,
): CaPropagation {
  const gapMs = previous === undefined ? Infinity : now.getTime() - previous.observedAt.getTime();
  const since = gapMs >= 0 && gapMs <= PROPAGATION_MS ? previous?.since : undefined;
  const inAllBundles = cas.filter((ca) => isInAllBundles(ca, bundles)).map((each) => each.fingerprint256);
  return {
    observedAt: now,
    since: new Map(inAllBundles.map((fingerprint) => [fingerprint, since?.get(fingerprint) ?? now])),
  };
}

export function isPropagated({ observedAt, since }: CaPropagation, ca: X509Certificate): boolean {
  const firstSeen = since.get(ca.fingerprint256);
  return firstSeen !== undefined && observedAt.getTime() - firstSeen.getTime() >= PROPAGATION_MS;
}

/** Without a webhook, no API server has to trust the CA. */
export function isInAllBundles(
  ca: X509Certificate,
  bundles: readonly (readonly X509Certificate[])[],
): boolean {
  return bundles.every((bundle) => bundle.some(({ fingerprint256 }) => fingerprint256 === ca.fingerprint256));
}
