import { callApi } from './api-error.ts';
import type { Cluster } from './connect.ts';

/** What an account might be allowed. Without a namespace: in all of them. */
export interface AccessAttributes {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly namespace?: string;
}

/** Asks the API server, and with it every authorizer that it has, whether that ServiceAccount may. Throws LockstepError. */
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
  return (object as { readonly status?: { readonly allowed?: boolean } }).status?.allowed === true;
}
