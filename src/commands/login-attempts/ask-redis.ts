import { severalServers, userObstacle } from '../../controllers/redis/preflight.ts';
import type { ServerAnswer } from '../../engine/login/new-credential/server-answer.ts';
import type { ServerTarget } from '../../engine/login/server/target.ts';
import type { Credential } from '../../engine/secret/record/credential.ts';
import type { Sensitive } from '../../engine/secret/sensitive.ts';
import { LockstepError } from '../../errors/errors.ts';
import { redisAdapter } from '../adapters/redis-adapter.ts';

export interface AskedLogin {
  readonly credential: Credential;
  readonly target: ServerTarget;
  readonly admin: Credential | undefined;
  /** Limits one login, in milliseconds. */
  readonly timeout: number;
  /** Other passwords that the account may have without another manager. */
  readonly known?: readonly Sensitive[];
}

/** Logs in as the user, and as the administrator if one is known. Nothing is changed. */
export async function askRedis({
  credential,
  target,
  admin,
  timeout,
  known = [],
}: AskedLogin): Promise<ServerAnswer> {
  const { tryLogin, openServer } = redisAdapter(undefined, timeout);
  const result = await tryLogin(target, credential);
  const offersTls = result.kind === 'tls' && result.why === 'wanted' ? true : undefined;
  const answer: ServerAnswer = { system: 'redis', result, offersTls, role: undefined, admin: undefined };
  if (result.kind !== 'ok') return answer;
  const name = 'its user';
  const scope = {
    as: 'admin',
    mayChange: [],
    server: `${target.host}:${target.port}`,
    roleLabel: () => name,
  } as const;
  try {
    await using server = await openServer(target, admin ?? credential, scope);
    const user = await server.user(credential.role, [credential.password, ...known]);
    const obstacle = severalServers(await server.facts()) ?? userObstacle(user, name, 0);
    return { ...answer, obstacle: result.standby ? REPLICA : obstacle };
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    return admin === undefined ? answer : { ...answer, admin: 'refused' };
  }
}

const REPLICA = 'the server is a replica: name the primary under spec.server.host';
