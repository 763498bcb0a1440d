import type { KnownAlternate, RoleFacts, RoleServer } from '../../engine/login/postgres/role-server.ts';
import type { Credential } from '../../engine/secret/record/credential.ts';
import { followsSecret, type LoginChange } from '../../engine/secret/record/login-record.ts';
import type { ServerResult } from '../credential/login-server.ts';
import { withServer } from '../credential/open-server.ts';
import { loginRecordOf, type ReconcileInput } from '../credential/reconcile-input.ts';
import { refused, type StepOutcome } from '../credential/step-outcome.ts';
import type { Deps } from '../reconciler-deps.ts';

/** As `withServer`, on a PostgreSQL server. */
export const withRoleServer = <T>(
  input: ReconcileInput,
  ownCredentials: readonly (Credential | undefined)[],
  operation: (server: RoleServer, by: Credential | 'admin') => Promise<T>,
  deps: Deps<'databases' | 'credentials' | 'emit'>,
): Promise<ServerResult<T>> => withServer(input, ownCredentials, deps.databases.openServer, operation, deps);

/** The mark that distinguishes lockstep's second role from a foreign role. */
export function knownAlternate(
  input: Parameters<typeof loginRecordOf>[0],
  change: LoginChange,
): KnownAlternate {
  return { oid: alternateOid(input, change.to.role), mark: `made-${change.id}` };
}

/** The oid of a second role that lockstep has made. */
export function alternateOid(input: Parameters<typeof loginRecordOf>[0], role: string): string | undefined {
  const { alternate } = loginRecordOf(input);
  return alternate?.role === role ? alternate.oid : undefined;
}

/** An edit does not wait for the sessions of consumers that must restart for it. */
export function openSessionsRefusal(
  { sessions = 0 }: RoleFacts,
  { cause, to }: Pick<LoginChange, 'cause' | 'to'>,
): StepOutcome | undefined {
  if (sessions === 0 || followsSecret(cause)) return undefined;
  const count = sessions === 1 ? 'one session' : `${sessions} sessions`;
  return refused(`the role ${to.role} still has ${count}, and a role with sessions is not altered`);
}
