import type { X509Certificate } from 'node:crypto';

/**
 * A caBundle that was written counts at every API server a little later, because each follows the configurations by a watch of its own. How long
 * a CA has to be seen in all of them before anything relies on it. Milliseconds.
 */
const SETTLING = 2 * 60 * 1000;

/** What one replica has seen: since when all caBundles have held a CA, by its fingerprint, look after look. */
export interface Seen {
  readonly at: Date;
  readonly since: ReadonlyMap<string, Date>;
}

/** The next look. One that comes late, because the process was paused, has missed what was between: it begins anew. */
export function lookAgain(
  before: Seen | undefined,
  authorities: readonly X509Certificate[],
  bundles: readonly (readonly X509Certificate[])[],
  now: Date,
): Seen {
  const gap = before === undefined ? Infinity : now.getTime() - before.at.getTime();
  const since = gap >= 0 && gap <= SETTLING ? before?.since : undefined;
  const held = authorities.filter((each) => isHeld(each, bundles)).map((each) => each.fingerprint256);
  return {
    at: now,
    since: new Map(held.map((fingerprint) => [fingerprint, since?.get(fingerprint) ?? now])),
  };
}

export function isSettled({ at, since }: Seen, authority: X509Certificate): boolean {
  const first = since.get(authority.fingerprint256);
  return first !== undefined && at.getTime() - first.getTime() >= SETTLING;
}

/** Where there is no webhook, nobody has to trust it. */
export function isHeld(
  authority: X509Certificate,
  bundles: readonly (readonly X509Certificate[])[],
): boolean {
  return bundles.every((bundle) =>
    bundle.some(({ fingerprint256 }) => fingerprint256 === authority.fingerprint256),
  );
}
