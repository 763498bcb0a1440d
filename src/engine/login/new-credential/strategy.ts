import type { RoleFacts } from '../postgres/role-server.ts';

/** The rights of an administrator on the server, as far as a login has shown them. */
export interface AdminRights {
  readonly mayAlter: boolean;
  readonly mayCreateRoles: boolean;
}

export interface StrategyFacts {
  /** An administrator is known. */
  readonly hasAdmin: boolean;
  /** Undefined if no login has shown them. */
  readonly adminRights: AdminRights | undefined;
  /** Undefined if no login has shown them. */
  readonly role: Pick<RoleFacts, 'privileges'> | undefined;
  /** The workloads that read the password and not the user. */
  readonly withoutUser: readonly string[];
  /** The tool that writes the Secret, if lockstep may not write it. */
  readonly writer: string | undefined;
}

export interface StrategyChoice {
  readonly strategy: 'SingleUser' | 'AlternatingUsers';
  /** A sentence. */
  readonly reason: string;
}

export function strategyFor({
  hasAdmin,
  adminRights,
  role,
  withoutUser,
  writer,
}: StrategyFacts): StrategyChoice {
  const single = (reason: string): StrategyChoice => ({ strategy: 'SingleUser', reason });
  if (writer !== undefined)
    return single(`${writer} writes this Secret, so lockstep sets the password that arrives with one role.`);
  if (!hasAdmin && role?.privileges.some((power) => MAKES_ROLES.includes(power)) === true)
    return single(
      'The role may create roles, but AlternatingUsers needs another login that may: put one into a Secret for adminSecretName.',
    );
  if (!hasAdmin) return single('No administrator is known, so the role changes its own password.');
  if (adminRights?.mayCreateRoles === false)
    return single('The administrator may not create roles, so there is no second role.');
  const [reader] = withoutUser;
  if (reader !== undefined)
    return single(`${reader} reads the password and not the user, so it can't follow a second role.`);
  return {
    strategy: 'AlternatingUsers',
    reason: 'An administrator is known, so two roles alternate, and no login fails.',
  };
}

export const MAKES_ROLES: readonly string[] = ['SUPERUSER', 'CREATEROLE'];
