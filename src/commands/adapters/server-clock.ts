import type { Cluster } from '../../kube/client/connect.ts';
import { serverClock } from '../../server-clock.ts';

/** What two clocks that are right may differ by: the API server tells whole seconds. Milliseconds. */
const TOLERANCE_MS = 2000;

/**
 * The same cluster, and the time as its API server has it: what one pod writes down, such as since when a key has its next value, another one goes by when it
 * has taken over, and a machine's clock may be an hour off.
 */
export function withServerClock(
  cluster: Cluster,
  local: () => Date,
): { readonly cluster: Cluster; readonly now: () => Date } {
  const clock = serverClock(local);
  return {
    cluster: { ...cluster, call: (call) => clock.measure(() => cluster.call(call)) },
    now: () => (Math.abs(clock.offsetMs()) <= TOLERANCE_MS ? local() : clock.now()),
  };
}
