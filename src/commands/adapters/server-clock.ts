import type { Cluster } from '../../kube/client/connect.ts';
import { serverClock } from '../../server-clock.ts';

/** The accepted difference of two correct clocks: the API server reports whole seconds. */
const TOLERANCE_MS = 2000;

/**
 * The same cluster, with the time of its API server. A pod stores times, such as the start of a key's next value, and
 * the next leader relies on them. The clock of a machine may be wrong by an hour.
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
