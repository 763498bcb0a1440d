import type { Login } from '../in-secret/logins.ts';
import { isUnproven, type LoginFault, type LoginResult } from './login-result.ts';

/**
 * The result of a login for a user who checks a manifest. It names no host, role or database: these are in the Secret.
 */
export type LoginOutcome =
  | { readonly kind: 'open' }
  /**
   * The server asks for no password, so the login proves nothing. `message` completes "POSTGRES_PASSWORD …", here and
   * below.
   */
  | { readonly kind: 'warned'; readonly message: string; readonly fix: string }
  /** No consumer of the Secret can log in. */
  | { readonly kind: 'denied'; readonly message: string; readonly fix: string }
  /**
   * The login can't be tried from here, or not now, so it proves nothing. `why` completes "… could not be tried: …".
   */
  | { readonly kind: 'untried'; readonly why: string };

const REFUSED = 'does not open the server that the Secret names';
const SAME_PASSWORD = 'put the password there that the server has, or give the server this one';

const OUTCOMES: Readonly<Record<LoginFault, LoginOutcome>> = {
  'password-refused': denied(
    `${REFUSED}: wrong password, no such role, or one that has expired or has no password`,
    SAME_PASSWORD,
  ),
  'wrong-password': denied(`${REFUSED}: the server has another password`, SAME_PASSWORD),
  'unknown-role': denied(`${REFUSED}: it has no such role`, 'create the role, or name one that is there'),
  expired: denied(
    `${REFUSED}: the role has expired`,
    "ALTER ROLE … VALID UNTIL 'infinity', or name another role",
  ),
  'no-password': denied(`${REFUSED}: the role has no password there`, 'give the server this password'),
  'no-login': denied(`${REFUSED}: the role may not log in`, 'ALTER ROLE … LOGIN, or name another role'),
  'no-database': denied(
    `${REFUSED}: the database is not there`,
    'create the database, or name one that is there',
  ),
  'no-connect-right': denied(
    `${REFUSED}: the role may not connect to the database`,
    'GRANT CONNECT ON DATABASE … TO …',
  ),
  'pg-hba': untried('pg_hba.conf of the server does not let it in from here'),
  tls: untried('no TLS connection came about as sslmode asks for it'),
  network: untried('its address is local to the controller'),
  dns: untried('the name of the host is not known here'),
  refused: untried('nothing listens there'),
  timeout: untried('there was no answer in time'),
  cut: untried('the connection was cut'),
  'too-many-connections': untried('the server has no connection left'),
  'starting-up': untried('the server is starting or stopping'),
  'not-postgres': untried('the program that answers there is not PostgreSQL'),
  'not-redis': untried('the program that answers there is no Redis of version 6 or later'),
  sentinel: untried('a Sentinel answers there, which has users of its own'),
  'weak-method': untried('the server asks for a weaker proof of the password than is given from here'),
  'other-method': untried('the server asks for the password in a way that is not answered from here'),
  other: untried('the server refused for a reason that its log tells'),
};

const noPasswordAsked = (fix: string): LoginOutcome => ({
  kind: 'warned',
  message: 'was not asked for by the server, which lets this login in without: nothing is proven',
  fix,
});

/** The words of Redis, if it has other ones. */
const REDIS_OUTCOMES: Partial<typeof OUTCOMES> = {
  'password-refused': denied(
    `${REFUSED} (WRONGPASS): wrong password, no such user, or one that is off or has no password`,
    SAME_PASSWORD,
  ),
  tls: untried('no TLS connection came about as the scheme of the URL asks for it'),
};

/** `system` is that of the login. */
export function loginOutcome(result: LoginResult, system: Login['system']): LoginOutcome {
  const isRedis = system === 'redis';
  if (result.kind !== 'ok')
    return (isRedis ? REDIS_OUTCOMES[result.kind] : undefined) ?? OUTCOMES[result.kind];
  if (!isUnproven(result)) return { kind: 'open' };
  return noPasswordAsked(isRedis ? 'set requirepass' : 'have pg_hba.conf ask for scram-sha-256');
}

/**
 * If a URL has several hosts, the next one is tried, as libpq does. A host that has just not answered is not tried
 * again.
 */
export const isUnanswered = (fault: LoginFault | 'ok'): boolean =>
  fault === 'dns' || fault === 'refused' || fault === 'timeout' || fault === 'cut' || fault === 'starting-up';

function denied(message: string, fix: string): LoginOutcome {
  return { kind: 'denied', message, fix };
}

function untried(why: string): LoginOutcome {
  return { kind: 'untried', why };
}
