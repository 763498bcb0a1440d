import { fieldsAt, textAt } from '../object/entries.ts';
import type { ManifestObject } from '../object/objects.ts';
import { type Fields, fieldsAlong, itemsAt } from './fields.ts';

/** A Secret, or several with one beginning, that a controller or kustomize makes from an object. */
export interface MadeSecret {
  /** `*` stands for any text, at the beginning or at the end. */
  readonly name: string;
  /** `ExternalSecret app` */
  readonly maker: string;
}

/** The names of the Secrets that an object of this kind makes. `name` is the name of the object. */
type NamesOf = (name: string, fields: Fields) => readonly (string | undefined)[];

const textAlong = (fields: Fields, ...path: readonly string[]): string | undefined => {
  const parent = fieldsAlong(fields, path.slice(0, -1));
  return parent && textAt(parent, path.at(-1) ?? '');
};

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
      [...itemsAt(fieldsAt(fields, 'spec'), 'secretTemplates')].map((template) => textAt(template, 'name')),
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

/** The kinds that make Secrets. */
export const MAKING_KINDS: readonly string[] = Object.values(MAKERS).flatMap((kinds) => Object.keys(kinds));

const MAKING_GROUP = new RegExp(Object.keys(MAKERS).join('|').replaceAll('.', '\\.'));

/** Whether a text without the word Secret may hold an object that makes one. */
export const mayMakeSecrets = (text: string): boolean =>
  MAKING_GROUP.test(text) || text.includes('ServiceAccount');

export function madeSecretsOf({ kind = '', apiVersion = '', fields }: ManifestObject): readonly MadeSecret[] {
  const metadata = fieldsAt(fields, 'metadata');
  const name = textAt(metadata, 'name') ?? '';
  const names = namesFor(kind, apiVersion, name, fields);
  return names.flatMap((made) =>
    made === undefined || made === '' ? [] : { name: made, maker: `${kind} ${name}` },
  );
}

function namesFor(
  kind: string,
  apiVersion: string,
  name: string,
  fields: Fields,
): readonly (string | undefined)[] {
  const group = apiVersion.slice(0, Math.max(apiVersion.indexOf('/'), 0));
  if (kind === 'Ingress') return isCertified(fields) ? tlsNames(fields) : [];
  if (kind === 'ServiceAccount') return [`${name}-token`, `${name}-token-*`];
  const kinds = Object.hasOwn(MAKERS, group) ? MAKERS[group] : undefined;
  const namesOf = kinds !== undefined && Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  return namesOf?.(name, fields) ?? [];
}

/** The Secrets that `kubectl kustomize` makes of a kustomization, which need not have a kind. */
export const generatedSecretsOf = ({ fields }: ManifestObject): readonly MadeSecret[] =>
  [...itemsAt(fields, 'secretGenerator')].flatMap((generator) => {
    const name = textAt(generator, 'name');
    return name === undefined ? [] : { name, maker: 'a secretGenerator of kustomize' };
  });

/** cert-manager makes the certificates of an Ingress with one of these annotations. */
function isCertified(fields: Fields): boolean {
  const annotations = fieldsAt(fieldsAt(fields, 'metadata'), 'annotations');
  return [...annotations.keys()].some(
    (key) => /^(?:acme\.)?cert-manager\.io\//.test(key) || key === 'kubernetes.io/tls-acme',
  );
}

const tlsNames = (fields: Fields): readonly (string | undefined)[] =>
  [...itemsAt(fieldsAt(fields, 'spec'), 'tls')].map((tls) => textAt(tls, 'secretName'));

/** Whether the name is the one that is made, or one of those. */
export function isMade({ name: made }: MadeSecret, name: string): boolean {
  if (made.startsWith('*')) return name.endsWith(made.slice(1));
  return made.endsWith('*') ? name.startsWith(made.slice(0, -1)) : name === made;
}
