import type { Version } from '../../record/record.ts';

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
