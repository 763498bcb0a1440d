import { findBinaries } from '../../test/testbed/binaries.ts';
import type { Cluster } from '../../test/testbed/cluster/cluster.ts';
import type { Database } from './database.ts';

/** Leaves cluster and server running after this process, and prints how to use them and how to stop them. */
export function leaveRunning(
  cluster: Cluster,
  { postgres }: Database,
  say: (lines: readonly string[]) => void,
): void {
  const { kubectl } = findBinaries(['kubectl']);
  const processes = [...cluster.leave(), postgres.leave()];
  const folders = [cluster.dir, postgres.socketDir];
  say([
    '',
    'The cluster and the server still run. To use them:',
    `  export KUBECONFIG=${cluster.kubeconfig}`,
    `  ${kubectl} get secrets`,
    'To stop them:',
    `  kill -9 ${processes.join(' ')}; rm -rf ${folders.join(' ')}`,
  ]);
}
