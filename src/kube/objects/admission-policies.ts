import type { FloorPolicy } from '../../engine/diagnosis/cluster-checks/floor.ts';
import { FLOOR_DIGEST, FLOOR_LABEL } from '../../engine/review/floor/admission-policy.ts';
import { callApi, readServedKinds } from '../client/call.ts';
import type { Cluster } from '../client/connect.ts';

const API_VERSION = 'admissionregistration.k8s.io/v1';
const POLICIES = 'validatingadmissionpolicies';

/** Whether the API server evaluates them: from Kubernetes 1.30 on. Throws LockstepError. */
export const hasAdmissionPolicies = async (cluster: Cluster): Promise<boolean> =>
  (await readServedKinds(cluster, API_VERSION)).some(({ name }) => name === POLICIES);

/** The admission policies of a floor that have a binding. Throws LockstepError. */
export async function readStoredFloor(cluster: Cluster): Promise<readonly FloorPolicy[]> {
  const policies = await listFloorObjects(cluster, POLICIES);
  const bindings = await listFloorObjects(cluster, 'validatingadmissionpolicybindings');
  const bound = new Set(bindings.map(({ metadata }) => metadata.name));
  return policies
    .filter(({ metadata }) => bound.has(metadata.name))
    .map(({ metadata: { name, annotations = {} } }) => ({ name, digest: annotations[FLOOR_DIGEST] ?? '' }));
}

interface FloorObjectMetadata {
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
}

async function listFloorObjects(cluster: Cluster, resource: string): Promise<readonly FloorObjectMetadata[]> {
  const path = `/apis/${API_VERSION}/${resource}?labelSelector=${encodeURIComponent(`${FLOOR_LABEL}=true`)}`;
  const { object } = await callApi(cluster, `reading ${resource}`, { path });
  return (object as { readonly items?: readonly FloorObjectMetadata[] }).items ?? [];
}
