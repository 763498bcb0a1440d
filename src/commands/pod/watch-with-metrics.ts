import { errorFields } from '../../errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import type { OversizedObject } from '../../kube/client/oversized-object.ts';
import { type WatchHandler, type WatchTarget, watch } from '../../kube/client/watch.ts';
import type { Log } from '../../log.ts';
import type { PolicyMetrics, WatchedResource as Resource } from '../../metrics/policies.ts';

interface WatchWithMetricsNeeds<Kept>
  extends Pick<WatchHandler<Kept>, 'onReplaced' | 'onChanged' | 'onRemoved'> {
  /** As the metrics name it. */
  readonly resource: Resource;
  readonly log: Log;
  readonly metrics: Pick<PolicyMetrics, 'setWatchConnected' | 'watchRestarted' | 'objectTooLarge'>;
}

/** A watch that tells how it is. */
export interface ObservedWatch {
  /** For messages. */
  readonly description: string;
  /** It has been told once what there is. */
  readonly isRead: () => boolean;
  /** Why it is interrupted at this moment. */
  readonly lastError: () => string | undefined;
  readonly start: (signal: AbortSignal) => void;
}

/** One log line and one metric where the watch is interrupted, and where it goes on. What was known last counts meanwhile. */
export function watchWithMetrics<Kept>(
  cluster: Cluster,
  watched: WatchTarget<Kept>,
  {
    resource,
    log,
    metrics,
    onReplaced: replaced,
    onChanged: changed,
    onRemoved: removed,
  }: WatchWithMetricsNeeds<Kept>,
): ObservedWatch {
  let isRead = false;
  let lastError: string | undefined;
  let wasInterrupted = false;

  const watcher: WatchHandler<Kept> = {
    onReplaced: (all) => {
      isRead = true;
      return replaced(all);
    },
    onChanged: changed,
    onRemoved: removed,
    onOversized: oversizedReporter(resource, log, metrics),
    onConnected: () => {
      lastError = undefined;
      metrics.setWatchConnected(resource, true);
      if (!wasInterrupted) return;
      wasInterrupted = false;
      metrics.watchRestarted(resource);
      log.info('the watch goes on', { resource });
    },
    onDisconnected: (error) => {
      lastError = error.message;
      wasInterrupted = true;
      metrics.setWatchConnected(resource, false);
      log.warn('the watch is interrupted: what was known last counts', { resource, ...errorFields(error) });
    },
  };
  return {
    description: watched.what,
    isRead: () => isRead,
    lastError: () => lastError,
    start: (signal) => {
      metrics.setWatchConnected(resource, false);
      void watch(cluster, watched, watcher, { signal, random: Math.random });
    },
  };
}

/** Told of each object once: whoever wrote it may write it again each second. */
const MAX_LOGGED = 1000;

/** One log line for each object, and a metric each time. */
export function oversizedReporter(
  resource: Resource,
  log: Log,
  metrics: Pick<PolicyMetrics, 'objectTooLarge'>,
): (oversized: OversizedObject) => void {
  const logged = new Set<string>();
  return ({ namespace, name }) => {
    metrics.objectTooLarge(resource);
    const object = `${namespace}/${name}`;
    if (logged.has(object) || logged.size >= MAX_LOGGED) return;
    logged.add(object);
    log.warn('an object is larger than 16 MiB and is passed by', { resource, object });
  };
}
