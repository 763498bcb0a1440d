import { Counter, Gauge, type Registry } from 'prom-client';

/** A watched resource, by the plural that the API server uses. */
export type WatchedResource =
  | 'secretpolicies'
  | 'namespaces'
  | 'secrets'
  | 'postgrescredentials'
  | 'rediscredentials';

export interface PolicyMetrics {
  readonly setPolicies: (counts: { readonly loaded: number; readonly expiredExceptions: number }) => void;
  readonly setPoliciesRejected: (count: number) => void;
  readonly setWatchConnected: (resource: WatchedResource, connected: boolean) => void;
  readonly watchRestarted: (resource: WatchedResource) => void;
}

/** Only the `watched` resources have series. */
export function policyMetrics(registry: Registry, watched: readonly WatchedResource[]): PolicyMetrics {
  const registers = [registry];
  const loaded = new Gauge({ name: 'lockstep_policies_loaded', help: 'Policies in effect.', registers });
  const expired = new Gauge({
    name: 'lockstep_policy_exceptions_expired',
    help: 'Exceptions of policies that have expired, and are ignored.',
    registers,
  });
  const rejected = new Gauge({
    name: 'lockstep_policies_rejected',
    help: 'SecretPolicies of the cluster that can not be used. The last good version of each stays in effect.',
    registers,
  });
  const connected = new Gauge({
    name: 'lockstep_watch_connected',
    help: '1 while the watch is open, 0 while it is not and the last known state counts; NaN without a watch, as with policies from files or while another pod leads.',
    labelNames: ['resource'],
    registers,
  });
  const restarts = new Counter({
    name: 'lockstep_watch_restarts_total',
    help: 'Restarts of a watch that ended.',
    labelNames: ['resource'],
    registers,
  });
  for (const resource of watched) {
    connected.set({ resource }, Number.NaN);
    restarts.inc({ resource }, 0);
  }
  return {
    setPolicies: (counts) => {
      loaded.set(counts.loaded);
      expired.set(counts.expiredExceptions);
    },
    setPoliciesRejected: (count) => rejected.set(count),
    setWatchConnected: (resource, is) => connected.set({ resource }, is ? 1 : 0),
    watchRestarted: (resource) => restarts.inc({ resource }),
  };
}
