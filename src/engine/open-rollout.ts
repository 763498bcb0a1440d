import type { Rollout, Version } from './record.ts';

type Change = Rollout['changes'][number];

/** More than anybody makes while a rollout is stopped; the record must not grow without end. */
const MOST_CHANGES = 20;

/** The rollout that also brings this version. A newer version sets going again what has stopped. */
export function extended(rollout: Rollout | undefined, { number, time, keys }: Version): Rollout {
  const change = { number, time, keys };
  if (rollout === undefined)
    return { changes: [change], done: new Map(), current: undefined, stopped: undefined };
  return { ...rollout, changes: bounded([...rollout.changes, change]), stopped: undefined };
}

/** The oldest two become one: at worst a workload is restarted that had the older one already. */
function bounded(changes: readonly Change[]): readonly Change[] {
  const [oldest, next, ...others] = changes;
  if (changes.length <= MOST_CHANGES || oldest === undefined || next === undefined) return changes;
  const keys = [...new Set([...oldest.keys, ...next.keys])].sort();
  return bounded([{ ...next, keys }, ...others]);
}
