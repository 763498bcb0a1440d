import type { Cluster } from '../../testbed/cluster/cluster.ts';
import { FORM_POLICY } from '../engine/faults.ts';

/** Ends when lockstep reviews by it. */
export async function applyFormPolicy({ kubectl }: Pick<Cluster, 'kubectl'>): Promise<void> {
  const { name } = FORM_POLICY.metadata;
  await kubectl(['apply', '-f', '-'], { input: FORM_POLICY, orThrow: true });
  await kubectl(['wait', '--for=condition=Ready', `secretpolicy/${name}`, '--timeout=60s'], {
    orThrow: true,
  });
}
