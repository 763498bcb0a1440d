import type { Test } from 'tap';
import { type Cluster, type ClusterOptions, startCluster } from '../testbed/cluster.ts';

/** A cluster for this test file: stopped, and its folder removed, when `t` is done. */
export async function aCluster(t: Test, options: ClusterOptions = {}): Promise<Cluster> {
  const cluster = await startCluster(options);
  t.teardown(() => cluster.stop());
  return cluster;
}
