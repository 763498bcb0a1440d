import type { LoginFault } from '../../engine/login/result/login-result.ts';

/** Fields of an ErrorResponse by their letters (protocol-error-fields.html). */
export interface ErrorResponse {
  readonly sqlstate: string;
  /** In the server's language. It may quote anything, so lockstep matches it and never repeats it. */
  readonly message: string;
  /** The function of the server's source. A pooler sends none. */
  readonly routine: string | undefined;
}

/** A message of the server may have 64 KiB, and some patterns below take the square of its length. */
const MAX_MESSAGE_LENGTH = 1000;

/** Undefined for a body that is no ErrorResponse: fields with their ends, a SQLSTATE, and the end of all. */
export function parseErrorResponse(body: Buffer): ErrorResponse | undefined {
  const fields = new Map<string, string>();
  let at = 0;
  while (body[at] !== 0) {
    const end = body.indexOf(0, at + 1);
    if (end < 0) return undefined;
    fields.set(String.fromCharCode(body[at]!), body.toString('utf8', at + 1, end));
    at = end + 1;
  }
  const sqlstate = fields.get('C') ?? '';
  if (at !== body.length - 1 || !/^[0-9A-Z]{5}$/.test(sqlstate)) return undefined;
  return { sqlstate, message: fields.get('M') ?? '', routine: fields.get('R') };
}

/**
 * The cause of a refused login. If the message is in another language, the SQLSTATE and the routine still identify the
 * cause.
 */
export function loginFaultOf({ sqlstate, message: fullMessage, routine }: ErrorResponse): LoginFault {
  const message = fullMessage.slice(0, MAX_MESSAGE_LENGTH);
  if (sqlstate === '28000') return authorizationFault(message, routine);
  // PgBouncer sends this SQLSTATE with each error of its own.
  if (sqlstate === '08P01') return poolerFault(message);
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

function authorizationFault(message: string, routine: string | undefined): LoginFault {
  // Only a server that asks for no password reports that a role does not exist.
  if (/role ".*" does not exist/.test(message)) return 'unknown-role';
  if (routine === 'InitializeSessionUserId' || /not permitted to log in/.test(message)) return 'no-login';
  // A line of pg_hba.conf with cert, or with clientcert.
  if (/client certificate/.test(message)) return 'other-method';
  if (routine === 'ClientAuthentication' || /pg_hba\.conf/.test(message)) return 'pg-hba';
  if (SCRAM_ROUTINES.has(routine ?? '') || /SCRAM channel binding/.test(message)) return 'tls';
  // auth_failed: peer, ident, a certificate, LDAP, …
  return routine === 'auth_failed' ? 'other-method' : 'other';
}

/** In auth-scram.c, this SQLSTATE is used for channel binding only. */
const SCRAM_ROUTINES: ReadonlySet<string> = new Set([
  'read_client_first_message',
  'read_client_final_message',
]);

/** Messages of PgBouncer's disconnect_client(), and of its failed login to a server. The first match counts. */
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
