import { groupOf, mapAlong, type ObjectFields, type ReadObject, textAlong } from './object-fields.ts';

/** A Secret, or several with one beginning, that a controller or kustomize makes from an object. */
export interface MadeSecret {
  /** `*` stands for any text, at the beginning or at the end. */
  readonly name: string;
  /** `ExternalSecret app` */
  readonly maker: string;
}

/** The names of the Secrets that an object of this kind makes. `name` is the name of the object. */
type NamesOf = (name: string, fields: ObjectFields) => readonly (string | undefined)[];

/** Each kind by its API group. The field names are those of the controllers' own references. */
const MAKERS: Readonly<Record<string, Readonly<Record<string, NamesOf>>>> = {
  'external-secrets.io': {
    ExternalSecret: (name, fields) => [textAlong(fields, 'spec', 'target', 'name') ?? name],
    ClusterExternalSecret: (name, fields) => [
      textAlong(fields, 'spec', 'externalSecretSpec', 'target', 'name') ??
        textAlong(fields, 'spec', 'externalSecretName') ??
        name,
    ],
  },
  'bitnami.com': {
    SealedSecret: (name, fields) => [textAlong(fields, 'spec', 'template', 'metadata', 'name') ?? name],
  },
  'cert-manager.io': { Certificate: (_, fields) => [textAlong(fields, 'spec', 'secretName')] },
  'isindir.github.com': {
    SopsSecret: (_, fields) =>
      [...(fields.map('spec')?.maps('secretTemplates') ?? [])].map((template) => template.text('name')),
  },
  'secrets.hashicorp.com': {
    VaultStaticSecret: (_, fields) => [textAlong(fields, 'spec', 'destination', 'name')],
    VaultDynamicSecret: (_, fields) => [textAlong(fields, 'spec', 'destination', 'name')],
    VaultPKISecret: (_, fields) => [textAlong(fields, 'spec', 'destination', 'name')],
    HCPVaultSecretsApp: (_, fields) => [textAlong(fields, 'spec', 'destination', 'name')],
  },
  'secrets.infisical.com': {
    InfisicalSecret: (_, fields) => [textAlong(fields, 'spec', 'managedSecretReference', 'secretName')],
  },
  'secrets.doppler.com': {
    DopplerSecret: (_, fields) => [textAlong(fields, 'spec', 'managedSecret', 'name')],
  },
  'onepassword.com': { OnePasswordItem: (name) => [name] },
  'k8s.bitwarden.com': { BitwardenSecret: (_, fields) => [textAlong(fields, 'spec', 'secretName')] },
  'spv.no': {
    AzureKeyVaultSecret: (_, fields) => [textAlong(fields, 'spec', 'output', 'secret', 'name')],
  },
  'postgresql.cnpg.io': {
    Cluster: (name) =>
      ['app', 'superuser', 'ca', 'server', 'replication', 'pooler'].map((end) => `${name}-${end}`),
  },
  'acid.zalan.do': { postgresql: (name) => [`*.${name}.credentials.postgresql.acid.zalan.do`] },
  'postgres-operator.crunchydata.com': { PostgresCluster: (name) => [`${name}-*`] },
  'rabbitmq.com': { RabbitmqCluster: (name) => [`${name}-default-user`, `${name}-erlang-cookie`] },
  'kafka.strimzi.io': {
    KafkaUser: (name) => [name],
    Kafka: (name) => [`${name}-cluster-*`, `${name}-clients-*`],
  },
  'elasticsearch.k8s.elastic.co': { Elasticsearch: (name) => [`${name}-es-*`] },
  'kibana.k8s.elastic.co': { Kibana: (name) => [`${name}-kb-*`] },
  'mongodbcommunity.mongodb.com': { MongoDBCommunity: (name) => [`${name}-*`] },
};

/** The groups and kinds that make Secrets, without those of Kubernetes itself. */
export const MAKING_KINDS: readonly (readonly [group: string, kinds: readonly string[]])[] = Object.entries(
  MAKERS,
).map(([group, kinds]) => [group, Object.keys(kinds)]);

export function madeSecretsOf(object: ReadObject): readonly MadeSecret[] {
  const maker = `${object.kind} ${object.name}`;
  return namesFor(object).flatMap((name) => (name === undefined || name === '' ? [] : { name, maker }));
}

function namesFor({ kind, apiVersion, name, fields }: ReadObject): readonly (string | undefined)[] {
  if (kind === 'Ingress') return isCertified(fields) ? tlsNames(fields) : [];
  if (kind === 'ServiceAccount') return [`${name}-token`, `${name}-token-*`];
  const group = groupOf(apiVersion);
  const kinds = Object.hasOwn(MAKERS, group) ? MAKERS[group] : undefined;
  const namesOf = kinds !== undefined && Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  return namesOf?.(name, fields) ?? [];
}

/** The Secrets that `kubectl kustomize` makes of a kustomization, which need not have a kind. */
export const generatedSecretsOf = (fields: ObjectFields): readonly MadeSecret[] =>
  [...fields.maps('secretGenerator')].flatMap((generator) => {
    const name = generator.text('name');
    return name === undefined ? [] : { name, maker: 'a secretGenerator of kustomize' };
  });

/** cert-manager makes the certificates of an Ingress with one of these annotations. */
function isCertified(fields: ObjectFields): boolean {
  const annotations = mapAlong(fields, ['metadata', 'annotations'])?.keys() ?? [];
  return [...annotations].some(
    (key) => /^(?:acme\.)?cert-manager\.io\//.test(key) || key === 'kubernetes.io/tls-acme',
  );
}

const tlsNames = (fields: ObjectFields): readonly (string | undefined)[] =>
  [...(fields.map('spec')?.maps('tls') ?? [])].map((tls) => tls.text('secretName'));

/** An object can make Secrets of many names, so each name is compared with each pattern once. */
export function makersByName(made: readonly MadeSecret[]): (name: string) => string | undefined {
  const all = [...made, ...MADE_IN_EACH_NAMESPACE];
  const byName = new Map(all.map((one) => [one.name, one.maker]));
  const patterns = all.filter(({ name }) => name.includes('*')).slice(-MAX_PATTERNS);
  return (name) => {
    const maker = byName.get(name) ?? patterns.find((pattern) => isMade(pattern, name))?.maker;
    byName.set(name, maker ?? '');
    return maker === '' ? undefined : maker;
  };
}

/** Each namespace has this ServiceAccount, without a manifest. */
const MADE_IN_EACH_NAMESPACE: readonly MadeSecret[] = ['default-token', 'default-token-*'].map((name) => ({
  name,
  maker: 'ServiceAccount default',
}));

/** Bounds the comparisons for each name. */
const MAX_PATTERNS = 500;

/** Whether the name is the one that is made, or one of those. */
function isMade({ name: made }: MadeSecret, name: string): boolean {
  if (made.startsWith('*')) return name.endsWith(made.slice(1));
  return made.endsWith('*') ? name.startsWith(made.slice(0, -1)) : name === made;
}
