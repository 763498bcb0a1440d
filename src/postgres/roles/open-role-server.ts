import type { RoleServer } from '../../engine/login/postgres/role-server.ts';
import { administratorTarget } from '../../engine/login/server/accepted-auth.ts';
import type { ServerTarget } from '../../engine/login/server/target.ts';
import type { Credential } from '../../engine/secret/record/credential.ts';
import { openClient } from '../protocol/client.ts';
import { NO_COLUMNS } from '../protocol/columns.ts';
import type { ConnectOptions } from '../protocol/connect.ts';
import { makeAlternate } from './make-alternate.ts';
import { matchPassword, roleFacts } from './role-facts.ts';
import { serverFacts } from './server-facts.ts';
import { sessionOf } from './session.ts';
import { removeMark, setPassword } from './set-password.ts';

export interface RoleServerOptions extends ConnectOptions {
  readonly as: 'admin' | 'self';
  /**
   * The roles that an administrator's connection may change. Without an administrator, a role can change only itself.
   */
  readonly mayChange: readonly string[];
  /** The names of the role and of the server in messages. By default their own names. */
  readonly roleLabel?: ((role: string) => string) | undefined;
  readonly server?: string | undefined;
}

/**
 * Opens a session that manages roles. `timeout` applies to the login and to each statement, and is also set in the
 * server.
 *
 * @throws LoginFailure; the reason of `signal` if it was aborted.
 */
export async function openRoleServer(
  target: ServerTarget,
  credential: Credential,
  { as, mayChange, server, roleLabel, ...options }: RoleServerOptions,
): Promise<RoleServer & AsyncDisposable> {
  const loginTarget = as === 'admin' ? administratorTarget(target) : target;
  const client = await openClient(loginTarget, credential, options);
  const session = sessionOf(client, {
    serverLabel: server ?? `${target.host}:${target.port}`,
    as,
    timeout: options.timeout,
    mayChange: as === 'admin' ? mayChange : [credential.role],
    describeRole: roleLabel,
  });
  try {
    if (as === 'admin') await session.row('beginning', PIN_SEARCH_PATH, NO_COLUMNS);
  } catch (error) {
    await client[Symbol.asyncDispose]();
    throw error;
  }
  return {
    as,
    facts: () => serverFacts(session),
    role: (name) => roleFacts(session, as, name),
    setPassword: (role, password, mark, isStill, oid) =>
      setPassword(session, as, { role, password, mark, isStillNeeded: isStill, oid }),
    removeMark: (role) => removeMark(session, as, role),
    makeAlternate: (owner, alternate, known) => makeAlternate(session, { owner, alternate }, known),
    matchPassword: (role, candidates) => matchPassword(session, role, candidates),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}

/**
 * The owner of the database can set its search_path to a schema of their own (ALTER DATABASE … SET search_path).
 * Functions and operators in it would run with the rights of the administrator. So the administrator pins its
 * search_path.
 *
 * A role that changes itself only has its own rights to lose. Behind a pooler, the setting might also stay for the
 * application.
 */
const PIN_SEARCH_PATH = 'SET search_path TO pg_catalog, pg_temp';
