import { callApiIfFound } from '../client/api-error.ts';
import type { Cluster } from '../client/connect.ts';

const GROUP = '/apis/admissionregistration.k8s.io/v1';
const RESOURCE = 'validatingadmissionpolicies';

/** The API server evaluates ValidatingAdmissionPolicies: from Kubernetes 1.30 on. Throws LockstepError. */
export async function hasAdmissionPolicies({ server, call }: Cluster): Promise<boolean> {
  const answer = await callApiIfFound(server, 'reading the kinds of admissionregistration.k8s.io/v1', () =>
    call({ path: GROUP }),
  );
  const { resources } = (answer?.object ?? {}) as {
    readonly resources?: readonly { readonly name: string }[];
  };
  return resources?.some(({ name }) => name === RESOURCE) ?? false;
}
