import { callApi } from './api-error.ts';
import type { Cluster } from './connect.ts';

/** An action that an account may be allowed. Without a namespace, in all of them. */
export interface AccessAttributes {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly namespace?: string;
}

/** Asks the API server with all its authorizers whether the ServiceAccount may do it. Throws LockstepError. */
export async function isServiceAccountAllowed(
  { server, call }: Cluster,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  attributes: AccessAttributes,
): Promise<boolean> {
  const body = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: {
      user: `system:serviceaccount:${namespace}:${name}`,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
      resourceAttributes: attributes,
    },
  };
  const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
  const { object } = await callApi(server, `asking what ServiceAccount ${namespace}/${name} may do`, () =>
    call({ method: 'POST', path, body }),
  );
  return (object as ReviewObject).status?.allowed === true;
}

/** Asks the same about the user of this connection. Throws LockstepError. */
export async function isUserAllowed(
  { server, call }: Cluster,
  attributes: AccessAttributes,
): Promise<boolean> {
  const body = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: attributes },
  };
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
  const { object } = await callApi(server, 'asking what this user may do', () =>
    call({ method: 'POST', path, body }),
  );
  return (object as ReviewObject).status?.allowed === true;
}

interface ReviewObject {
  readonly status?: { readonly allowed?: boolean };
}
