import { type Grant, type Right, rightsIn } from '../../engine/diagnosis/cluster-checks/grants.ts';
import type { Cluster } from '../client/connect.ts';
import { type ListOptions, list } from '../client/list.ts';

const GROUP = '/apis/rbac.authorization.k8s.io/v1';
const ROLES = { path: `${GROUP}/clusterroles`, what: 'clusterroles' };
const BINDINGS = { path: `${GROUP}/clusterrolebindings`, what: 'clusterrolebindings' };

/**
 * The accounts with a wide right by a ClusterRoleBinding. The cluster computes the rules of an aggregated role, and
 * these rules count. Only roles and bindings that matter are kept. Throws LockstepError.
 */
export async function readClusterGrants(
  cluster: Cluster,
  options: ListOptions = {},
): Promise<readonly Grant[]> {
  const rights = new Map<string, readonly Right[]>();
  for await (const role of list(cluster, ROLES, options)) {
    const { metadata, rules } = role as RbacObject;
    const roleRights = rightsIn(rules);
    if (roleRights.length > 0) rights.set(metadata?.name ?? '', roleRights);
  }
  const grants: Grant[] = [];
  for await (const binding of list(cluster, BINDINGS, options)) {
    const { metadata, roleRef, subjects } = binding as RbacObject;
    const role = roleRef?.name ?? '';
    for (const right of rights.get(role) ?? []) {
      for (const subject of subjects ?? []) {
        grants.push({ right, role, binding: metadata?.name ?? '', ...nameOf(subject ?? {}) });
      }
    }
  }
  return grants;
}

/** A ClusterRole, or a ClusterRoleBinding. */
interface RbacObject {
  readonly metadata?: { readonly name?: string };
  readonly rules?: unknown;
  readonly roleRef?: { readonly name?: string };
  readonly subjects?: readonly (RbacSubject | null)[] | null;
}

interface RbacSubject {
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
}

const nameOf = ({ kind = '', name = '', namespace }: RbacSubject): Pick<Grant, 'kind' | 'subject'> => ({
  kind,
  subject: namespace === undefined || namespace === '' ? name : `${namespace}/${name}`,
});
