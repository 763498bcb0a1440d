import type { Strategy } from '../credential-schema/compile.ts';
import { pairOf } from '../server-kinds/login-roles.ts';
import type { ServerKind } from '../server-kinds/server-kind.ts';

/**
 * The roles that a login has proven on one server. They are in the status of a ServerCredential, which only lockstep
 * may write.
 */
export interface ProvenRoles {
  /** `host:port`. A proof is valid for that server alone. */
  readonly server: string;
  /** The owner first, then the other login of its pair, if it was proven too. */
  readonly roles: readonly string[];
}

export interface RoleAllowance {
  /** From the spec of the ServerCredential. */
  readonly allowedRoles: readonly string[] | undefined;
  readonly strategy: Strategy;
}

/**
 * The roles that the administrator's login may change. The record and the Secret don't decide it. Otherwise a user who
 * may write them could change any role that the administrator may change.
 */
export function allowedRoles(
  { allowedRoles, strategy }: RoleAllowance,
  proven: ProvenRoles | undefined,
  server: string,
): readonly string[] {
  if (allowedRoles !== undefined) return allowedRoles;
  if (proven?.server !== server) return [];
  const [owner] = proven.roles;
  return owner === undefined ? [] : [...new Set([...proven.roles, ...pairOf(strategy, owner)])];
}

/**
 * The proof after this role has logged in on that server. The first proof decides: if the Secret names another role
 * later, lockstep changes no password. `owner` is the role that this one may become, or the role itself. Returns the
 * same object if nothing is new.
 */
export function withProvenRole(
  before: ProvenRoles | undefined,
  server: string,
  { role, owner }: { readonly role: string; readonly owner: string },
): ProvenRoles {
  if (before?.server !== server) return { server, roles: role === owner ? [role] : [owner, role] };
  const isOfPair = before.roles[0] === owner && !before.roles.includes(role);
  return isOfPair ? { server, roles: [owner, role] } : before;
}

/** Reads a stored status. */
export function provenRolesIn(status: unknown): ProvenRoles | undefined {
  const { verified } = (status ?? {}) as { readonly verified?: unknown };
  const { server, roles } = (verified ?? {}) as { readonly server?: unknown; readonly roles?: unknown };
  if (typeof server !== 'string' || !Array.isArray(roles)) return undefined;
  const names = roles.filter((role) => typeof role === 'string');
  return names.length === 0 ? undefined : { server, roles: names };
}

/** The status with these roles, for `provenRolesIn`. Other fields stay. */
export const withProvenRoles = (status: unknown, verified: ProvenRoles): object => ({
  ...(status as object | undefined),
  verified,
});

/** `role` is its label in messages. */
export const roleNotAllowed = (role: string, { account, allowed }: Words): string =>
  `${role} is not among the ${account}s that the login of adminSecretName may change: name it under spec.${allowed}, or log in as that ${account} first`;

type Words = Pick<ServerKind, 'account' | 'allowed'>;
