import type { Test } from 'tap';
import { type Cluster, type ClusterOptions, startCluster } from '../../testbed/cluster/cluster.ts';
import { installLockstep, type Lockstep, type LockstepOptions } from '../../testbed/lockstep/lockstep.ts';

/** A cluster for this test file: stopped, and its folder removed, when `t` is done. */
export async function aCluster(t: Test, options: ClusterOptions = {}): Promise<Cluster> {
  const cluster = await startCluster(options);
  t.teardown(() => cluster.stop());
  return cluster;
}

/** A cluster on which lockstep is installed and answers. */
export async function aClusterWithLockstep(
  t: Test,
  options: ClusterOptions & LockstepOptions = {},
): Promise<{ readonly cluster: Cluster; readonly lockstep: Lockstep }> {
  const cluster = await aCluster(t, options);
  return { cluster, lockstep: await installLockstep(cluster, options) };
}
