import { LoginFailure } from '../../dial/login-failure.ts';
import type { ServerAnswer } from '../../engine/login/new-credential/server-answer.ts';
import { type AdminRights, MAKES_ROLES } from '../../engine/login/new-credential/strategy.ts';
import type { RoleFacts } from '../../engine/login/postgres/role-server.ts';
import { isPasswordCorrect, isRefused, type LoginResult } from '../../engine/login/result/login-result.ts';
import type { ServerTarget, Tls } from '../../engine/login/server/target.ts';
import type { Credential } from '../../engine/secret/record/credential.ts';
import { LockstepError } from '../../errors/errors.ts';
import { tryLogin } from '../../postgres/protocol/login.ts';
import { openRoleServer } from '../../postgres/roles/open-role-server.ts';
import { type AskedLogin, askRedis } from './ask-redis.ts';
import { openAdmin } from './open-admin.ts';

/**
 * Logs in as the role, and as the administrator if one is known. Nothing is changed. TLS is tried first, and given up
 * only if the URL does not ask for it.
 */
export async function askServer(asked: AskedLogin): Promise<ServerAnswer> {
  if (asked.target.system === 'redis') return askRedis(asked);
  const { credential, target, admin, timeout } = asked;
  const stated = target.tls.mode;
  const first = stated.startsWith('verify-') ? target : withMode(target, 'require');
  const encrypted = await tryLogin(first, credential, { timeout });
  const isPlain = (stated === 'disable' || stated === 'prefer') && needsPlain(encrypted);
  const used = isPlain ? withMode(target, 'disable') : first;
  const result = isPlain ? await tryLogin(used, credential, { timeout }) : encrypted;
  return {
    result,
    offersTls: isAnswered(result) ? !isPlain : isTlsAbsent(encrypted) ? false : undefined,
    role: result.kind === 'ok' ? await roleOf(used, credential, timeout) : undefined,
    admin:
      admin && isPasswordCorrect(result) ? await adminRights(used, credential, admin, timeout) : undefined,
  };
}

const isTlsAbsent = (result: LoginResult): boolean => result.kind === 'tls' && result.why === 'absent';

/** The server has no TLS, or pg_hba.conf admits this login only without. */
const needsPlain = (result: LoginResult): boolean =>
  isTlsAbsent(result) || result.kind === 'pg-hba' || (result.kind === 'tls' && result.why === 'unwanted');

/** The server answered the login itself. */
const isAnswered = (result: LoginResult): boolean => isPasswordCorrect(result) || isRefused(result);

const withMode = (target: ServerTarget, mode: Tls['mode']): ServerTarget => ({
  ...target,
  tls: { ...target.tls, mode },
});

async function roleOf(
  target: ServerTarget,
  credential: Credential,
  timeout: number,
): Promise<RoleFacts | undefined> {
  try {
    await using server = await openRoleServer(target, credential, { as: 'self', mayChange: [], timeout });
    return await server.role(credential.role);
  } catch (error) {
    // The login itself has just succeeded: its rights stay unknown.
    if (error instanceof LockstepError || error instanceof LoginFailure) return undefined;
    throw error;
  }
}

async function adminRights(
  target: ServerTarget,
  { role }: Credential,
  admin: Credential,
  timeout: number,
): Promise<AdminRights | 'refused'> {
  try {
    await using server = await openAdmin(target, admin, timeout);
    const [managed, own] = [await server.role(role), await server.role(admin.role)];
    return {
      mayAlter: managed?.mayAlter === true,
      mayCreateRoles: own?.privileges.some((power) => MAKES_ROLES.includes(power)) === true,
    };
  } catch (error) {
    if (!(error instanceof LockstepError || error instanceof LoginFailure)) throw error;
    return 'refused';
  }
}
