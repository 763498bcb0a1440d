import type { X509Certificate } from 'node:crypto';

/**
 * A caBundle that was written counts at every API server a little later, because each follows the configurations by a watch of its own. How long
 * a CA has to be seen in all of them before anything relies on it. Milliseconds.
 */
const PROPAGATION_MS = 2 * 60 * 1000;

/** What one replica has seen: since when all caBundles have held a CA, by its fingerprint, look after look. */
export interface CaPropagation {
  readonly observedAt: Date;
  readonly since: ReadonlyMap<string, Date>;
}

/** The next look. One that comes late, because the process was paused, has missed what was between: it begins anew. */
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

/** Where there is no webhook, nobody has to trust it. */
export function isInAllBundles(
  ca: X509Certificate,
  bundles: readonly (readonly X509Certificate[])[],
): boolean {
  return bundles.every((bundle) => bundle.some(({ fingerprint256 }) => fingerprint256 === ca.fingerprint256));
}
