import type { LoginKeys } from '../../engine/login/in-secret/login-keys.ts';
import type { LoginReading } from '../../engine/login/new-credential/chosen-login.ts';
import {
  type NamedServer,
  type StatedLogin,
  serviceOfHost,
} from '../../engine/login/new-credential/named-server.ts';
import {
  type ServerWorkload,
  serverServices,
  workloadBehind,
} from '../../engine/login/new-credential/server-workload.ts';
import { otherRole } from '../../engine/login/postgres/alternate-role.ts';
import { SERVER_PORTS, serverKindOf } from '../../engine/login/server-kinds/kinds.ts';
import type { Credential } from '../../engine/secret/record/credential.ts';
import type { Secret } from '../../engine/secret/secret.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import {
  readServices,
  readWorkloadServers,
  type WorkloadServers,
} from '../../kube/objects/server-workloads.ts';
import { readSecret } from '../../kube/secrets/stored-secrets.ts';
import type { Gaps } from './gaps.ts';

export interface FoundServer {
  readonly server: NamedServer | undefined;
  /** The workload that runs the server, if it is one of the namespace. */
  readonly workload: ServerWorkload | undefined;
  readonly admin: FoundAdmin | undefined;
  readonly missing: readonly string[];
  readonly notes: readonly string[];
}

export interface FoundAdmin {
  readonly secretName: string;
  readonly credential: Credential;
}

/** The server of a login and its administrator: from the Secret, or from workloads and Services of its namespace. */
export async function findServer(
  secret: Secret,
  { stated, keys }: Pick<LoginReading, 'stated' | 'keys'>,
  cluster: Cluster,
  adminSecret: string | undefined,
  gaps: Gaps,
): Promise<FoundServer> {
  const { namespace, name } = secret;
  const isRedis = keys.system === 'redis';
  const services = await gaps.fact(() => readServices(cluster, namespace));
  const running = isRedis
    ? undefined
    : await gaps.fact(() => readWorkloadServers(cluster, { namespace, name }));
  const servers = running ?? NO_SERVERS;
  const { server, missing } = serverFrom(
    stated,
    serverServices(servers.running, services ?? [], name),
    servers,
  );
  const own = server && serviceOfHost(server.host, namespace);
  const service = own?.namespace === namespace ? services?.find((one) => one.name === own.name) : undefined;
  const workload = workloadBehind(service, servers.running);
  const admin =
    adminSecret === undefined
      ? undefined
      : await namedAdmin(secret, adminSecret, keys, stated?.credential.role, cluster, gaps);
  return {
    server,
    workload,
    admin: admin === undefined || 'fault' in admin ? undefined : admin,
    missing: [
      ...missing,
      ...(own?.namespace === namespace && services !== undefined && service === undefined
        ? [`there is no Service ${own.name} in namespace ${namespace}`]
        : []),
      ...(admin !== undefined && 'fault' in admin ? [`Secret ${adminSecret}: ${admin.fault}`] : []),
    ],
    notes: server === undefined ? [] : serverNotes(server, workload),
  };
}

const NO_SERVERS: WorkloadServers = { running: [], named: [] };

/** The Secret comes first, then the server that reads it, then the variables of its readers. */
function serverFrom(
  stated: StatedLogin | undefined,
  services: readonly NamedServer[],
  { running, named }: WorkloadServers,
): { readonly server: NamedServer | undefined; readonly missing: readonly string[] } {
  const written = stated?.server;
  if (written !== undefined)
    return 'fault' in written
      ? { server: undefined, missing: [written.fault] }
      : { server: written, missing: [] };
  const found = services.length > 0 ? services : named;
  const [first] = found;
  if (first !== undefined && found.every(({ host, port }) => host === first.host && port === first.port))
    return { server: first, missing: [] };
  const candidates = found.length > 0 ? found.map(({ host }) => host) : running.map(({ id }) => id);
  const hint = candidates.length === 0 ? '' : ` (candidates: ${candidates.slice(0, MAX_NAMES).join(', ')})`;
  return { server: undefined, missing: [`nothing names the one server${hint}, so set spec.server.host`] };
}

const MAX_NAMES = 5;

/** Behind a Service, the port of the pod counts for a NetworkPolicy. */
function serverNotes({ host, port }: NamedServer, workload: ServerWorkload | undefined): readonly string[] {
  return [
    ...(/^(localhost$|127\.|::1$)/.test(host)
      ? ['The host is the pod itself: the controller connects to it only with --server-networks.']
      : []),
    ...(/bouncer|pooler|pgpool|pgcat|odyssey/i.test(host)
      ? ['The host has the name of a pooler: name the server behind it under spec.server.host.']
      : []),
    ...(SERVER_PORTS.includes(port) || workload !== undefined
      ? []
      : [
          `The NetworkPolicy of the controller permits the ports ${SERVER_PORTS.join(' and ')} alone: add one for ${port}.`,
        ]),
  ];
}

async function namedAdmin(
  { namespace }: Secret,
  secretName: string,
  keys: LoginKeys,
  role: string | undefined,
  cluster: Cluster,
  gaps: Gaps,
): Promise<FoundAdmin | { readonly fault: string } | undefined> {
  const found = await gaps.fact(async () => ({
    stored: await readSecret(cluster, { namespace, name: secretName }),
  }));
  if (found === undefined) return undefined;
  if (found.stored === undefined) return { fault: 'it does not exist' };
  const credential = serverKindOf(keys).administratorIn(found.stored.secret);
  if ('fault' in credential) return credential;
  // A role whose password changes can't be its own administrator.
  return role !== undefined && [role, otherRole(role, role)].includes(credential.role)
    ? { fault: 'it holds the login of the role itself: name another administrator' }
    : { secretName, credential };
}
