import { systemNamed } from '../../value/systems/systems.ts';
import type { ConnectionString, ParameterPair } from '../../value/uri/connection.ts';
import { shortHost } from '../../value/uri/hosts.ts';
import type { Evaluation } from '../evaluation/evaluation.ts';

/** Both spellings lead a pod in the namespace of the Secret to one host. */
export function isSameHost({ request }: Evaluation, one: string, other: string): boolean {
  const { namespace } = request.secret;
  return one === other || shortHost(one, namespace) === shortHost(other, namespace);
}

/** The ports that the URL goes to without one. */
export const portsOf = ({ system, scheme }: ConnectionString): readonly string[] => {
  const { ports, tls } = systemNamed(system);
  return tls[scheme.toLowerCase()] ?? ports;
};

/** The base key is the port without TLS, and the URL asks for TLS. */
export function keepsPort({ system, scheme, port }: ConnectionString, wanted: string): boolean {
  const { ports, tls } = systemNamed(system);
  const own = tls[scheme.toLowerCase()];
  return own !== undefined && ports.includes(wanted) && (port === undefined || !ports.includes(port.value));
}

/**
 * A host and a port can't name this server. It is the domain of `mongodb+srv`, the members of a cluster, a socket, an
 * instance of SQL Server, or the API of a mail service. libpq connects to `hostaddr`, whatever the host.
 */
export function keepsServer(connection: ConnectionString): boolean {
  const { form, system, scheme, host, params } = connection;
  if (namesServerInQuery(connection)) return true;
  if (system === 'postgres') return params.has('hostaddr') || isSocketPath(connection);
  return (
    (form === 'go' && host === undefined) ||
    /[+-](?:srv|sentinel|socket|cluster|unix)$/i.test(scheme) ||
    (system === 'smtp' && /^\w+\+/.test(scheme)) ||
    (host !== undefined && /[^\w.:%-]/.test(host.value))
  );
}

/** `postgresql+pg8000://app@/app?unix_sock=…`, `mysql://app@/app?unix_socket=…`, `postgresql:///?service=…`. */
function namesServerInQuery({ system, host, params, layout }: ConnectionString): boolean {
  // Prisma takes the socket from the parameter, and needs any host in front of it.
  const hosts = system === 'postgres' && layout.authority ? layout.pairs.filter(isHost) : [];
  if (hosts.some(({ value }) => SOCKET_OR_LIST.test(value.value))) return true;
  if (host !== undefined && host.value !== 'localhost') return false;
  // A host in the URL counts more than the host of the service.
  if (host === undefined && params.has('service')) return true;
  for (const name of params.keys()) if (SERVER_PARAMETER.test(name)) return true;
  return false;
}

const SERVER_PARAMETER =
  /^(?:unix_?sock(?:et)?|socket(?:path|factory)?|localsocket|cloudsqlinstance|odbc_connect)$/i;

const isHost = ({ role }: ParameterPair): boolean => role === 'host';

const SOCKET_OR_LIST = /^[/@]|,/;

/** `postgres://app:…@//cloudsql/project:region:name/app`, as django-environ reads it. */
const isSocketPath = ({ form, system, host, database }: ConnectionString): boolean =>
  form === 'url' && system === 'postgres' && host === undefined && database?.value.startsWith('/') === true;

/** The URL of PostgreSQL goes to a socket, or to several hosts. A base key names one server. */
export const namesOtherServers = ({ system, host }: ConnectionString): boolean =>
  system === 'postgres' && host !== undefined && SOCKET_OR_LIST.test(host.value);

/** libpq refuses a list of addresses that has not one for each host. */
export function isServerUnusable({ host, params }: ConnectionString): boolean {
  const addresses = params.get('hostaddr')?.value;
  return host !== undefined && addresses !== undefined && countOf(addresses) !== countOf(host.value);
}

export const countOf = (list: string): number => list.split(',').length;

/**
 * Without `authSource`, the database of MongoDB is also the one that holds the user. The path of a URL can be an
 * instance of SQL Server, or a service of Sentinel. A superuser works in the server's own databases.
 */
export function keepsDatabase(connection: ConnectionString): boolean {
  const { system, scheme, form, database, params } = connection;
  const { path, ownDatabases } = systemNamed(system);
  if (isSocketPath(connection)) return true;
  if (database !== undefined && ownDatabases.includes(database.value)) return true;
  if (path === 'none' || (path === 'auth' && !params.has('authSource'))) return true;
  if (system === 'redis') return !/^(?:redis|valkey)s?$/i.test(scheme);
  return system === 'sqlserver' && form === 'url' && database === undefined;
}

/** The URL names a database of its own, and not an instance or a service. */
export function isOtherDatabase({ system, database }: ConnectionString): boolean {
  const { path, ownDatabases } = systemNamed(system);
  return database !== undefined && (path === 'auth' || ownDatabases.includes(database.value));
}
