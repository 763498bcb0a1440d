import type { FloorPolicy } from '../../engine/cluster-doctor/floor.ts';
import { FLOOR_DIGEST, FLOOR_LABEL } from '../../engine/floor/admission-policy.ts';
import { callApi, callApiIfFound } from '../client/api-error.ts';
import type { Cluster } from '../client/connect.ts';

const GROUP = '/apis/admissionregistration.k8s.io/v1';
const POLICIES = 'validatingadmissionpolicies';

/** Whether the API server evaluates them: from Kubernetes 1.30 on. Throws LockstepError. */
export async function hasAdmissionPolicies({ server, call }: Cluster): Promise<boolean> {
  const answer = await callApiIfFound(server, 'reading the kinds of admissionregistration.k8s.io/v1', () =>
    call({ path: GROUP }),
  );
  const { resources = [] } = (answer?.object ?? {}) as {
    readonly resources?: readonly { readonly name: string }[];
  };
  return resources.some(({ name }) => name === POLICIES);
}

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

async function listFloorObjects(
  { server, call }: Cluster,
  resource: string,
): Promise<readonly FloorObjectMetadata[]> {
  const path = `${GROUP}/${resource}?labelSelector=${encodeURIComponent(`${FLOOR_LABEL}=true`)}`;
  const { object } = await callApi(server, `reading ${resource}`, () => call({ path }));
  return (object as { readonly items?: readonly FloorObjectMetadata[] }).items ?? [];
}
