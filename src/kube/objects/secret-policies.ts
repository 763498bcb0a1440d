import type { PolicyResource } from '../../engine/policy/compile/compile.ts';
import { callApiIfFound, mergePatch } from '../client/call.ts';
import type { Cluster } from '../client/connect.ts';
import { type ListOptions, list } from '../client/list.ts';
import type { WatchTarget } from '../watch/watch-target.ts';

const PATH = '/apis/lockstep.dev/v1alpha1/secretpolicies';
const RESOURCE = 'secretpolicies.lockstep.dev';

/** All SecretPolicies, for `watch`. */
export const SECRET_POLICIES: WatchTarget<PolicyResource> = {
  path: PATH,
  what: RESOURCE,
  isOptional: true,
  parse: (object) => {
    const { metadata, status } = object as PolicyObject;
    const { name, uid, generation = 0, creationTimestamp: createdAt, resourceVersion } = metadata;
    return { name, uid, generation, createdAt, resourceVersion, document: object, status };
  },
};

interface PolicyObject {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly generation?: number;
    readonly creationTimestamp?: string;
    readonly resourceVersion: string;
  };
  readonly status?: unknown;
}

/** The parsed policies of the cluster. Empty if their CRD is not installed. Throws LockstepError. */
export async function readSecretPolicies(
  cluster: Cluster,
  options: ListOptions = {},
): Promise<readonly unknown[]> {
  const documents: unknown[] = [];
  for await (const item of list(cluster, { path: PATH, what: RESOURCE, isOptional: true }, options))
    documents.push(item);
  return documents;
}

/**
 * Writes the status of a policy. Does nothing if the policy is gone. Throws LockstepError, CLUSTER_CONFLICT if the
 * policy changed since it was read, because the status describes that state.
 */
export async function writePolicyStatus(
  cluster: Cluster,
  { name, uid, resourceVersion }: Pick<PolicyResource, 'name' | 'uid' | 'resourceVersion'>,
  status: object,
): Promise<void> {
  const call = mergePatch(`${PATH}/${name}/status`, { metadata: { uid, resourceVersion }, status });
  await callApiIfFound(cluster, `writing the status of SecretPolicy ${name}`, call);
}
