import type { UserFacts } from '../../engine/login/redis/user-server.ts';
import type { ServerTarget } from '../../engine/login/server/target.ts';
import type { Credential } from '../../engine/secret/record/credential.ts';
import type { Sensitive } from '../../engine/secret/sensitive.ts';
import { LockstepError } from '../../errors/errors.ts';
import { redisAdapter } from '../adapters/redis-adapter.ts';
import type { AdminServer } from './login-facts.ts';

/** A session of an administrator of Redis that changes nothing. Rejects with a LockstepError. */
export async function openRedisAdmin(
  target: ServerTarget,
  admin: Credential,
  timeout: number,
): Promise<AdminServer & AsyncDisposable> {
  const server = `${target.host}:${target.port}`;
  const scope = { as: 'admin', mayChange: [], server, roleLabel: (name: string) => `user ${name}` } as const;
  const session = await redisAdapter(undefined, timeout).openServer(target, admin, scope);
  const userOf = async (name: string, known: readonly Sensitive[]): Promise<UserFacts | undefined> => {
    const user = await session.user(name, known);
    if (user !== 'hidden') return user;
    throw new LockstepError('REDIS_REFUSED', [server, `user ${admin.role} may not ACL GETUSER (NOPERM)`]);
  };
  return {
    role: async (name) => {
      const user = await userOf(name, []);
      return user && { mayLogin: user.isOn, hasPassword: user.others > 0, validUntil: undefined };
    },
    matchPassword: async (name, candidates) => {
      const index = (await userOf(name, candidates))?.has.indexOf(true) ?? -1;
      return index < 0 ? undefined : index;
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}
