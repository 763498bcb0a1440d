import type { LoginFault } from '../../engine/login/login-result.ts';

/** Fields of an ErrorResponse, by their letters (protocol-error-fields.html). */
export interface ErrorResponse {
  readonly sqlstate: string;
  /** In the server's language. It may quote anything: it is looked at, and told to nobody. */
  readonly message: string;
  /** The function of the server's source; a pooler gives none. */
  readonly routine: string | undefined;
}

/** What kept somebody out, by what the server says. Where it says it in the language of its operator, the SQLSTATE and the routine still tell. */
export function loginFaultOf(error: ErrorResponse): LoginFault {
  const { sqlstate } = error;
  if (sqlstate === '28000') return authorizationFault(error);
  // PgBouncer gives this one to all of its own.
  if (sqlstate === '08P01') return poolerFault(error.message);
  return FAULT_BY_SQLSTATE.get(sqlstate) ?? 'other';
}

const FAULT_BY_SQLSTATE: ReadonlyMap<string, LoginFault> = new Map([
  ['28P01', 'password-refused'],
  ['3D000', 'no-database'],
  // Permission denied for database; database does not accept connections.
  ['42501', 'no-connect-right'],
  ['55000', 'no-connect-right'],
  ['53300', 'too-many-connections'],
  ['57P03', 'starting-up'],
  ['57P01', 'cut'],
  ['57P02', 'cut'],
]);

function authorizationFault({ routine, message }: ErrorResponse): LoginFault {
  // Only a server that asks for no password says of a role that it is not there.
  if (/role ".*" does not exist/.test(message)) return 'unknown-role';
  if (routine === 'InitializeSessionUserId' || /not permitted to log in/.test(message)) return 'no-login';
  // A line of pg_hba.conf with cert, or with clientcert.
  if (/client certificate/.test(message)) return 'other-method';
  if (routine === 'ClientAuthentication' || /pg_hba\.conf/.test(message)) return 'pg-hba';
  if (SCRAM_ROUTINES.has(routine ?? '') || /SCRAM channel binding/.test(message)) return 'tls';
  // auth_failed: peer, ident, a certificate, LDAP, …
  return routine === 'auth_failed' ? 'other-method' : 'other';
}

/** auth-scram.c: with this SQLSTATE they speak of channel binding alone. */
const SCRAM_ROUTINES: ReadonlySet<string> = new Set([
  'read_client_first_message',
  'read_client_final_message',
]);

/** Of PgBouncer's disconnect_client(), and of a server that it could not log in to. The first that fits. */
const POOLER_FAULTS: readonly (readonly [RegExp, LoginFault])[] = [
  [/^(SASL|password) authentication failed|^empty password returned/, 'password-refused'],
  [/^no such user/, 'unknown-role'],
  [/^no such database|^database ".*" does not exist/, 'no-database'],
  [/^database ".*" is disabled/, 'no-connect-right'],
  [
    /^no more connections allowed|^client connections exceeded|too many (connections|clients)/,
    'too-many-connections',
  ],
  [/^login rejected|pg_hba\.conf/, 'pg-hba'],
  [/^certificate authentication failed|^"trust" authentication failed/, 'other-method'],
  [/^SSL required/, 'tls'],
  [/not permitted to log in/, 'no-login'],
  [/dns lookup failed/i, 'dns'],
  [/^(query_wait|client_login)_timeout/, 'timeout'],
  [/^connect failed|^server (conn|connection) (crashed|failed)/, 'refused'],
  [/shutting down|starting up/, 'starting-up'],
];

function poolerFault(message: string): LoginFault {
  const serverMessage = message.replace(/^server login has been failing, cached error: /, '');
  return POOLER_FAULTS.find(([text]) => text.test(serverMessage))?.[1] ?? 'other';
}
