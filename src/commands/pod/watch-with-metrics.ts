import { complaint } from '../../errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import type { Oversized } from '../../kube/client/oversized-object.ts';
import { type Watched, type Watcher, watch } from '../../kube/client/watch.ts';
import type { Log } from '../../log.ts';
import type { PolicyMetrics, Watched as Resource } from '../../metrics/policies.ts';

interface FollowNeeds<Kept> extends Pick<Watcher<Kept>, 'replaced' | 'changed' | 'removed'> {
  /** As the metrics name it. */
  readonly resource: Resource;
  readonly log: Log;
  readonly metrics: Pick<PolicyMetrics, 'setWatchConnected' | 'watchRestarted' | 'objectTooLarge'>;
}

/** A watch that tells how it is. */
export interface Followed {
  /** For messages. */
  readonly what: string;
  /** It has been told once what there is. */
  readonly isRead: () => boolean;
  /** Why it is interrupted at this moment. */
  readonly trouble: () => string | undefined;
  readonly start: (signal: AbortSignal) => void;
}

/** One log line and one metric where the watch is interrupted, and where it goes on. What was known last counts meanwhile. */
export function follow<Kept>(
  cluster: Cluster,
  watched: Watched<Kept>,
  { resource, log, metrics, replaced, changed, removed }: FollowNeeds<Kept>,
): Followed {
  let isRead = false;
  let trouble: string | undefined;
  let wasInterrupted = false;

  const watcher: Watcher<Kept> = {
    replaced: (all) => {
      isRead = true;
      return replaced(all);
    },
    changed,
    removed,
    oversized: tellOversized(resource, log, metrics),
    connected: () => {
      trouble = undefined;
      metrics.setWatchConnected(resource, true);
      if (!wasInterrupted) return;
      wasInterrupted = false;
      metrics.watchRestarted(resource);
      log.info('the watch goes on', { resource });
    },
    disconnected: (error) => {
      trouble = error.message;
      wasInterrupted = true;
      metrics.setWatchConnected(resource, false);
      log.warn('the watch is interrupted: what was known last counts', { resource, ...complaint(error) });
    },
  };
  return {
    what: watched.what,
    isRead: () => isRead,
    trouble: () => trouble,
    start: (signal) => {
      metrics.setWatchConnected(resource, false);
      void watch(cluster, watched, watcher, { signal, random: Math.random });
    },
  };
}

/** Told of each object once: whoever wrote it may write it again each second. */
const MOST_TOLD = 1000;

/** One log line for each object, and a metric each time. */
export function tellOversized(
  resource: Resource,
  log: Log,
  metrics: Pick<PolicyMetrics, 'objectTooLarge'>,
): (oversized: Oversized) => void {
  const told = new Set<string>();
  return ({ namespace, name }) => {
    metrics.objectTooLarge(resource);
    const object = `${namespace}/${name}`;
    if (told.has(object) || told.size >= MOST_TOLD) return;
    told.add(object);
    log.warn('an object is larger than 16 MiB and is passed by', { resource, object });
  };
}
