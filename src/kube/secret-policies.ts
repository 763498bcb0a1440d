import type { Cluster } from './connect.ts';
import { type ListOptions, list } from './list.ts';

/** The SecretPolicies of the cluster, as stored; none where their CRD is not installed. Throws LockstepError. */
export async function readSecretPolicies(
  cluster: Cluster,
  options: ListOptions = {},
): Promise<readonly unknown[]> {
  const listed = {
    path: '/apis/lockstep.dev/v1alpha1/secretpolicies',
    what: 'secretpolicies.lockstep.dev',
    isOptional: true,
  };
  const found: unknown[] = [];
  for await (const item of list(cluster, listed, options)) found.push(item);
  return found;
}
