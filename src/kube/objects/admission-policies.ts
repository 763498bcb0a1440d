import type { FloorPolicy } from '../../engine/cluster-doctor/floor.ts';
import { FLOOR_DIGEST, FLOOR_LABEL } from '../../engine/floor/admission-policy.ts';
import { callApi, callApiIfFound } from '../client/api-error.ts';
import type { Cluster } from '../client/connect.ts';

const GROUP = '/apis/admissionregistration.k8s.io/v1';
const VALIDATING = 'validatingadmissionpolicies';
const MUTATING = 'mutatingadmissionpolicies';

/** The kinds that the API server evaluates: the one from Kubernetes 1.30 on, the other from 1.36 on. */
export interface AdmissionPolicyKinds {
  readonly validating: boolean;
  readonly mutating: boolean;
}

/** Throws LockstepError. */
export async function readAdmissionPolicyKinds({ server, call }: Cluster): Promise<AdmissionPolicyKinds> {
  const answer = await callApiIfFound(server, 'reading the kinds of admissionregistration.k8s.io/v1', () =>
    call({ path: GROUP }),
  );
  const { resources } = (answer?.object ?? {}) as {
    readonly resources?: readonly { readonly name: string }[];
  };
  const has = (resource: string): boolean => resources?.some(({ name }) => name === resource) ?? false;
  return { validating: has(VALIDATING), mutating: has(MUTATING) };
}

/** The admission policies of a floor that have a binding. Throws LockstepError. */
export async function readStoredFloor(
  cluster: Cluster,
  { mutating }: AdmissionPolicyKinds,
): Promise<readonly FloorPolicy[]> {
  const refusing = await readBoundPolicies(cluster, VALIDATING, 'validatingadmissionpolicybindings');
  if (!mutating) return refusing;
  const deriving = await readBoundPolicies(cluster, MUTATING, 'mutatingadmissionpolicybindings');
  return [...refusing, ...deriving.map((one) => ({ ...one, isOptional: true }))];
}

async function readBoundPolicies(
  cluster: Cluster,
  resource: string,
  bindingResource: string,
): Promise<readonly FloorPolicy[]> {
  const policies = await listFloorObjects(cluster, resource);
  const bindings = await listFloorObjects(cluster, bindingResource);
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
