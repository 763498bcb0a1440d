import { callApi } from './call.ts';
import type { Cluster } from './connect.ts';

/** An action that an account may be allowed. Without a namespace, in all of them. */
export interface AccessAttributes {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly namespace?: string;
}

/** Asks the API server with all its authorizers whether the ServiceAccount may do it. Throws LockstepError. */
export const isServiceAccountAllowed = (
  cluster: Cluster,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  attributes: AccessAttributes,
): Promise<boolean> =>
  review(cluster, `asking what ServiceAccount ${namespace}/${name} may do`, 'SubjectAccessReview', {
    user: `system:serviceaccount:${namespace}:${name}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
    resourceAttributes: attributes,
  });

/** Asks the same about the user of this connection. Throws LockstepError. */
export const isUserAllowed = (cluster: Cluster, attributes: AccessAttributes): Promise<boolean> =>
  review(cluster, 'asking what this user may do', 'SelfSubjectAccessReview', {
    resourceAttributes: attributes,
  });

async function review(
  cluster: Cluster,
  action: string,
  kind: 'SubjectAccessReview' | 'SelfSubjectAccessReview',
  spec: object,
): Promise<boolean> {
  const apiVersion = 'authorization.k8s.io/v1';
  const { object } = await callApi(cluster, action, {
    method: 'POST',
    path: `/apis/${apiVersion}/${kind.toLowerCase()}s`,
    body: { apiVersion, kind, spec },
  });
  return (object as { readonly status?: { readonly allowed?: boolean } }).status?.allowed === true;
}
