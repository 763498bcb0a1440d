import type { LoginMessageNames } from '../login/login-messages.ts';
import type { LoginResult, TlsFault } from '../login/login-result.ts';

/** The result of a login to Redis for people, without a full stop. */
export function redisLoginSentence(
  result: LoginResult,
  { host, port, role, instead }: LoginMessageNames,
): string {
  const server = instead?.server ?? (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`);
  const user = instead?.role ?? `user ${role}`;
  if (result.kind === 'tls') return TLS_SENTENCES[result.why ?? 'handshake'](server);
  if (result.kind !== 'ok') return (SENTENCES[result.kind] ?? OTHER)(server, user);
  if (result.unproven === true)
    return `Redis at ${server} lets ${user} in without asking for a password, so nothing is proven; set requirepass, or a password of the user`;
  return result.standby
    ? `Redis at ${server} lets ${user} in, but it is a replica; name the host of its primary`
    : `Redis at ${server} lets ${user} in`;
}

type Sentence = (server: string, user: string) => string;

const OTHER: Sentence = (server, user) => `Redis at ${server} does not let ${user} in; its log says why`;

const SENTENCES: Partial<Readonly<Record<LoginResult['kind'], Sentence>>> = {
  'password-refused': (server, user) =>
    `Redis at ${server} refuses ${user} (WRONGPASS): the password is wrong, or the user is absent, off or without a password; ACL GETUSER says which`,
  network: () =>
    'lockstep does not connect to the host: its address is a loopback, link-local, metadata or API server address; name another host, or allow its network with --server-networks of the controller',
  dns: (server) => `DNS does not know the host of ${server}; correct the name, or create the Service`,
  refused: (server) =>
    `nothing listens at ${server}; start Redis, or correct host, port or the selector of the Service`,
  timeout: (server) =>
    `nothing answered at ${server} in time; look for a NetworkPolicy or firewall between, or a server that hangs`,
  cut: (server) =>
    `the connection to ${server} was cut before the login was done; try again, and see the log of Redis`,
  'too-many-connections': (server) =>
    `Redis at ${server} has no connection left; raise maxclients, or end sessions`,
  'starting-up': (server) => `Redis at ${server} is loading its data, busy, or has lost its primary; wait`,
  'not-redis': (server) => `the program at ${server} is no Redis of version 6 or later; correct host or port`,
  sentinel: (server) =>
    `a Sentinel answers at ${server}, which has users of its own and no data; name the host of the primary`,
};

const TLS_SENTENCES: Readonly<Record<TlsFault, (server: string) => string>> = {
  absent: (server) =>
    `Redis at ${server} has no TLS; set tls-port there, or tls.mode: disable, in a URL redis://`,
  wanted: (server) => `Redis at ${server} speaks only TLS; set tls.mode: verify-full, in a URL rediss://`,
  unwanted: (server) => `Redis at ${server} speaks no TLS; set tls.mode: disable`,
  untrusted: (server) =>
    `the certificate of Redis at ${server} is not of an authority that is trusted here; name the Secret of its authority in tls.caSecretName`,
  'other-name': (server) =>
    `the certificate of Redis at ${server} is for another name; use a name that it is for, or set tls.mode: verify-ca`,
  expired: (server) => `the certificate of Redis at ${server} has expired, or is not valid yet; renew it`,
  'no-authority': (server) =>
    `the authority given for Redis at ${server} is no PEM of a certificate; correct its Secret`,
  handshake: (server) =>
    `Redis at ${server} and lockstep find no TLS that both speak; permit TLS 1.2 or later`,
  intercepted: (server) =>
    `the certificate at ${server} is not that of Redis; look for a proxy between the two`,
};
