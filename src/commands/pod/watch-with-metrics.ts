import { errorFields } from '../../errors/errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import type { OversizedObject } from '../../kube/client/oversized-object.ts';
import { type WatchHandler, watch } from '../../kube/watch/watch.ts';
import type { WatchTarget } from '../../kube/watch/watch-target.ts';
import type { Log } from '../../log.ts';
import type { PolicyMetrics, WatchedResource as Resource } from '../../metrics/policies.ts';

interface WatchWithMetricsNeeds<Kept>
  extends Pick<WatchHandler<Kept>, 'onReplaced' | 'onChanged' | 'onRemoved'> {
  readonly resource: Resource;
  readonly log: Log;
  readonly metrics: Pick<PolicyMetrics, 'setWatchConnected' | 'watchRestarted'>;
}

/** A watch that reports its state. */
export interface ObservedWatch {
  /** The name in messages. */
  readonly description: string;
  /** True after the first complete list. */
  readonly isRead: () => boolean;
  /** The error of an interruption that still lasts. */
  readonly lastError: () => string | undefined;
  readonly start: (signal: AbortSignal) => void;
}

/**
 * Logs one line and updates one metric when the watch stops, and when it recovers. During an interruption the last
 * known objects count.
 */
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
    onOversized: oversizedReporter(resource, log),
    onConnected: () => {
      lastError = undefined;
      metrics.setWatchConnected(resource, true);
      if (!wasInterrupted) return;
      wasInterrupted = false;
      metrics.watchRestarted(resource);
      log.info('the watch continues', { resource });
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

/** Each object is logged once, because its writer may repeat the write each second. */
const MAX_LOGGED = 1000;

/** Logs one line for each object. */
export function oversizedReporter(resource: Resource, log: Log): (oversized: OversizedObject) => void {
  const logged = new Set<string>();
  return ({ namespace, name }) => {
    const object = `${namespace}/${name}`;
    if (logged.has(object) || logged.size >= MAX_LOGGED) return;
    logged.add(object);
    log.warn('an object is larger than 16 MiB and is skipped', { resource, object });
  };
}
