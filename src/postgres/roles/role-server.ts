import { administratorTarget } from '../../engine/login/accepted-auth.ts';
import type { Credential } from '../../engine/record/credential.ts';
import type { RoleServer } from '../../engine/server/role-server.ts';
import type { ServerTarget } from '../../engine/server/target.ts';
import { openClient } from '../protocol/client.ts';
import type { ConnectOptions } from '../protocol/connect.ts';
import { makeAlternate } from './make-alternate.ts';
import { matchPassword } from './password-match.ts';
import { roleFacts } from './role-facts.ts';
import { serverFacts } from './server-facts.ts';
import { sessionOf } from './session.ts';
import { removeMark, setPassword } from './set-password.ts';

export interface RoleServerOptions extends ConnectOptions {
  readonly as: 'admin' | 'self';
  /** The roles that an administrator's connection may change; a role by itself changes itself. */
  readonly mayChange: readonly string[];
  /** The names of the role and of the server in messages. Absent: by their names. */
  readonly roleLabel?: ((role: string) => string) | undefined;
  readonly server?: string | undefined;
}

/**
 * Logs in, to look after roles. `timeout` holds for the login and for each statement, and the server is told of it too.
 *
 * @throws LoginFailure; the reason of `signal` where that was aborted.
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
    if (as === 'admin') await session.rows('beginning', PIN_SEARCH_PATH);
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
 * Whoever owns the database may have it look for functions and operators in a schema of his own first (ALTER DATABASE … SET search_path): they would run with the
 * rights of the administrator. The role itself is in danger of nobody but its like, and behind a pooler this might stay on for the application.
 */
const PIN_SEARCH_PATH = 'SET search_path TO pg_catalog, pg_temp';
