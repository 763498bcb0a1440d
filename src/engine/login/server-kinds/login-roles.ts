import type { LoginChange } from '../../secret/record/login-record.ts';
import type { Strategy } from '../credential-schema/compile.ts';
import { alternateName, alternateOwnerOf, otherRole } from '../postgres/alternate-role.ts';

/** The strategy by which a password change keeps the role, and the one by which the next role of a pair takes over. */
export const KEEPS_ROLE: Strategy = 'SingleUser';
export const CHANGES_ROLE: Strategy = 'AlternatingUsers';

/** The roles that alternate as the login of a Secret, the owner first. None if a change keeps the role. */
export const pairOf = (strategy: Strategy, owner: string): readonly string[] =>
  strategy === KEEPS_ROLE ? [] : possibleRoles(owner);

/** The roles that a login of this owner has had under any strategy. */
export const possibleRoles = (owner: string): readonly string[] => [owner, alternateName(owner)];

/** The role that gets the next password. */
export const nextRoleOf = (strategy: Strategy, owner: string, current: string): string =>
  strategy === KEEPS_ROLE ? current : otherRole(owner, current);

/** The owner of the objects that this role uses, as far as the roles that it may become show it. */
export const ownerOf = (role: string, memberOf: readonly string[]): string =>
  alternateOwnerOf(role, memberOf);

/** A change that keeps the role does not use a pair, whatever the object of the login says now. */
export const strategyOf = ({ from, to }: Pick<LoginChange, 'from' | 'to'>): Strategy =>
  from === undefined || from.role === to.role ? KEEPS_ROLE : CHANGES_ROLE;
