import type { Credential } from '../engine/credential/credential.ts';
import type { RoleServer } from '../engine/credential/role-server.ts';
import type { LoginFault } from '../engine/credential/verdict.ts';

/**
 * What lies behind a password that was refused: the server tells it nobody who logs in, but whoever looks after its roles. In the order in which the
 * server looks. `password-refused` where this connection may not know, or knows of no reason: then another server, or a pooler, has answered.
 *
 * @throws LockstepError, POSTGRES_…
 */
export async function explainRefusal(
  server: Pick<RoleServer, 'role' | 'whichPassword'>,
  { role, password }: Credential,
  now: Date,
): Promise<LoginFault> {
  const facts = await server.role(role);
  if (facts === undefined) return 'unknown-role';
  if (facts.hasPassword === false) return 'no-password';
  if (facts.validUntil !== undefined && facts.validUntil <= now) return 'expired';
  const fitting = await server.whichPassword(role, [password]);
  if (fitting === undefined) return 'wrong-password';
  return facts.mayLogin ? 'password-refused' : 'no-login';
}
