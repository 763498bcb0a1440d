import type { LoginRecord } from '../record/login-record.ts';
import type { AuthMethod, AuthRule, ServerTarget } from '../server/target.ts';

const SCRAM: readonly AuthMethod[] = ['scram-sha-256-plus', 'scram-sha-256'];

/**
 * The requests of a server that are answered. A server that once spoke SCRAM and now asks for less is another one, or somebody stands between: that is refused, unless
 * `spec.server.auth` allows it.
 */
export function authRule(
  configured: readonly AuthMethod[] | undefined,
  login: Pick<LoginRecord, 'auth'> | undefined,
): AuthRule | undefined {
  if (configured !== undefined) return { accepts: configured, because: 'said' };
  return login?.auth === undefined ? undefined : { accepts: SCRAM, because: 'remembered' };
}

/** The same server, for the login of an administrator: SCRAM alone unless `spec.server.auth` says otherwise, and never in clear. */
export function administratorTarget(target: ServerTarget): ServerTarget {
  const { accepts, because } = target.auth ?? { accepts: SCRAM, because: undefined };
  const allowed = because === 'remembered' ? SCRAM : accepts;
  return {
    ...target,
    auth: { accepts: allowed.filter((method) => method !== 'password'), because: 'administrator' },
  };
}
