import { LoginFailure } from '../../dial/login-failure.ts';
import type { RoleServer } from '../../engine/login/postgres/role-server.ts';
import { loginSentence } from '../../engine/login/result/login-messages.ts';
import { isPasswordCorrect } from '../../engine/login/result/login-result.ts';
import type { ServerTarget } from '../../engine/login/server/target.ts';
import type { Credential } from '../../engine/secret/record/credential.ts';
import { LockstepError } from '../../errors/errors.ts';
import { loginResultOf } from '../../postgres/protocol/login.ts';
import { openRoleServer } from '../../postgres/roles/open-role-server.ts';

/** Every server has this database, unless an administrator dropped it. */
const MAINTENANCE_DATABASE = 'postgres';

/**
 * A session of an administrator that changes nothing. Roles are shared by all databases, so any database will do.
 * Rejects with a LockstepError.
 */
export async function openAdmin(
  target: ServerTarget,
  admin: Credential,
  timeout: number,
): Promise<RoleServer & AsyncDisposable> {
  const options = { as: 'admin', mayChange: [], timeout } as const;
  try {
    return await openRoleServer({ ...target, database: MAINTENANCE_DATABASE }, admin, options);
  } catch (error) {
    if (!(error instanceof LoginFailure)) throw error;
    const { fault } = error;
    if (isPasswordCorrect({ kind: fault })) return openRoleServer(target, admin, options);
    throw new LockstepError('POSTGRES_LOGIN', [
      loginSentence(loginResultOf(error), { ...target, role: admin.role }),
    ]);
  }
}
