import type { LoginResult } from '../../engine/login/login-result.ts';
import type { Credential } from '../../engine/record/credential.ts';
import type { ServerTarget } from '../../engine/server/target.ts';
import { tryLogin as tryPostgres } from '../../postgres/protocol/login.ts';
import { tryLogin as tryRedis } from '../../redis/login.ts';

/** Logs in to the server of a target, whatever kind of server it is. `timeout` is in milliseconds. */
export const tryLogin = (
  target: ServerTarget,
  credential: Credential,
  options: { readonly timeout: number; readonly signal?: AbortSignal },
): Promise<LoginResult> => (target.system === 'redis' ? tryRedis : tryPostgres)(target, credential, options);
