import { type ObjectFields, textAlong } from './object-fields.ts';

/** The names of the Secrets that an object of this kind makes. `name` is the name of the object. */
export type NamesOf = (name: string, fields: ObjectFields) => readonly (string | undefined)[];

const percona: NamesOf = (name, fields) => [
  textAlong(fields, 'spec', 'secretsName') ??
    textAlong(fields, 'spec', 'secrets', 'users') ??
    `${name}-secrets`,
  `${name}-*`,
];

const bound: NamesOf = (name, fields) => [textAlong(fields, 'spec', 'secretName') ?? name];

/** The key of the account at the certificate authority. */
const acmeKey: NamesOf = (_, fields) => [textAlong(fields, 'spec', 'acme', 'privateKeySecretRef', 'name')];

/** Each kind by its API group. The field names are those of the controllers' own references. */
export const MAKERS: Readonly<Record<string, Readonly<Record<string, NamesOf>>>> = {
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
  'cert-manager.io': {
    Certificate: (_, fields) => [textAlong(fields, 'spec', 'secretName')],
    Issuer: acmeKey,
    ClusterIssuer: acmeKey,
  },
  'secrets-store.csi.x-k8s.io': {
    SecretProviderClass: (_, fields) =>
      [...(fields.map('spec')?.maps('secretObjects') ?? [])].map((object) => object.text('secretName')),
  },
  'services.cloud.sap.com': { ServiceBinding: bound },
  'servicecatalog.k8s.io': { ServiceBinding: bound },
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
  'pxc.percona.com': { PerconaXtraDBCluster: percona },
  'psmdb.percona.com': { PerconaServerMongoDB: percona },
  'k8s.keycloak.org': { Keycloak: (name) => [`${name}-initial-admin`] },
};

/**
 * The releases of a chart, whose Secrets nobody sees before they are rendered. By the habit of charts, their names
 * begin with that of the release. In a cluster these Secrets exist already.
 */
export const RELEASES: typeof MAKERS = {
  'helm.toolkit.fluxcd.io': {
    HelmRelease: (name, fields) => release(textAlong(fields, 'spec', 'releaseName') ?? name),
  },
  'helm.cattle.io': { HelmChart: (name) => release(name) },
  'argoproj.io': {
    Application: (name, fields) =>
      release(textAlong(fields, 'spec', 'source', 'helm', 'releaseName') ?? name),
  },
};

export const release = (name: string): readonly string[] => [name, `${name}-*`];

/** The fields by which a custom resource names the Secret that its controller writes. */
export const OUTPUT_FIELDS: readonly (readonly string[])[] = [
  ['secretName'],
  ['targetSecretName'],
  ['outputSecretName'],
  ['connectionSecretName'],
  ['writeConnectionSecretToRef', 'name'],
  ['publishConnectionDetailsTo', 'name'],
];
