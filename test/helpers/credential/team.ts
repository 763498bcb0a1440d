import pg from 'pg';
import {
  type ChangeRequest,
  forLogin,
  type LoginSystem,
} from '../../../src/engine/secret/record/login-record.ts';
import type { SecretRecord } from '../../../src/engine/secret/record/record.ts';
import { buildUrl } from '../../../src/engine/value/uri/encode.ts';
import { LockstepError } from '../../../src/errors/errors.ts';
import { type Cluster as Api, connect } from '../../../src/kube/client/connect.ts';
import { readRecord, writeRecord } from '../../../src/kube/record/records.ts';
import type { Cluster } from '../../testbed/cluster/cluster.ts';
import type { Postgres } from '../../testbed/postgres/postgres.ts';
import { aCanary } from '../canary/canary.ts';
import { aManifest } from '../cluster/consumers.ts';

/** The database that the teams of one server share. */
export const DATABASE = 'app';
/** The comment of a DBA about every team's role. */
export const COMMENT = 'of the shop, ask Ann';

export type Texts = Readonly<Record<string, string>>;

/** One kind of login in a Secret: its keys there, and the resource of the objects that name it. */
export interface LoginKind {
  readonly system: LoginSystem;
  readonly resource: string;
  readonly object: string;
  readonly keys: { readonly user: string; readonly password: string; readonly url: string };
}

export const POSTGRES_LOGIN: LoginKind = {
  system: undefined,
  resource: 'postgrescredentials',
  object: 'PostgresCredential',
  keys: { user: 'POSTGRES_USER', password: 'POSTGRES_PASSWORD', url: 'DATABASE_URL' },
};

export const REDIS_LOGIN: LoginKind = {
  system: 'redis',
  resource: 'rediscredentials',
  object: 'RedisCredential',
  keys: { user: 'REDIS_USERNAME', password: 'REDIS_PASSWORD', url: 'REDIS_URL' },
};

export interface TeamOptions {
  readonly strategy?: 'SingleUser' | 'AlternatingUsers';
  /** The role in the admin Secret. Without one a role changes its own password. */
  readonly admin?: boolean | { readonly role: string; readonly password: string };
  /** The address of the server in the Secret, which is that of a proxy. */
  readonly at?: { readonly host: string; readonly port: number };
  /** The number of pods of the Deployment that reads the Secret. 0 means no Deployment. */
  readonly pods?: number;
  /** Laid over the spec of the Deployment. */
  readonly deployment?: Readonly<Record<string, unknown>>;
  /** Laid over the spec of the PostgresCredential. */
  readonly spec?: Readonly<Record<string, unknown>>;
  /** Other Secrets with the login, each with the number of Deployments that read it. */
  readonly copies?: readonly TeamCopy[];
  /** The first password. */
  readonly password?: string;
  /** By default a unique name. */
  readonly role?: string;
  /** Other values of the Secret. */
  readonly values?: Texts;
}

export interface TeamCopy {
  readonly namespace: string;
  readonly name: string;
  readonly readers: number;
}

/** A namespace with the Secret `app`, a login on a real server, and its consumers. */
export interface Team {
  readonly kind: LoginKind;
  readonly place: { readonly namespace: string; readonly name: string };
  /** That the Secret names at first. */
  readonly role: string;
  readonly strategy: 'SingleUser' | 'AlternatingUsers';
  /** Every password that the Secret was ever seen to hold. */
  readonly passwords: ReadonlySet<string>;
  secret(): Promise<Texts>;
  /** The copies, each with its record. */
  copies(): Promise<readonly { readonly texts: Texts; readonly record: SecretRecord | undefined }[]>;
  record(): Promise<SecretRecord | undefined>;
  /** As the API server holds it. */
  credential(): Promise<Loose>;
  /** A person's edit of one key. */
  edit(values: Texts): Promise<void>;
  /** As `lockstep rotate` and `lockstep rollback` leave it in the record. */
  requestChange(wish: ChangeRequest): Promise<void>;
  deployment(): Promise<Loose>;
}

// biome-ignore lint/suspicious/noExplicitAny: an object of the API server with any fields
export type Loose = any;

export interface TeamEnvironment {
  readonly cluster: Cluster;
  readonly postgres: Postgres;
}

/** Creates everything else before the PostgresCredential. */
export async function aTeam(
  { cluster, postgres }: TeamEnvironment,
  namespace: string,
  options: TeamOptions = {},
): Promise<Team> {
  const {
    strategy = 'SingleUser',
    admin = strategy === 'AlternatingUsers',
    at = postgres,
    pods = 1,
  } = options;
  const place = { namespace, name: 'app' };
  const role = options.role ?? `app_${namespace.replaceAll('-', '_')}`;
  const password = options.password ?? aCanary(24);
  const passwords = new Set([password]);
  const { put } = objectsOf(cluster, namespace);

  const [quoted, literal] = [pg.escapeIdentifier(role), pg.escapeLiteral(password)];
  await postgres.sql(
    `CREATE ROLE ${quoted} LOGIN PASSWORD ${literal}; COMMENT ON ROLE ${quoted} IS '${COMMENT}'`,
  );
  const { host, port } = at;
  const url = buildUrl({
    scheme: 'postgresql',
    user: role,
    password,
    host,
    port: `${port}`,
    database: DATABASE,
  });
  const login = { POSTGRES_USER: role, POSTGRES_PASSWORD: password, POSTGRES_DB: DATABASE };
  const server = { POSTGRES_HOST: host, POSTGRES_PORT: `${port}` };
  await putReaders(cluster, namespace, pods, options.deployment, {
    ...login,
    ...server,
    DATABASE_URL: url,
    ...options.values,
  });
  if (admin !== false) {
    const administrator = admin === true ? postgres.superuser : admin;
    const values = { POSTGRES_USER: administrator.role, POSTGRES_PASSWORD: administrator.password };
    await put('secrets', aSecret('admin', values));
  }
  const { copies = [] } = options;
  for (const copy of copies)
    await putCopy(cluster, copy, `${namespace}/app`, { ...login, DATABASE_URL: url });
  const spec = {
    secretName: 'app',
    ...(copies.length > 0 && {
      copies: copies.map(({ namespace, name }) => ({ namespace, secretName: name })),
    }),
    rotation: { strategy },
    ...(admin === false ? {} : { adminSecretName: 'admin', server: { host, port } }),
    ...options.spec,
  };
  await putCredential(cluster, namespace, POSTGRES_LOGIN, spec);
  return teamOf(cluster, { kind: POSTGRES_LOGIN, place, role, strategy, passwords }, copies);
}

/** A namespace with the Secret `app`, and a Deployment of that many pods that read it. */
export async function putReaders(
  cluster: Cluster,
  namespace: string,
  pods: number,
  deployment: TeamOptions['deployment'],
  values: Texts,
): Promise<void> {
  const { put } = objectsOf(cluster, namespace);
  await put('/api/v1/namespaces', { kind: 'Namespace', metadata: { name: namespace } });
  await put('secrets', aSecret('app', values));
  if (pods === 0) return;
  const reads = { envFrom: [{ secretRef: { name: 'app' } }] };
  await put('deployments', aManifest('Deployment', 'api', reads, { replicas: pods, ...deployment }));
}

/** The object that makes lockstep change the login. */
export const putCredential = (
  cluster: Cluster,
  namespace: string,
  { resource, object }: LoginKind,
  spec: object,
): Promise<void> =>
  objectsOf(cluster, namespace).put(resource, { kind: object, metadata: { name: 'app' }, spec });

/** One login in the Secret `app` of a namespace that is there. */
export function teamOf(
  cluster: Cluster,
  login: Pick<Team, 'kind' | 'place' | 'role' | 'strategy'> & { readonly passwords: Set<string> },
  copies: readonly TeamCopy[] = [],
): Team {
  const { kind, place, passwords } = login;
  const { namespace } = place;
  const { get } = objectsOf(cluster, namespace);
  const api: Api = connect({ kubeconfig: cluster.kubeconfig });
  const recordOf = async (ref: TeamCopy | typeof place): Promise<SecretRecord | undefined> => {
    const found = await readRecord(api, ref);
    if (found.kind === 'unreadable') throw new Error(`the record can not be read: ${found.reason}`);
    return found.kind === 'read' ? forLogin(found.record, kind.system) : undefined;
  };
  return {
    ...login,
    secret: async () => {
      const values = textsOf(await get('secrets', 'app'));
      passwords.add(values[kind.keys.password] ?? '');
      return values;
    },
    copies: () =>
      Promise.all(
        copies.map(async (copy) => ({
          texts: textsOf(await objectsOf(cluster, copy.namespace).get('secrets', copy.name)),
          record: await recordOf(copy),
        })),
      ),
    record: () => recordOf(place),
    credential: () => get(kind.resource, 'app'),
    deployment: () => get('deployments', 'api'),
    requestChange: async (changeRequest) => {
      for (;;) {
        const found = await readRecord(api, place);
        const record = found.kind === 'read' ? forLogin(found.record, kind.system) : undefined;
        if (found.kind !== 'read' || record?.login === undefined) throw new Error('there is no login yet');
        const next = { ...record, login: { ...record.login, changeRequest } };
        const written = writeRecord(api, place, next, found.resourceVersion);
        if (await written.then(() => true, isConflict)) return;
      }
    },
    edit: async (values) => {
      const password = values[kind.keys.password];
      if (password !== undefined) passwords.add(password);
      const patch = JSON.stringify({ stringData: values });
      await cluster.mustRun(['patch', 'secret', 'app', '-n', namespace, '-p', patch]);
    },
  };
}

async function putCopy(cluster: Cluster, copy: TeamCopy, source: string, values: Texts): Promise<void> {
  const { namespace, name, readers } = copy;
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
  // Several copies may share a namespace.
  await cluster.request('/api/v1/namespaces', { method: 'POST', body });
  const { put } = objectsOf(cluster, namespace);
  const annotations = { 'lockstep.dev/copy-of': source };
  await put('secrets', { kind: 'Secret', metadata: { name, annotations }, stringData: values });
  const reads = { envFrom: [{ secretRef: { name } }] };
  for (let reader = 1; reader <= readers; reader += 1)
    await put('deployments', aManifest('Deployment', `${name}-${reader}`, reads, { replicas: 1 }));
}

export const textsOf = ({ data }: Loose): Texts =>
  Object.fromEntries(
    Object.entries<string>(data).map(([key, base64]) => [key, Buffer.from(base64, 'base64').toString()]),
  );

export const aSecret = (name: string, stringData: Texts): object => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name },
  stringData,
});

const GROUPS: Readonly<Record<string, string>> = {
  secrets: '/api/v1',
  deployments: '/apis/apps/v1',
  postgrescredentials: '/apis/lockstep.dev/v1alpha1',
  rediscredentials: '/apis/lockstep.dev/v1alpha1',
};

/** Repeats the write if the controller was first. */
function isConflict(error: unknown): boolean {
  if (error instanceof LockstepError && error.code === 'LOCKSTEP_CLUSTER_CONFLICT') return false;
  throw error;
}

/** Raw requests: a kubectl for each object takes longer than the test. */
export function objectsOf({ request }: Cluster, namespace: string) {
  const collection = (resource: string): string =>
    resource.startsWith('/') ? resource : `${GROUPS[resource]}/namespaces/${namespace}/${resource}`;
  return {
    put: async (resource: string, body: object): Promise<void> => {
      const version = resource.endsWith('credentials') ? 'lockstep.dev/v1alpha1' : 'v1';
      const { status, text } = await request(collection(resource), {
        method: 'POST',
        body: { apiVersion: version, ...body },
      });
      if (status !== 201) throw new Error(text);
    },
    get: async (resource: string, name: string): Promise<Loose> => {
      const { status, text, json } = await request(`${collection(resource)}/${name}`);
      if (status !== 200) throw new Error(text);
      return json();
    },
  };
}
