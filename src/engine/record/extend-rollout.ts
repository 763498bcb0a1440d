import type { Rollout, Version } from './record.ts';

type VersionChange = Rollout['changes'][number];

/** More than anybody makes while a rollout is stopped; the record must not grow without end. */
const MAX_CHANGES = 20;
/** The names of keys in all of them: a Secret may have thousands, and what the record holds of these leaves no room for versions. */
const MAX_KEY_NAMES = 2000;

/** The rollout that also brings this version. A newer version sets going again what has stopped. `known`: keys that the record knows of; of others nobody is left. */
export function extendRollout(
  rollout: Rollout | undefined,
  { number, time, keys }: Version,
  known: Pick<ReadonlySet<string>, 'has'>,
): Rollout {
  const change = { number, time, keys };
  if (rollout === undefined)
    return { changes: [change], done: new Map(), current: undefined, stopped: undefined };
  const { stopped, current } = rollout;
  // It is brought the newer version, which may be what heals it. Where that is nothing to it, the others wait for it as before.
  const awaited = stopped === undefined ? current : { workload: stopped.workload, since: time };
  const changes = limitChanges([...rollout.changes, change], known);
  return { ...rollout, changes, current: awaited, stopped: undefined };
}

/** The oldest two become one: at worst a workload is restarted that had the older one already. */
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
