import pg from 'pg';
import { aCanary } from '../canary/canary.ts';
import type { Loose, Team, TeamOptions } from '../credential/team.ts';
import type { CredentialWorld } from '../credential/world.ts';
import { aSecretPolicy } from '../policy/secret-policy.ts';
import type { LoginSource } from './login-clients.ts';

export interface Planting {
  readonly world: CredentialWorld;
  readonly team: Team;
  readonly namespace: string;
  readonly role: string;
  readonly password: string;
  /** `shop` has `/api/v1/namespaces/shop`, `apps` the group of Deployments, and so on. */
  readonly put: (resource: string, body: object) => Promise<void>;
  readonly patch: (path: string, body: object, query?: string) => Promise<void>;
  readonly sql: (text: string) => Promise<unknown>;
  /** Repeats the work until the end of the test. */
  readonly repeat: (work: () => Promise<unknown>) => void;
}

/** A login with one condition, in a namespace of its own. */
export interface Situation {
  readonly name: string;
  readonly team: TeamOptions;
  /** The number of agreed copies in the namespace `NAMESPACE-copies`, each with a reader. */
  readonly copies?: number;
  /** After the login was in sync. */
  readonly plant?: ((at: Planting) => Promise<unknown>) | undefined;
  /** Without them, the pods of the Deployment `api`. */
  readonly clients?: readonly LoginSource[];
}

export const PODS: LoginSource = { from: 'pods', prefix: 'api-' };
export const OLD: LoginSource = { from: 'start' };
export const VOLUME: LoginSource = { from: 'volume' };
export const DEFAULT_CLIENTS: readonly LoginSource[] = [PODS];

/** Two roles and an administrator: no login fails, if nothing else speaks against it. */
export const TWO: TeamOptions = { strategy: 'AlternatingUsers', pods: 1 };
/** One role that nothing reads. */
export const ONE: TeamOptions = { strategy: 'SingleUser', pods: 0 };
export const READS = { envFrom: [{ secretRef: { name: 'app' } }] };

export type Plant = NonNullable<Situation['plant']>;
export type Conditions = Readonly<Record<string, Plant | undefined>>;

export const app = (namespace: string, resource = 'secrets/app') =>
  `/api/v1/namespaces/${namespace}/${resource}`;
export const workload = (namespace: string, name: string) => `/apis/apps/v1/namespaces/${namespace}/${name}`;

export const labelled =
  (labels: Readonly<Record<string, string>>, annotations: Readonly<Record<string, string>> = {}): Plant =>
  ({ patch, namespace }) =>
    patch(app(namespace), { metadata: { labels, annotations } });
export const sql =
  (text: (at: Planting) => string): Plant =>
  (at) =>
    at.sql(text(at));
export const specOf =
  (spec: object): Plant =>
  ({ patch, namespace }) =>
    patch(`/apis/lockstep.dev/v1alpha1/namespaces/${namespace}/postgrescredentials/app`, { spec });
export const id = (role: string): string => pg.escapeIdentifier(role);

export async function administrator(
  { sql, role, patch, namespace }: Planting,
  options: string,
): Promise<void> {
  const [name, password] = [`boss_${role}`, aCanary(24)];
  await sql(`CREATE ROLE ${id(name)} LOGIN ${options} PASSWORD '${password}'`);
  await patch(app(namespace, 'secrets/admin'), {
    stringData: { POSTGRES_USER: name, POSTGRES_PASSWORD: password },
  });
}

/** As a tool that heals itself: the manifest with the first password is applied again and again. */
export async function syncs(
  { patch, namespace, password, repeat }: Planting,
  manager: string,
  annotations: object,
): Promise<void> {
  const body = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'app', namespace, annotations },
    data: { POSTGRES_PASSWORD: Buffer.from(password).toString('base64') },
  };
  const apply = () => patch(app(namespace), body, `?fieldManager=${manager}&force=true`);
  await apply();
  repeat(apply);
}

const nameSelector = (namespace: string) => ({ matchLabels: { 'kubernetes.io/metadata.name': namespace } });

export async function policy({ cluster }: CredentialWorld, namespace: string, keys: object): Promise<void> {
  const body = aSecretPolicy(namespace, {
    match: { names: ['app'], namespaces: [namespace] },
    precedence: 10,
    keys,
  });
  const { status, text } = await cluster.request('/apis/lockstep.dev/v1alpha1/secretpolicies', {
    method: 'POST',
    body,
  });
  if (status !== 201) throw new Error(text);
}

export const denySecrets = (world: CredentialWorld, namespace: string) =>
  deny(world, namespace, 'secrets', 'UPDATE', "object.metadata.name != 'app'", 'secrets/app', {
    data: { X: 'eA==' },
  });
export const denyPods = (world: CredentialWorld, namespace: string) =>
  deny(world, namespace, 'pods', 'CREATE', 'false', undefined, undefined);

async function deny(
  { cluster }: CredentialWorld,
  namespace: string,
  resource: string,
  operation: string,
  expression: string,
  path: string | undefined,
  change: object | undefined,
): Promise<void> {
  const name = `deny-${namespace}`;
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const rules = [{ apiGroups: [''], apiVersions: ['v1'], operations: [operation], resources: [resource] }];
  const items = [
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec: {
        matchConstraints: { resourceRules: rules, namespaceSelector: nameSelector(namespace) },
        validations: [{ expression }],
      },
    },
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: { policyName: name, validationActions: ['Deny'] },
    },
  ];
  await cluster.apply(items);
  const isDenied = async (): Promise<boolean> => {
    const { status } =
      path === undefined
        ? await cluster.request(`/api/v1/namespaces/${namespace}/pods?dryRun=All`, {
            method: 'POST',
            body: {
              apiVersion: 'v1',
              kind: 'Pod',
              metadata: { name: 'tried' },
              spec: { containers: [{ name: 'm', image: 'm' }] },
            },
          })
        : await cluster.request(`/api/v1/namespaces/${namespace}/${path}?dryRun=All`, {
            method: 'PATCH',
            contentType: 'application/merge-patch+json',
            body: change ?? {},
          });
    return status >= 400;
  };
  while (!(await isDenied())) await new Promise((resolve) => setTimeout(resolve, 300));
}

export async function untilUsed({ cluster }: CredentialWorld, namespace: string): Promise<void> {
  for (;;) {
    const { json } = await cluster.request(`/api/v1/namespaces/${namespace}/resourcequotas/full`);
    if ((json() as Loose).status?.used?.pods === '1') return;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}
