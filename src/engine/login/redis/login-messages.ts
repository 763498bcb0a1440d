import type { LoginMessage, LoginMessageNames } from '../result/login-messages.ts';
import type { LoginResult, TlsFault } from '../result/login-result.ts';

/** The problem, and what to do. */
type Message = readonly [problem: string, fix?: string];

/** The result of a login to Redis for people. */
export function redisLoginMessage(result: LoginResult, names: LoginMessageNames): LoginMessage {
  const { host, port, role, instead } = names;
  const server = instead?.server ?? (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`);
  const [problem, fix = ''] = messageOf(result, server, instead?.role ?? `user ${role}`);
  return { problem, fix };
}

function messageOf(result: LoginResult, server: string, user: string): Message {
  if (result.kind === 'tls') return TLS_MESSAGES[result.why ?? 'handshake'](server);
  if (result.kind !== 'ok') return (MESSAGES[result.kind] ?? OTHER)(server, user);
  const accepted = `Redis at ${server} lets ${user} in`;
  if (result.unproven === true)
    return [
      `${accepted} without asking for a password, so nothing is proven`,
      'set one, as with requirepass, or name another user in the Secret',
    ];
  if (result.standby) return [`${accepted}, but it is a replica`, 'name the host of its primary'];
  return result.cluster === true ? [`${accepted}, and is a node of a cluster, ${NOT_YET}`] : [accepted];
}

const NOT_YET = 'whose nodes have users of their own: lockstep does not change their passwords yet';

const OTHER = (server: string, user: string): Message => [
  `Redis at ${server} does not let ${user} in`,
  'its log says why',
];

const MESSAGES: Partial<Readonly<Record<LoginResult['kind'], typeof OTHER>>> = {
  'password-refused': (server, user) => [
    `Redis at ${server} refuses ${user} (WRONGPASS): the password is wrong, or the user is absent, off or without one`,
    'ACL GETUSER says which',
  ],
  network: (server) => [
    `lockstep does not connect to ${server}, whose address is local to it or that of the API server`,
    'name another host, or allow its network with --server-networks of the controller',
  ],
  dns: (server) => [`DNS does not know the host of ${server}`, 'correct the name, or create the Service'],
  refused: (server) => [`nothing listens at ${server}`, 'start Redis, or correct host, port or the Service'],
  timeout: (server) => [
    `nothing answered at ${server} in time`,
    'look for a NetworkPolicy or firewall between, or a server that hangs',
  ],
  cut: (server) => [
    `the connection to ${server} was cut before the login was done`,
    'see the log of Redis, or correct the port if another program listens there',
  ],
  'too-many-connections': (server) => [`Redis at ${server} has no connection left`, 'raise maxclients'],
  'starting-up': (server) => [
    `Redis at ${server} is loading its data, busy, or has lost its primary`,
    'wait',
  ],
  'not-redis': (server) => [
    `the program at ${server} is no Redis of version 6 or later`,
    'correct host or port',
  ],
  sentinel: (server) => [
    `a Sentinel answers at ${server}, which has users of its own and no data. lockstep does not follow it to the primary yet`,
    'name the host of the primary',
  ],
};

const TLS_MESSAGES: Readonly<Record<TlsFault, (server: string) => Message>> = {
  absent: (server) => [`Redis at ${server} has no TLS`, 'set tls-port there, or tls.mode: disable'],
  wanted: (server) => [`Redis at ${server} speaks only TLS`, 'set tls.mode: verify-full, in a URL rediss'],
  unwanted: (server) => [`Redis at ${server} speaks no TLS`, 'set tls.mode: disable'],
  untrusted: (server) => [
    `the certificate of Redis at ${server} is not of an authority that is trusted here`,
    'name the Secret of its authority in tls.caSecretName',
  ],
  'other-name': (server) => [
    `the certificate of Redis at ${server} is for another name`,
    'use a name that it is for, or set tls.mode: verify-ca',
  ],
  expired: (server) => [`the certificate of Redis at ${server} has expired, or is not valid yet`, 'renew it'],
  'no-authority': (server) => [`the authority given for Redis at ${server} is no PEM of a certificate`],
  handshake: (server) => [`Redis at ${server} and lockstep find no TLS that both speak`, 'permit TLS 1.2'],
  intercepted: (server) => [`the certificate at ${server} is not that of Redis`, 'look for a proxy between'],
};
