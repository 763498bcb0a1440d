import type { Cluster } from '../../testbed/cluster/cluster.ts';
import { FORM_POLICY } from '../engine/faults.ts';

/** Ends when lockstep reviews by it. */
export async function applyFormPolicy({ apply, mustRun }: Pick<Cluster, 'apply' | 'mustRun'>): Promise<void> {
  const { name } = FORM_POLICY.metadata;
  await apply(FORM_POLICY);
  await mustRun(['wait', '--for=condition=Ready', `secretpolicy/${name}`, '--timeout=60s']);
}
