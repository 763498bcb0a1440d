import type { LoginRecord } from '../../secret/record/login-record.ts';
import type { AuthMethod, AuthRule, ServerTarget } from './target.ts';

const SCRAM: readonly AuthMethod[] = ['scram-sha-256-plus', 'scram-sha-256'];

/**
 * The requests of a server that lockstep answers. If a server once used SCRAM and now asks for less, it is another
 * server, or an attacker is in between. lockstep refuses that, unless `spec.server.auth` allows it.
 */
export function authRule(
  configured: readonly AuthMethod[] | undefined,
  login: Pick<LoginRecord, 'auth'> | undefined,
): AuthRule | undefined {
  if (configured !== undefined) return { accepts: configured, because: 'said' };
  return login?.auth === undefined ? undefined : { accepts: SCRAM, because: 'remembered' };
}

/**
 * The same server for the login of an administrator. It accepts SCRAM alone, unless `spec.server.auth` allows more, and
 * never a password in clear.
 */
export function administratorTarget(target: ServerTarget): ServerTarget {
  const { accepts, because } = target.auth ?? { accepts: SCRAM, because: undefined };
  const allowed = because === 'remembered' ? SCRAM : accepts;
  return {
    ...target,
    auth: { accepts: allowed.filter((method) => method !== 'password'), because: 'administrator' },
  };
}
