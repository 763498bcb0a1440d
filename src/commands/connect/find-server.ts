import {
  type NamedServer,
  POSTGRES_PORT,
  type StatedLogin,
  serviceOfHost,
} from '../../engine/connect/named-server.ts';
import { type ServerWorkload, serverServices, workloadBehind } from '../../engine/connect/server-workload.ts';
import { otherRole } from '../../engine/credential/change/alternate-role.ts';
import { adminCredentialIn } from '../../engine/login/admin-in-secret.ts';
import type { Credential } from '../../engine/record/credential.ts';
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
  /** A sentence. */
  readonly reason: string;
}

/** The server of a login and its administrator: from the Secret, or from workloads and Services of its namespace. */
export async function findServer(
  secret: Secret,
  stated: StatedLogin | undefined,
  cluster: Cluster,
  adminSecret: string | undefined,
  gaps: Gaps,
): Promise<FoundServer> {
  const { namespace, name } = secret;
  const services = await gaps.fact(() => readServices(cluster, namespace));
  const servers = (await gaps.fact(() => readWorkloadServers(cluster, { namespace, name }))) ?? NO_SERVERS;
  const { server, missing } = serverFrom(
    stated,
    serverServices(servers.running, services ?? [], name),
    servers,
  );
  const own = server && serviceOfHost(server.host, namespace);
  const service = own?.namespace === namespace ? services?.find((one) => one.name === own.name) : undefined;
  const workload = workloadBehind(service, servers.running);
  const role = stated?.credential.role;
  const admin =
    adminSecret === undefined
      ? await superuserOf(secret, role, workload, cluster, gaps)
      : await namedAdmin(secret, adminSecret, cluster, gaps);
  const isAdminRole = admin !== undefined && 'credential' in admin && isManagedRole(admin, role);
  return {
    server,
    workload,
    admin: admin === undefined || 'fault' in admin || isAdminRole ? undefined : admin,
    missing: [
      ...missing,
      ...(own?.namespace === namespace && services !== undefined && service === undefined
        ? [`there is no Service ${own.name} in namespace ${namespace}`]
        : []),
      ...(admin !== undefined && 'fault' in admin ? [`Secret ${adminSecret}: ${admin.fault}`] : []),
      ...(isAdminRole && adminSecret !== undefined
        ? [`Secret ${adminSecret} holds the login of the role itself: name another administrator`]
        : []),
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
    ...(port === POSTGRES_PORT || workload !== undefined
      ? []
      : [`The NetworkPolicy of the controller permits port ${POSTGRES_PORT} alone: add one for ${port}.`]),
  ];
}

/** A role whose password changes can't be its own administrator. */
const isManagedRole = ({ credential }: FoundAdmin, role: string | undefined): boolean =>
  role !== undefined && [role, otherRole(role, role)].includes(credential.role);

async function namedAdmin(
  { namespace }: Secret,
  secretName: string,
  cluster: Cluster,
  gaps: Gaps,
): Promise<FoundAdmin | { readonly fault: string } | undefined> {
  const found = await gaps.fact(async () => ({
    stored: await readSecret(cluster, { namespace, name: secretName }),
  }));
  if (found === undefined) return undefined;
  if (found.stored === undefined) return { fault: 'it does not exist' };
  const credential = adminCredentialIn(found.stored.secret);
  if ('fault' in credential) return credential;
  return { secretName, credential, reason: 'As --admin-secret says.' };
}

/** The Secret from which the server took the first password of its superuser. Undefined if several may be it. */
async function superuserOf(
  { namespace, name }: Secret,
  role: string | undefined,
  workload: ServerWorkload | undefined,
  cluster: Cluster,
  gaps: Gaps,
): Promise<FoundAdmin | undefined> {
  if (workload === undefined) return undefined;
  const admins: FoundAdmin[] = [];
  for (const secretName of workload.superuserSecrets.filter((one) => one !== name).slice(0, MAX_NAMES)) {
    const stored = await gaps.fact(() => readSecret(cluster, { namespace, name: secretName }));
    const credential = stored === undefined ? undefined : adminCredentialIn(stored.secret);
    if (credential === undefined || 'fault' in credential || !isSuperuser(credential, workload)) continue;
    const reason = `${workload.id} runs the server, and took the login of its superuser from this Secret.`;
    admins.push({ secretName, credential, reason });
  }
  const [first, ...more] = admins.filter((admin) => !isManagedRole(admin, role));
  return more.length === 0 ? first : undefined;
}

const isSuperuser = ({ role }: Credential, { user, isBitnami }: ServerWorkload): boolean =>
  isBitnami ? role === 'postgres' : user === undefined || user === role;
