import type { LoginFault, LoginResult, RedisFault, TlsFault, WeakMethod } from './login-result.ts';

/** The names that a sentence may contain. */
export interface LoginMessageNames {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly role: string;
  /** The words in place of a name that must not be shown. */
  readonly instead?: {
    readonly server?: string | undefined;
    readonly role?: string | undefined;
    readonly database?: string | undefined;
  };
}

/** The result of a login for people. Both parts are without a full stop. */
export interface LoginMessage {
  readonly problem: string;
  /** Empty if there is nothing to do. */
  readonly fix: string;
}

const message = (problem: string, fix = ''): LoginMessage => ({ problem, fix });

/** One sentence without its full stop, with the problem and its fix. */
export const messageSentence = ({ problem, fix }: LoginMessage): string =>
  fix === '' ? problem : `${problem}; ${fix}`;

export const loginSentence = (result: LoginResult, names: LoginMessageNames): string =>
  messageSentence(loginMessage(result, names));

/** The message names server, database and role, unless `names` has other words for them. */
export function loginMessage(result: LoginResult, names: LoginMessageNames): LoginMessage {
  if (result.kind === 'ok') return successMessage(result, names);
  if (result.kind === 'tls' && result.why !== undefined) return TLS_MESSAGES[result.why](quotedNames(names));
  if (result.kind === 'weak-method' && result.weak !== undefined)
    return weakMethodMessage(result.weak, quotedNames(names));
  const kind = result.kind === 'not-redis' || result.kind === 'sentinel' ? 'not-postgres' : result.kind;
  return MESSAGES[kind](quotedNames(names));
}

const METHOD_NOUNS: Readonly<Record<WeakMethod['asked'], string>> = {
  md5: 'an MD5 answer',
  password: 'the password in clear',
  'scram-sha-256': 'SCRAM-SHA-256',
  unbound: 'SCRAM-SHA-256 that is not bound to its certificate',
  'few-rounds': 'SCRAM with fewer than 4096 iterations, by which a false server guesses passwords',
  'many-rounds': 'SCRAM with more than 1,000,000 iterations',
};

const AUTH_RULE_REASONS = {
  said: message('spec.server.auth does not allow that', 'correct one of the two'),
  remembered: message(
    'this login went by SCRAM-SHA-256 before, so another server may have answered',
    'have pg_hba.conf ask for scram-sha-256, or name the method under spec.server.auth',
  ),
  administrator: message(
    'the login of an administrator does not go that way',
    'give the role a password under password_encryption = scram-sha-256, and have pg_hba.conf ask for it',
  ),
};

function weakMethodMessage({ asked, because }: WeakMethod, { server, role }: QuotedNames): LoginMessage {
  const request = `PostgreSQL at ${server} asks ${role} for ${METHOD_NOUNS[asked]}`;
  if (asked === 'few-rounds' || asked === 'many-rounds' || because === undefined)
    return message(request, 'set scram_iterations from 4096 to 1000000, and set the password again');
  const { problem, fix } = AUTH_RULE_REASONS[because];
  return message(`${request}, and ${problem}`, fix);
}

function successMessage(
  { standby, unproven }: Extract<LoginResult, { kind: 'ok' }>,
  names: LoginMessageNames,
): LoginMessage {
  const { server, role } = quotedNames(names);
  if (unproven === true)
    return message(
      `PostgreSQL at ${server} lets ${role} in without asking for a password, so nothing is proven`,
      'pg_hba.conf should ask for scram-sha-256',
    );
  return standby
    ? message(
        `PostgreSQL at ${server} lets ${role} in, but it is a standby and can only be read`,
        "name the primary's host",
      )
    : message(`PostgreSQL at ${server} lets ${role} in`);
}

interface QuotedNames {
  readonly server: string;
  readonly host: string;
  readonly noHost: string;
  readonly role: string;
  readonly noRole: string;
  readonly database: string;
  readonly noDatabase: string;
}

function quotedNames({ host, port, role, database, instead = {} }: LoginMessageNames): QuotedNames {
  const server = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  return {
    server: instead.server ?? server,
    host: instead.server === undefined ? host : 'the host in the Secret',
    noHost:
      instead.server === undefined ? `there is no host ${host}` : 'DNS does not know the host in the Secret',
    role: instead.role ?? `role ${role}`,
    noRole: instead.role === undefined ? `has no role ${role}` : `does not have ${instead.role}`,
    database: instead.database ?? `database ${database}`,
    noDatabase:
      instead.database === undefined ? `has no database ${database}` : `does not have ${instead.database}`,
  };
}

const MESSAGES: Readonly<Record<Exclude<LoginFault, RedisFault>, (names: QuotedNames) => LoginMessage>> = {
  'password-refused': ({ server, role }) =>
    message(
      `PostgreSQL at ${server} refuses ${role}: the password is wrong, or the role is absent, expired or without a password, which it tells nobody`,
      'its log says which',
    ),
  'wrong-password': ({ server, role }) =>
    message(`PostgreSQL at ${server} has another password for ${role}`, 'bring the two together'),
  'unknown-role': ({ server, noRole }) =>
    message(`PostgreSQL at ${server} ${noRole}`, 'create it, or correct the name'),
  expired: ({ server, role }) =>
    message(
      `PostgreSQL at ${server} refuses ${role}: its password has expired (VALID UNTIL)`,
      "ALTER ROLE … VALID UNTIL 'infinity', or another date",
    ),
  'no-password': ({ server, role }) =>
    message(`PostgreSQL at ${server} has no password for ${role}`, 'give it one'),
  'no-login': ({ server, role }) =>
    message(`PostgreSQL at ${server} has NOLOGIN on ${role}`, 'ALTER ROLE … LOGIN'),
  'no-database': ({ server, noDatabase }) =>
    message(`PostgreSQL at ${server} ${noDatabase}`, 'create it, or correct the name'),
  'no-connect-right': ({ server, role, database }) =>
    message(
      `PostgreSQL at ${server} lets ${role} not connect to ${database}`,
      'GRANT CONNECT ON DATABASE …, and see that the database takes connections',
    ),
  'pg-hba': ({ server, role, database }) =>
    message(
      `pg_hba.conf of PostgreSQL at ${server} does not let ${role} from here into ${database}`,
      'give it a line with scram-sha-256',
    ),
  tls: ({ server }) =>
    message(`no TLS came about with PostgreSQL at ${server}`, 'correct tls.mode or the authority'),
  network: ({ host }) =>
    message(
      `lockstep does not connect to ${host}: its address is a loopback, link-local, metadata or API server's address`,
      'name another host, or allow its network with --server-networks of the controller',
    ),
  dns: ({ noHost }) => message(`${noHost}`, 'correct the name, or create the Service'),
  refused: ({ server }) =>
    message(
      `nothing listens at ${server}`,
      "start PostgreSQL, or correct host, port or the Service's selector",
    ),
  timeout: ({ server }) =>
    message(
      `nothing answered at ${server} in time`,
      'look for a NetworkPolicy or firewall between, or a server that hangs',
    ),
  cut: ({ server }) =>
    message(
      `the connection to ${server} was cut before the login was done`,
      "try again, and see the server's log",
    ),
  'too-many-connections': ({ server, role }) =>
    message(
      `PostgreSQL at ${server} has no connection left for ${role}`,
      'raise max_connections or the CONNECTION LIMIT of role or database, or end sessions',
    ),
  'starting-up': ({ server }) =>
    message(`PostgreSQL at ${server} is starting up, recovering or shutting down`, 'wait'),
  'not-postgres': ({ server }) =>
    message(`the program at ${server} does not speak PostgreSQL's protocol`, 'correct host or port'),
  'weak-method': ({ server, role }) =>
    message(
      `PostgreSQL at ${server} asks ${role} for a weaker proof of the password than is given`,
      'pg_hba.conf should say scram-sha-256',
    ),
  'other-method': ({ server, role }) =>
    message(
      `PostgreSQL at ${server} asks ${role} for another login than SCRAM or MD5`,
      'give it a line scram-sha-256 in pg_hba.conf (a password goes in clear only over verified TLS)',
    ),
  other: ({ server, role }) => message(`PostgreSQL at ${server} does not let ${role} in`, 'its log says why'),
};

const TLS_MESSAGES: Readonly<Record<TlsFault, (names: QuotedNames) => LoginMessage>> = {
  absent: ({ server }) =>
    message(
      `PostgreSQL at ${server} has no TLS`,
      'give it a certificate and ssl = on, or set tls.mode: prefer',
    ),
  wanted: ({ server }) =>
    message(
      `PostgreSQL at ${server} refuses a connection without TLS`,
      'set tls.mode: require or verify-full, in a URL sslmode=require',
    ),
  unwanted: ({ server, role }) =>
    message(
      `PostgreSQL at ${server} takes ${role} only without TLS (pg_hba.conf)`,
      'give it a line hostssl, or set tls.mode: disable, in a URL sslmode=disable',
    ),
  untrusted: ({ server }) =>
    message(
      `the certificate of PostgreSQL at ${server} is not of an authority that is trusted here`,
      'name the Secret of its authority in tls.caSecretName',
    ),
  'other-name': ({ server, host }) =>
    message(
      `the certificate of PostgreSQL at ${server} is not for ${host}`,
      'issue one for that name, use a name that it is for, or set tls.mode: verify-ca',
    ),
  expired: ({ server }) =>
    message(`the certificate of PostgreSQL at ${server} has expired, or is not valid yet`, 'renew it'),
  'no-authority': ({ server }) =>
    message(
      `the authority given for PostgreSQL at ${server} is no PEM of a certificate`,
      'correct its Secret',
    ),
  intercepted: ({ server }) =>
    message(
      `the certificate that was shown at ${server} is not that of the PostgreSQL server that answers there`,
      'look for a proxy or an attacker between the two',
    ),
  handshake: ({ server }) =>
    message(
      `PostgreSQL at ${server} and lockstep find no TLS that both speak`,
      'it takes TLS 1.2 or later (ssl_min_protocol_version, ssl_max_protocol_version)',
    ),
};
