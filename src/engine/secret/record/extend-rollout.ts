import type { Rollout, Version } from './record.ts';

type VersionChange = Rollout['changes'][number];

/** More changes than people make while a rollout is stopped. The record must not grow without end. */
const MAX_CHANGES = 20;
/**
 * The limit of key names over all changes. A Secret may have thousands of keys, and the record needs space for
 * versions.
 */
const MAX_KEY_NAMES = 2000;

/**
 * The rollout, extended by this version. A newer version starts a stopped rollout again. `known` has the keys that the
 * record knows. Other keys have no consumer left.
 */
export function extendRollout(
  rollout: Rollout | undefined,
  { number, time, keys }: Version,
  known: Pick<ReadonlySet<string>, 'has'>,
): Rollout {
  const change = { number, time, keys };
  if (rollout === undefined)
    return { changes: [change], done: new Map(), current: undefined, stopped: undefined };
  const { stopped, current } = rollout;
  // Reloader gets its full time for each version. The stopped workload gets the newer version first, because that may
  // heal it. If the version doesn't concern the workload, the others still wait for it.
  const ofReloader = current?.leftToReloader === true ? { ...current, since: time } : current;
  const awaited = stopped === undefined ? ofReloader : { workload: stopped.workload, since: time };
  const changes = limitChanges([...rollout.changes, change], known);
  return { ...rollout, changes, current: awaited, stopped: undefined };
}

/** Merges the two oldest changes. At worst lockstep restarts a workload that already had the older one. */
function limitChanges(
  changes: readonly VersionChange[],
  known: Pick<ReadonlySet<string>, 'has'>,
): readonly VersionChange[] {
  const [oldest, next, ...others] = changes;
  const names = changes.reduce((sum, { keys }) => sum + keys.length, 0);
  const isWithin = changes.length <= MAX_CHANGES && names <= MAX_KEY_NAMES;
  if (isWithin || oldest === undefined || next === undefined) return changes;
  const keys = [...new Set([...oldest.keys, ...next.keys])].filter((key) => known.has(key)).sort();
  return limitChanges([{ ...next, keys }, ...others], known);
}
