import { tryLogin as tryPostgres } from '../../postgres/protocol/login.ts';
import { tryLogin as tryRedis } from '../../redis/login.ts';
import type { TryLogin } from './attempts.ts';

/** Logs in to the server of a target, whatever kind of server it is. */
export const tryLogin: TryLogin = (target, credential, options) =>
  (target.system === 'redis' ? tryRedis : tryPostgres)(target, credential, options);
