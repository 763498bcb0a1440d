import {
  type NamedServer,
  namedServer,
  POSTGRES_PORT,
} from '../../engine/login/new-credential/named-server.ts';
import {
  runsPostgres,
  type ServerWorkload,
  type ServiceFacts,
} from '../../engine/login/new-credential/server-workload.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import { secretUsesOf } from '../../engine/workloads/rollout/pod-template.ts';
import { apiPath } from '../client/call.ts';
import type { Cluster } from '../client/connect.ts';
import { list } from '../client/list.ts';
import { jsonFields } from './json-fields.ts';

/** The Services of a namespace. Throws LockstepError. */
export async function readServices(cluster: Cluster, namespace: string): Promise<readonly ServiceFacts[]> {
  const services: ServiceFacts[] = [];
  const path = apiPath('v1', 'services', { namespace });
  for await (const item of list(cluster, { path, what: `services in namespace ${namespace}` }))
    services.push(serviceOf(item as ServiceObject));
  return services;
}

interface ServiceObject {
  readonly metadata: { readonly name: string };
  readonly spec?: {
    readonly clusterIP?: string;
    readonly selector?: Readonly<Record<string, string>> | null;
    readonly ports?: readonly { readonly port: number; readonly targetPort?: number | string }[] | null;
  };
}

const serviceOf = ({ metadata: { name }, spec = {} }: ServiceObject): ServiceFacts => ({
  name,
  isHeadless: spec.clusterIP === 'None',
  selector: new Map(Object.entries(spec.selector ?? {})),
  ports: (spec.ports ?? []).map(({ port, targetPort }) => ({ port, target: targetPort ?? port })),
});

/** The servers in the StatefulSets and Deployments of a namespace. */
export interface WorkloadServers {
  /** The workloads that run PostgreSQL. */
  readonly running: readonly ServerWorkload[];
  /** The servers that variables of a workload name, if it reads the Secret. */
  readonly named: readonly NamedServer[];
}

/** Throws LockstepError. */
export async function readWorkloadServers(
  cluster: Cluster,
  { namespace, name }: SecretRef,
): Promise<WorkloadServers> {
  const running: ServerWorkload[] = [];
  const named: NamedServer[] = [];
  for (const [kind, plural] of [
    ['StatefulSet', 'statefulsets'],
    ['Deployment', 'deployments'],
  ] as const) {
    const path = apiPath('apps/v1', plural, { namespace });
    for await (const item of list(cluster, { path, what: `${plural} in namespace ${namespace}` })) {
      const { metadata, spec } = item as WorkloadObject;
      const pod = spec?.template?.spec ?? {};
      const id = `${kind}/${metadata.name}`;
      const secrets = [...secretUsesOf(jsonFields(pod)).keys()];
      const server = serverContainer(pod);
      if (server !== undefined) running.push(serverWorkload(id, item as WorkloadObject, server, secrets));
      else if (secrets.includes(name))
        named.push(...(pod.containers ?? []).flatMap(({ env }) => namedServer(id, variablesOf(env)) ?? []));
    }
  }
  return { running, named };
}

interface WorkloadObject {
  readonly metadata: { readonly name: string };
  readonly spec?: {
    readonly template?: {
      readonly metadata?: { readonly labels?: Readonly<Record<string, string>> | null } | null;
      readonly spec?: PodObject;
    };
  };
}

interface PodObject {
  readonly containers?: readonly ContainerObject[] | null;
}

interface ContainerObject {
  readonly image?: string;
  readonly ports?: readonly { readonly containerPort: number; readonly name?: string }[] | null;
  readonly env?: readonly { readonly name?: string; readonly value?: string }[] | null;
}

const serverContainer = ({ containers }: PodObject): ContainerObject | undefined =>
  (containers ?? []).find(({ image = '', ports }) =>
    runsPostgres({ image, ports: (ports ?? []).map(({ containerPort }) => containerPort) }),
  );

function serverWorkload(
  id: string,
  { spec }: WorkloadObject,
  server: ContainerObject,
  secrets: readonly string[],
): ServerWorkload {
  return {
    id,
    labels: new Map(Object.entries(spec?.template?.metadata?.labels ?? {})),
    portName: server.ports?.find(({ containerPort }) => containerPort === POSTGRES_PORT)?.name,
    secrets,
  };
}

/** The variables whose values are in the template. */
const variablesOf = (env: ContainerObject['env']): ReadonlyMap<string, string> =>
  new Map(
    (env ?? []).flatMap(({ name = '', value }) => (value === undefined ? [] : [[name, value] as const])),
  );
