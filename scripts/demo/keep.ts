import { findBinaries } from '../../test/testbed/binaries.ts';
import type { Cluster } from '../../test/testbed/cluster/cluster.ts';

/** Leaves the cluster running after this process, and says how to use it and how to stop it. */
export async function leaveRunning(cluster: Cluster, say: (lines: readonly string[]) => void): Promise<void> {
  const { kubectl } = findBinaries(['kubectl']);
  const processes = cluster.leave();
  say([
    '',
    'It runs on. To use it:',
    `  export KUBECONFIG=${cluster.kubeconfig}`,
    `  ${kubectl} get secrets`,
    'To stop it:',
    `  kill -9 ${processes.join(' ')}; rm -rf ${cluster.dir}`,
  ]);
}
