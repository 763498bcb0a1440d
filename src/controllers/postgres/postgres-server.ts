import type { ObservedServer } from '../../engine/login/change/login-observation.ts';
import {
  ROLE_ABSENT,
  ROLE_WITHOUT_LOGIN,
  ROLE_WITHOUT_PASSWORD,
  type RoleFault,
  roleExpired,
} from '../../engine/login/change/role-fault.ts';
import { alternateOwnerOf } from '../../engine/login/postgres/alternate-role.ts';
import type { RoleFacts, RoleServer } from '../../engine/login/postgres/role-server.ts';
import type { LockstepError } from '../../errors/errors.ts';
import type { LoginServer, ServerErrorKind } from '../credential/login-server.ts';
import { loginLabelsOf, type ReconcileInput } from '../credential/reconcile-input.ts';
import type { Deps } from '../reconciler-deps.ts';
import { retire, setPassword, undo } from './password-steps.ts';
import { preflight } from './preflight.ts';
import { withRoleServer } from './role-session.ts';

/** A PostgreSQL server: a role gets another password in its place, or two roles alternate. */
export const postgresServer = (deps: PostgresDeps): LoginServer<ReconcileInput> => ({
  keepsBoth: false,
  tryLogin: deps.databases.tryLogin,
  observe: (input, working) =>
    withRoleServer(
      input,
      [working],
      (server) => observe(server, input.secretCredential.role, deps.clock.now()),
      deps,
    ),
  ownerOf: async (input, role) => {
    const { admin } = input;
    if (admin === undefined) return role;
    const scope = { as: 'admin', mayChange: [], ...loginLabelsOf(input) } as const;
    await using server = await deps.databases.openServer(admin.target, admin.credential, scope);
    return alternateOwnerOf(role, (await server.role(role))?.mayBecome ?? []);
  },
  preflight: (input, change) => preflight(input, change, deps),
  setPassword: (input, change) => setPassword(input, change, deps),
  undo: (input, change) => undo(input, change, deps),
  sessions: (input, account, current) =>
    withRoleServer(input, [current], async (server) => (await server.role(account))?.sessions, deps),
  retire: (input, change) => retire(input, change, deps),
  errorKind: ({ code }) => ERROR_KINDS[code],
});

export type PostgresDeps = Deps<'databases' | 'credentials' | 'records' | 'clock' | 'emit'>;

const ERROR_KINDS: Partial<Readonly<Record<LockstepError['code'], ServerErrorKind>>> = {
  LOCKSTEP_POSTGRES_REFUSED: 'refused',
  LOCKSTEP_POSTGRES_CONCURRENT_CHANGE: 'busy',
  LOCKSTEP_POSTGRES_CONNECTION_FAILURE: 'away',
  LOCKSTEP_POSTGRES_COMMIT_UNKNOWN: 'away',
  LOCKSTEP_POSTGRES_LOGIN: 'away',
};

async function observe(server: RoleServer, name: string, now: Date): Promise<ObservedServer> {
  const { system, timeline } = await server.facts();
  const role = await server.role(name);
  const memberOf = role?.mayBecome ?? [];
  const owner = alternateOwnerOf(name, memberOf);
  const ownerFacts = owner === name ? role : await server.role(owner);
  return {
    system,
    timeline,
    memberOf,
    roleFault: roleFault(role, now),
    otherManager: ownerFacts?.otherManager ?? role?.otherManager,
  };
}

/** `role` is undefined if the server has no such role. Undefined if the role itself is no obstacle. */
function roleFault(role: RoleFacts | undefined, now: Date): RoleFault | undefined {
  if (role === undefined) return ROLE_ABSENT;
  if (!role.mayLogin) return ROLE_WITHOUT_LOGIN;
  if (role.validUntil !== undefined && role.validUntil <= now) return roleExpired(role.validUntil);
  return role.hasPassword === false ? ROLE_WITHOUT_PASSWORD : undefined;
}
