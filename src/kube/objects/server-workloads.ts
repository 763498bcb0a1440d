import {
  runsPostgres,
  type ServerWorkload,
  type ServiceFacts,
} from '../../engine/connect/server-workload.ts';
import { type PodSpec, secretUsesOf } from '../../engine/rollout/pod-template.ts';
import type { Cluster } from '../client/connect.ts';
import { list } from '../client/list.ts';

/** The Services of a namespace. Throws LockstepError. */
export async function readServices(cluster: Cluster, namespace: string): Promise<readonly ServiceFacts[]> {
  const services: ServiceFacts[] = [];
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/services`;
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

/** The StatefulSets and Deployments of a namespace that run PostgreSQL. Throws LockstepError. */
export async function readServerWorkloads(
  cluster: Cluster,
  namespace: string,
): Promise<readonly ServerWorkload[]> {
  const found: ServerWorkload[] = [];
  for (const [kind, plural] of [
    ['StatefulSet', 'statefulsets'],
    ['Deployment', 'deployments'],
  ] as const) {
    const path = `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/${plural}`;
    for await (const item of list(cluster, { path, what: `${plural} in namespace ${namespace}` })) {
      const workload = serverWorkloadOf(kind, item as WorkloadObject);
      if (workload !== undefined) found.push(workload);
    }
  }
  return found;
}

interface WorkloadObject {
  readonly metadata: { readonly name: string };
  readonly spec?: {
    readonly template?: {
      readonly metadata?: { readonly labels?: Readonly<Record<string, string>> | null } | null;
      readonly spec?: PodSpec;
    };
  };
}

interface ContainerObject {
  readonly image?: string;
  readonly ports?: readonly { readonly containerPort: number; readonly name?: string }[] | null;
  readonly env?: readonly EnvObject[] | null;
  readonly envFrom?: readonly { readonly secretRef?: { readonly name?: string } | null }[] | null;
}

interface EnvObject {
  readonly name?: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly secretKeyRef?: { readonly name?: string; readonly key: string } | null;
  } | null;
}

function serverWorkloadOf(kind: string, { metadata, spec }: WorkloadObject): ServerWorkload | undefined {
  const pod = spec?.template?.spec ?? {};
  const { containers } = pod as { readonly containers?: readonly ContainerObject[] | null };
  const server = (containers ?? []).find(({ image = '', ports }) =>
    runsPostgres({ image, ports: (ports ?? []).map(({ containerPort }) => containerPort) }),
  );
  if (server === undefined) return undefined;
  const secrets = [...secretUsesOf(pod).keys()];
  const variable = (name: string): EnvObject | undefined => server.env?.find((one) => one.name === name);
  return {
    id: `${kind}/${metadata.name}`,
    labels: new Map(Object.entries(spec?.template?.metadata?.labels ?? {})),
    portName: server.ports?.find(({ containerPort }) => containerPort === 5432)?.name,
    secrets,
    superuserSecrets: superuserSecretsOf(server, secrets),
    user: variable('POSTGRES_USER')?.value ?? variable('POSTGRESQL_USERNAME')?.value,
    isBitnami: /(^|\/)bitnami/.test(server.image ?? ''),
  };
}

/** The variables by which images take the first password of a superuser. */
const PASSWORD_VARIABLE = /^POSTGRES(QL)?_(POSTGRES_)?PASSWORD(_FILE)?$/;

function superuserSecretsOf(
  { env, envFrom }: ContainerObject,
  secrets: readonly string[],
): readonly string[] {
  const variables = (env ?? []).filter(({ name = '' }) => PASSWORD_VARIABLE.test(name));
  // The file is in a volume of the pod.
  if (variables.some(({ name = '' }) => name.endsWith('_FILE'))) return secrets;
  const named = [
    ...variables.map(({ valueFrom }) => valueFrom?.secretKeyRef?.name),
    ...(envFrom ?? []).map(({ secretRef }) => secretRef?.name),
  ];
  return secrets.filter((secret) => named.includes(secret));
}
