import type { Version } from './record.ts';

/** The client that set the key, whatever other writes followed. `versions` begins with the oldest. */
export const lastWriter = (
  versions: readonly Pick<Version, 'keys' | 'by'>[],
  key: string,
): string | undefined => versions.findLast(({ keys }) => keys.includes(key))?.by;

/**
 * The earlier version whose login the Secret holds again: another login came between. Undefined if its login is new, or
 * was never another one. `versions` begins with the oldest.
 */
export function versionHeldAgain<One extends Pick<Version, 'number'>>(
  versions: readonly One[],
  isHeld: (version: One) => boolean,
): number | undefined {
  const other = versions.findLastIndex((version) => !isHeld(version));
  return versions.slice(0, Math.max(other, 0)).findLast(isHeld)?.number;
}
