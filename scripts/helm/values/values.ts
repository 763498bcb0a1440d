import { LOG_LEVELS } from '../../../src/config.ts';
import { podValues, UNPRIVILEGED_PORTS } from './component.ts';
import { IMAGE_PULL_SECRETS, MATCH_CONDITIONS, RELABELINGS, TOLERATIONS } from './kubernetes.ts';
import {
  fields,
  flag,
  integer,
  labels,
  listOf,
  type Members,
  oneOf,
  section,
  text,
  textMap,
} from './value.ts';

/** lockstep separates the items of a list by commas. */
const NO_COMMA = '^[^,]+$';
const NAMESPACE = '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$';
/** As Prometheus writes it: from the longest unit to the shortest. */
const DURATION = '^(([0-9]+)y)?(([0-9]+)w)?(([0-9]+)d)?(([0-9]+)h)?(([0-9]+)m)?(([0-9]+)s)?(([0-9]+)ms)?$';

/** All values of the chart, in the order of values.yaml. */
export const VALUES: Members = {
  image: section('The image of both components.', {
    repository: text('ghcr.io/lockstep-dev/lockstep', 'Registry and name.', '^[^:@ ]+(:[0-9]+/[^:@ ]+)?$'),
    tag: text('', 'Empty: the appVersion of the chart.', '^[A-Za-z0-9_]?[A-Za-z0-9._-]*$'),
    digest: text('', 'If it is set, it replaces the tag: `sha256:…`.', '^(sha256:[0-9a-f]{64})?$'),
    pullPolicy: oneOf(['Always', 'IfNotPresent', 'Never'], 'IfNotPresent', 'When a node pulls the image.'),
  }),
  imagePullSecrets: fields(
    [],
    IMAGE_PULL_SECRETS,
    'Secrets in the namespace of the release, for a private registry: `[{ name: my-registry }]`.',
  ),
  commonLabels: labels('Further labels of all objects except the CRDs.'),
  failurePolicy: oneOf(
    ['Ignore', 'Fail'],
    'Ignore',
    'The effect if no pod answers: `Ignore` stores a Secret without validation, `Fail` refuses it. Begin with `Ignore`. After the self-probe has passed, `Fail` is recommended.',
  ),
  maxAction: oneOf(
    ['Enforce', 'Warn', 'Audit'],
    'Enforce',
    'The strongest action of a finding. `Enforce`: as the policies state. `Warn`: lockstep refuses nothing. `Audit`: it only records findings, and changes nothing.',
  ),
  certificate: oneOf(
    ['Self', 'CertManager', 'Secret'],
    'Self',
    'The issuer of the certificate. `Self`: the pods, which renew it. `CertManager`: cert-manager, which must be installed. `Secret`: you, as the Secret `lockstep-webhook-tls`; `lockstep certs --lockstep-namespace NAMESPACE` makes one.',
  ),
  warnOnlyUsers: listOf(
    NO_COMMA,
    'Users who restore old state. lockstep warns them and never refuses their writes: `[system:serviceaccount:velero:velero-server]`.',
  ),
  excludedNamespaces: listOf(
    NAMESPACE,
    'Namespaces whose Secrets lockstep neither validates nor changes, in addition to those of Kubernetes and its own. The API server does not call the webhooks for them.',
  ),
  noBuiltin: listOf(NO_COMMA, 'Built-in policies to leave out: `[jwt-keys]`.'),
  policyPaths: listOf(
    '^/[^,:]+$',
    'Files or folders of SecretPolicies in the container, from `volumes` of both components. The usual way is a SecretPolicy in the cluster.',
  ),
  logLevel: oneOf(LOG_LEVELS, 'info', 'The least severe lines of the log.'),
  host: text(
    '::',
    'Address on which the pods listen. On nodes without IPv6, use `0.0.0.0`.',
    '^[0-9A-Fa-f.:]+$',
  ),
  nodeSelector: textMap({ 'kubernetes.io/os': 'linux' }, 'Labels that a node of any component must have.'),
  tolerations: fields([], TOLERATIONS, 'Tolerations of all pods.'),
  serviceMonitor: section('ServiceMonitors of the Prometheus operator, one for each component.', {
    enabled: flag(false, 'Whether there are any. The cluster must have the kind.'),
    labels: labels('Further labels, by which a Prometheus selects them.'),
    annotations: textMap({}, 'Annotations.'),
    interval: text('30s', 'Interval between two scrapes. Empty: that of Prometheus.', DURATION),
    scrapeTimeout: text('', 'Timeout of a scrape. Empty: that of Prometheus.', DURATION),
    relabelings: fields([], RELABELINGS, 'Relabelings of the targets.'),
    metricRelabelings: fields([], RELABELINGS, 'Relabelings of the samples.'),
  }),
  prometheusRule: section('PrometheusRules of the Prometheus operator: the alerts and the four figures.', {
    enabled: flag(false, 'Whether there are any. The cluster must have the kind.'),
    labels: labels('Further labels, by which a Prometheus selects them.'),
    annotations: textMap({}, 'Annotations.'),
    alertLabels: fields(
      {},
      {
        type: 'object',
        additionalProperties: { type: 'string' },
        properties: { severity: { const: 'set by the chart' } },
        propertyNames: { pattern: '^[A-Za-z_][A-Za-z0-9_]*$' },
      },
      'Further labels of each alert, by which Alertmanager routes it: `{ team: platform }`.',
    ),
  }),
  dashboard: section('The Grafana dashboard, as a ConfigMap for the sidecar of Grafana.', {
    enabled: flag(false, 'Whether there is one.'),
    labels: labels('Its labels, by which the sidecar selects it.', { grafana_dashboard: '1' }),
    annotations: textMap({}, 'Annotations, such as `{ grafana_folder: Platform }`.'),
  }),
  webhook: section('The webhook, which validates and corrects each write.', {
    replicas: integer(2, [1], 'Number of pods.'),
    ...podValues({
      name: 'webhook',
      resourcesNote:
        'No CPU limit: throttling delays writes, which have 3 s. The memory limit is enough for 60 reviews of 4.6 MB at once.',
      budgetNote:
        'If neither number is set, one pod must stay. With one replica that blocks the drain of its node: then disable the budget.',
      egressNote: '.',
    }),
    matchConditions: fields(
      [],
      MATCH_CONDITIONS,
      'Further match conditions of both webhooks. The API server then sends only Secrets for which each condition is true.',
    ),
    port: integer(8443, UNPRIVILEGED_PORTS, 'Port of the container for reviews. The Service keeps port 443.'),
    hostNetwork: flag(
      false,
      "Use the network of the node, if the API server can't reach the network of pods. The namespace may then not enforce the Pod Security level `restricted` or `baseline`.",
    ),
    drainSeconds: integer(
      10,
      [0, 3600],
      'Time for which a pod still answers after SIGTERM, in seconds. The grace period is 20 seconds longer.',
    ),
    clientCaFile: text(
      '',
      'File in the container with the CA of client certificates, from `volumes`. Empty: the webhook answers every client.',
      '^(/[^,]+)?$',
    ),
    clientNames: listOf(NO_COMMA, 'Common names that a client certificate may have. Empty: any name.'),
  }),
  controller: section('The controller, which corrects stored Secrets, rotates keys and restarts consumers.', {
    enabled: flag(
      true,
      'Without it, lockstep is the webhook alone, and none of its accounts may read all Secrets.',
    ),
    replicas: integer(2, [1], 'Number of pods. One leads, and the others wait.'),
    ...podValues({
      name: 'controller',
      resourcesNote:
        'No CPU limit: a throttled controller loses its Lease. Memory grows with the number of Secrets.',
      budgetNote: 'If neither number is set, one pod may be away.',
      egressNote:
        ', such as a PostgreSQL server on another port than 5432: `[{ ports: [{ port: 6432, protocol: TCP }] }]`.',
    }),
    history: integer(5, [2, 20], 'Versions that the record of a Secret keeps.'),
    resyncSeconds: integer(3600, [1, 86_400], 'Interval between two resyncs, in seconds.'),
    rolloutSeconds: integer(
      600,
      [1, 86_400],
      'Time in which a restarted consumer must become ready, in seconds.',
    ),
    propagationSeconds: integer(
      120,
      [0, 86_400],
      'Time in which a changed Secret reaches the volumes of its consumers, in seconds.',
    ),
    restoreFieldManagers: listOf(
      NO_COMMA,
      'Field managers that restore backups. lockstep compares a password that they write with the server, and does not set it there. Empty: `velero-server`.',
    ),
    serverNetworks: listOf(
      '^[0-9A-Fa-f.:]+(/[0-9]{1,3})?$',
      'Networks in which the controller may reach PostgreSQL servers although they are local to it or to the API server: `[169.254.7.0/24]`.',
    ),
  }),
};
