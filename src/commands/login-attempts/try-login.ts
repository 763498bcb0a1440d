import type { LoginResult } from '../../engine/login/result/login-result.ts';
import type { ServerTarget } from '../../engine/login/server/target.ts';
import type { Credential } from '../../engine/secret/record/credential.ts';
import { tryLogin as tryPostgres } from '../../postgres/protocol/login.ts';
import { tryLogin as tryRedis } from '../../redis/login.ts';

/** Logs in to the server of a target, whatever kind of server it is. `timeout` is in milliseconds. */
export const tryLogin = (
  target: ServerTarget,
  credential: Credential,
  options: { readonly timeout: number; readonly signal?: AbortSignal },
): Promise<LoginResult> => (target.system === 'redis' ? tryRedis : tryPostgres)(target, credential, options);
