import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One value of the chart, and all that it changes in the rendered objects. */
export interface ValueCase {
  /** As on the reference page: `webhook.replicas`. */
  readonly value: string;
  readonly setting: unknown;
  /** Further values without which this one has no effect. */
  readonly with?: Readonly<Record<string, unknown>>;
  /** For each changed object the changed places. Undefined: the object is no longer rendered. */
  readonly changes: Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;
}

const DEPLOYMENT = { webhook: 'Deployment lockstep-webhook', controller: 'Deployment lockstep-controller' };
type Component = keyof typeof DEPLOYMENT;
const BOTH: readonly Component[] = ['webhook', 'controller'];

const inPod = (component: Component, places: Readonly<Record<string, unknown>>) => ({
  [DEPLOYMENT[component]]: Object.fromEntries(
    Object.entries(places).map(([place, value]) => [`spec.template.${place}`, value]),
  ),
});

const inContainer = (component: Component, places: Readonly<Record<string, unknown>>) =>
  inPod(
    component,
    Object.fromEntries(
      Object.entries(places).map(([place, value]) => [`spec.containers.${component}.${place}`, value]),
    ),
  );

const inEnv = (component: Component, name: string, value: string) =>
  inContainer(component, { [`env.${name}`]: { name, value } });

const inBoth = (changesOf: (component: Component) => ValueCase['changes']): ValueCase['changes'] =>
  Object.assign({}, ...BOTH.map(changesOf));

const NODES = {
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [{ matchExpressions: [{ key: 'disk', operator: 'Exists' }] }],
    },
  },
};
const TOLERATION = { key: 'dedicated', operator: 'Equal', value: 'platform', effect: 'NoSchedule' };
const POLICIES = { name: 'policies', configMap: { name: 'policies' } };
const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;
const RELABELING = { action: 'labeldrop', regex: 'pod_template_hash' };

const NOT_REVIEWED = ['kube-system', 'kube-public', 'kube-node-lease', 'lockstep-system', 'legacy', '123'];

const serviceMonitors = (places: Readonly<Record<string, unknown>>): ValueCase['changes'] =>
  Object.fromEntries(BOTH.map((component) => [`ServiceMonitor lockstep-${component}`, places]));

/** The values of a component that both have. */
const podCases = (component: Component): readonly ValueCase[] => {
  const own = `lockstep-${component}`;
  const services =
    component === 'webhook'
      ? ['Service lockstep-webhook', 'Service lockstep-webhook-metrics']
      : ['Service lockstep-controller-metrics'];
  const inServices = (places: Readonly<Record<string, unknown>>): ValueCase['changes'] =>
    Object.fromEntries(services.map((id) => [id, places]));
  const spec = (name: string, setting: unknown, place = name): ValueCase => ({
    value: `${component}.${name}`,
    setting,
    changes: inPod(component, { [`spec.${place}`]: setting }),
  });
  return [
    {
      value: `${component}.replicas`,
      setting: 3,
      changes: { [DEPLOYMENT[component]]: { 'spec.replicas': 3 } },
    },
    {
      value: `${component}.logLevel`,
      setting: 'debug',
      changes: inEnv(component, 'LOCKSTEP_LOG_LEVEL', 'debug'),
    },
    {
      value: `${component}.extraArgs`,
      setting: ['--max-action=Warn'],
      changes: inContainer(component, {
        args: [component === 'webhook' ? 'serve' : 'controller', '--max-action=Warn'],
      }),
    },
    {
      value: `${component}.extraEnv`,
      setting: [{ name: 'NODE_OPTIONS', value: '--max-old-space-size=300' }],
      changes: inEnv(component, 'NODE_OPTIONS', '--max-old-space-size=300'),
    },
    {
      value: `${component}.resources`,
      setting: { requests: { memory: '1Gi', cpu: 1 }, limits: { memory: '2Gi' } },
      changes: inContainer(component, {
        'resources.limits': { memory: '2Gi' },
        'resources.requests': { cpu: 1, memory: '1Gi' },
      }),
    },
    {
      value: `${component}.deploymentAnnotations`,
      setting: { team: '7' },
      changes: { [DEPLOYMENT[component]]: { 'metadata.annotations': { team: '7' } } },
    },
    {
      value: `${component}.podAnnotations`,
      setting: { team: 'true' },
      changes: inPod(component, { 'metadata.annotations': { team: 'true' } }),
    },
    {
      value: `${component}.podLabels`,
      setting: { team: '7' },
      changes: inPod(component, { 'metadata.labels.team': '7' }),
    },
    {
      value: `${component}.serviceAnnotations`,
      setting: { team: '7' },
      changes: inServices({ 'metadata.annotations': { team: '7' } }),
    },
    {
      value: `${component}.serviceLabels`,
      setting: { team: '7' },
      changes: inServices({ 'metadata.labels.team': '7' }),
    },
    {
      value: `${component}.serviceAccount.annotations`,
      setting: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/lockstep' },
      changes: {
        [`ServiceAccount ${own}`]: {
          'metadata.annotations': { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/lockstep' },
        },
      },
    },
    {
      value: `${component}.serviceAccount.labels`,
      setting: { team: '7' },
      changes: { [`ServiceAccount ${own}`]: { 'metadata.labels.team': '7' } },
    },
    {
      value: `${component}.nodeSelector`,
      setting: { disk: 'fast' },
      changes: inPod(component, { 'spec.nodeSelector': { 'kubernetes.io/os': 'linux', disk: 'fast' } }),
    },
    {
      value: `${component}.tolerations`,
      setting: [TOLERATION],
      with: { tolerations: [{ operator: 'Exists', effect: 'NoExecute' }] },
      changes: inPod(component, {
        'spec.tolerations': [{ operator: 'Exists', effect: 'NoExecute' }, TOLERATION],
      }),
    },
    spec('affinity', NODES),
    {
      value: `${component}.topologySpreadConstraints`,
      setting: [{ topologyKey: 'rack', maxSkew: 2, whenUnsatisfiable: 'DoNotSchedule' }],
      changes: inPod(component, {
        'spec.topologySpreadConstraints': [
          {
            topologyKey: 'rack',
            maxSkew: 2,
            whenUnsatisfiable: 'DoNotSchedule',
            labelSelector: {
              matchLabels: { 'app.kubernetes.io/name': 'lockstep', 'app.kubernetes.io/component': component },
            },
          },
        ],
      }),
    },
    {
      value: `${component}.priorityClassName`,
      setting: 'system-cluster-critical',
      changes: {
        [`PriorityClass ${own}`]: undefined,
        ...inPod(component, { 'spec.priorityClassName': 'system-cluster-critical' }),
      },
    },
    {
      value: `${component}.podSecurityContext`,
      setting: { runAsUser: null, runAsGroup: null, fsGroup: null },
      changes: inPod(component, {
        'spec.securityContext': { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      }),
    },
    {
      value: `${component}.securityContext`,
      setting: { runAsUser: 1000 },
      changes: inContainer(component, { 'securityContext.runAsUser': 1000 }),
    },
    {
      value: `${component}.podDisruptionBudget.enabled`,
      setting: false,
      changes: { [`PodDisruptionBudget ${own}`]: undefined },
    },
    {
      value: `${component}.podDisruptionBudget.minAvailable`,
      setting: component === 'webhook' ? '50%' : 1,
      changes: {
        [`PodDisruptionBudget ${own}`]: {
          'spec.minAvailable': component === 'webhook' ? '50%' : 1,
          'spec.maxUnavailable': undefined,
        },
      },
    },
    {
      value: `${component}.podDisruptionBudget.maxUnavailable`,
      setting: 0,
      changes: {
        [`PodDisruptionBudget ${own}`]: { 'spec.maxUnavailable': 0, 'spec.minAvailable': undefined },
      },
    },
    {
      value: `${component}.networkPolicy.enabled`,
      setting: false,
      changes: { [`NetworkPolicy ${own}`]: undefined },
    },
    {
      value: `${component}.networkPolicy.extraIngress`,
      setting: [{ ports: [{ port: 15_020, protocol: 'TCP' }] }],
      changes: {
        [`NetworkPolicy ${own}`]: { 'spec.ingress.1': { ports: [{ port: 15_020, protocol: 'TCP' }] } },
      },
    },
    {
      value: `${component}.networkPolicy.extraEgress`,
      setting: [{ ports: [{ port: 6432, protocol: 'TCP' }] }],
      changes: {
        [`NetworkPolicy ${own}`]: {
          [`spec.egress.${component === 'webhook' ? 2 : 3}`]: { ports: [{ port: 6432, protocol: 'TCP' }] },
        },
      },
    },
    spec('volumes', [POLICIES]),
    {
      value: `${component}.volumeMounts`,
      setting: [{ name: 'policies', mountPath: '/policies', readOnly: true }],
      with: { [`${component}.volumes`]: [POLICIES] },
      changes: inContainer(component, {
        volumeMounts: [{ name: 'policies', mountPath: '/policies', readOnly: true }],
      }),
    },
    {
      value: `${component}.metricsPort`,
      setting: 9191,
      changes: inContainer(component, {
        'ports.metrics.containerPort': 9191,
        'env.LOCKSTEP_METRICS_PORT': { name: 'LOCKSTEP_METRICS_PORT', value: '9191' },
      }),
    },
  ];
};

const IN_BOTH: readonly ValueCase[] = [
  {
    value: 'image.repository',
    setting: 'registry.example:5000/lockstep',
    with: { 'image.tag': '1.2.3' },
    changes: inBoth((component) => inContainer(component, { image: 'registry.example:5000/lockstep:1.2.3' })),
  },
  {
    value: 'image.tag',
    setting: '1.2.3',
    changes: inBoth((component) => inContainer(component, { image: 'ghcr.io/lockstep-dev/lockstep:1.2.3' })),
  },
  {
    value: 'image.digest',
    setting: DIGEST,
    with: { 'image.tag': '1.2.3' },
    changes: inBoth((component) =>
      inContainer(component, { image: `ghcr.io/lockstep-dev/lockstep@${DIGEST}` }),
    ),
  },
  {
    value: 'image.pullPolicy',
    setting: 'Always',
    changes: inBoth((component) => inContainer(component, { imagePullPolicy: 'Always' })),
  },
  {
    value: 'imagePullSecrets',
    setting: [{ name: 'pull' }],
    changes: inBoth((component) => inPod(component, { 'spec.imagePullSecrets': [{ name: 'pull' }] })),
  },
  {
    value: 'maxAction',
    setting: 'Warn',
    changes: inBoth((component) => inEnv(component, 'LOCKSTEP_MAX_ACTION', 'Warn')),
  },
  {
    value: 'noBuiltin',
    setting: ['jwt-keys', 'reconciliation'],
    changes: inBoth((component) => inEnv(component, 'LOCKSTEP_NO_BUILTIN', 'jwt-keys,reconciliation')),
  },
  {
    value: 'policyPaths',
    setting: ['/policies'],
    changes: inBoth((component) => inEnv(component, 'LOCKSTEP_POLICY', '/policies')),
  },
  {
    value: 'logLevel',
    setting: 'warn',
    changes: inBoth((component) => inEnv(component, 'LOCKSTEP_LOG_LEVEL', 'warn')),
  },
  {
    value: 'host',
    setting: '0.0.0.0',
    changes: inBoth((component) => inEnv(component, 'LOCKSTEP_HOST', '0.0.0.0')),
  },
  {
    value: 'nodeSelector',
    setting: { 'kubernetes.io/os': null, disk: 'fast' },
    changes: inBoth((component) => inPod(component, { 'spec.nodeSelector': { disk: 'fast' } })),
  },
  {
    value: 'tolerations',
    setting: [TOLERATION],
    changes: inBoth((component) => inPod(component, { 'spec.tolerations': [TOLERATION] })),
  },
  {
    value: 'excludedNamespaces',
    setting: ['legacy', '123'],
    changes: {
      ...inBoth((component) => inEnv(component, 'LOCKSTEP_EXCLUDED_NAMESPACES', 'legacy,123')),
      'MutatingWebhookConfiguration lockstep': {
        'webhooks.mutate~lockstep~dev.namespaceSelector.matchExpressions.0.values': NOT_REVIEWED,
      },
      'ValidatingWebhookConfiguration lockstep': {
        'webhooks.validate~lockstep~dev.namespaceSelector.matchExpressions.0.values': NOT_REVIEWED,
      },
    },
  },
];

const FURTHER_CONDITION = { name: 'a-key', expression: "'A' in object.data" };

const WEBHOOK: readonly ValueCase[] = [
  {
    value: 'failurePolicy',
    setting: 'Fail',
    changes: {
      'ValidatingWebhookConfiguration lockstep': { 'webhooks.validate~lockstep~dev.failurePolicy': 'Fail' },
    },
  },
  {
    value: 'warnOnlyUsers',
    setting: ['system:serviceaccount:velero:velero-server', 'backup'],
    changes: inEnv(
      'webhook',
      'LOCKSTEP_WARN_ONLY_USERS',
      'system:serviceaccount:velero:velero-server,backup',
    ),
  },
  {
    value: 'webhook.port',
    setting: 9443,
    changes: inContainer('webhook', {
      'ports.https.containerPort': 9443,
      'env.LOCKSTEP_PORT': { name: 'LOCKSTEP_PORT', value: '9443' },
    }),
  },
  {
    value: 'webhook.matchConditions',
    setting: [{ name: 'a-key', expression: "'A' in object.data" }],
    changes: {
      'MutatingWebhookConfiguration lockstep': {
        'webhooks.mutate~lockstep~dev.matchConditions.a-key': FURTHER_CONDITION,
      },
      'ValidatingWebhookConfiguration lockstep': {
        'webhooks.validate~lockstep~dev.matchConditions.a-key': FURTHER_CONDITION,
      },
    },
  },
  {
    value: 'webhook.hostNetwork',
    setting: true,
    changes: inPod('webhook', { 'spec.hostNetwork': true, 'spec.dnsPolicy': 'ClusterFirstWithHostNet' }),
  },
  {
    value: 'webhook.drainSeconds',
    setting: 0,
    changes: inPod('webhook', {
      'spec.terminationGracePeriodSeconds': 20,
      'spec.containers.webhook.env.LOCKSTEP_DRAIN_SECONDS': { name: 'LOCKSTEP_DRAIN_SECONDS', value: '0' },
    }),
  },
  {
    value: 'webhook.clientCaFile',
    setting: '/client/ca.crt',
    changes: inEnv('webhook', 'LOCKSTEP_CLIENT_CA_FILE', '/client/ca.crt'),
  },
  {
    value: 'webhook.clientNames',
    setting: ['kube-apiserver'],
    changes: inEnv('webhook', 'LOCKSTEP_CLIENT_NAMES', 'kube-apiserver'),
  },
];

const CONTROLLER: readonly ValueCase[] = [
  ...(
    [
      ['history', 7, 'LOCKSTEP_HISTORY'],
      ['resyncSeconds', 60, 'LOCKSTEP_RESYNC_SECONDS'],
      ['rolloutSeconds', 900, 'LOCKSTEP_ROLLOUT_SECONDS'],
      ['propagationSeconds', 0, 'LOCKSTEP_PROPAGATION_SECONDS'],
    ] as const
  ).map(([name, setting, variable]) => ({
    value: `controller.${name}`,
    setting,
    changes: inEnv('controller', variable, String(setting)),
  })),
  {
    value: 'controller.restoreFieldManagers',
    setting: ['velero-server', 'stash'],
    changes: inEnv('controller', 'LOCKSTEP_RESTORE_FIELD_MANAGERS', 'velero-server,stash'),
  },
  {
    value: 'controller.serverNetworks',
    setting: ['169.254.7.0/24', '::1'],
    changes: inEnv('controller', 'LOCKSTEP_SERVER_NETWORKS', '169.254.7.0/24,::1'),
  },
];

const ENABLED = { 'serviceMonitor.enabled': true };
const SERVICE_MONITOR: readonly ValueCase[] = [
  {
    value: 'serviceMonitor.enabled',
    setting: true,
    changes: serviceMonitors({ 'spec.endpoints.0': { port: 'metrics', interval: '30s' } }),
  },
  {
    value: 'serviceMonitor.labels',
    setting: { release: 'prometheus' },
    with: ENABLED,
    changes: serviceMonitors({ 'metadata.labels.release': 'prometheus' }),
  },
  {
    value: 'serviceMonitor.annotations',
    setting: { team: '7' },
    with: ENABLED,
    changes: serviceMonitors({ 'metadata.annotations': { team: '7' } }),
  },
  {
    value: 'serviceMonitor.interval',
    setting: '1m',
    with: ENABLED,
    changes: serviceMonitors({ 'spec.endpoints.0.interval': '1m' }),
  },
  {
    value: 'serviceMonitor.scrapeTimeout',
    setting: '10s',
    with: ENABLED,
    changes: serviceMonitors({ 'spec.endpoints.0.scrapeTimeout': '10s' }),
  },
  ...['relabelings', 'metricRelabelings'].map((name) => ({
    value: `serviceMonitor.${name}`,
    setting: [RELABELING],
    with: ENABLED,
    changes: serviceMonitors({ [`spec.endpoints.0.${name}`]: [RELABELING] }),
  })),
];

const ALERTS = readFileSync(join(import.meta.dirname, '../../../manifests/monitoring/alerts.yaml'), 'utf8');
const NUMBER_OF_ALERTS = ALERTS.match(/- alert: /g)?.length ?? 0;
const RULES_ENABLED = { 'prometheusRule.enabled': true };
const RULES = ['PrometheusRule lockstep-alerts', 'PrometheusRule lockstep-figures'];
const inRules = (places: Readonly<Record<string, unknown>>): ValueCase['changes'] =>
  Object.fromEntries(RULES.map((id) => [id, places]));
const PROMETHEUS_RULE: readonly ValueCase[] = [
  { value: 'prometheusRule.enabled', setting: true, changes: inRules({}) },
  {
    value: 'prometheusRule.labels',
    setting: { release: 'prometheus' },
    with: RULES_ENABLED,
    changes: inRules({ 'metadata.labels.release': 'prometheus' }),
  },
  {
    value: 'prometheusRule.annotations',
    setting: { team: '7' },
    with: RULES_ENABLED,
    changes: inRules({ 'metadata.annotations': { team: '7' } }),
  },
  {
    value: 'prometheusRule.alertLabels',
    setting: { team: 'platform' },
    with: RULES_ENABLED,
    changes: {
      'PrometheusRule lockstep-alerts': Object.fromEntries(
        Array.from({ length: NUMBER_OF_ALERTS }, (_, at) => [
          `spec.groups.0.rules.${at}.labels.team`,
          'platform',
        ]),
      ),
    },
  },
];

const DASHBOARD_ENABLED = { 'dashboard.enabled': true };
const DASHBOARD: readonly ValueCase[] = [
  {
    value: 'dashboard.enabled',
    setting: true,
    changes: { 'ConfigMap lockstep-dashboard': { 'metadata.labels.grafana_dashboard': '1' } },
  },
  {
    value: 'dashboard.labels',
    setting: { grafana_dashboard: null, dashboards: 'team' },
    with: DASHBOARD_ENABLED,
    changes: {
      'ConfigMap lockstep-dashboard': {
        'metadata.labels.grafana_dashboard': undefined,
        'metadata.labels.dashboards': 'team',
      },
    },
  },
  {
    value: 'dashboard.annotations',
    setting: { grafana_folder: 'Platform' },
    with: DASHBOARD_ENABLED,
    changes: { 'ConfigMap lockstep-dashboard': { 'metadata.annotations': { grafana_folder: 'Platform' } } },
  },
];

/** `certificate`, `commonLabels` and `controller.enabled` change most objects, and have tests of their own. */
export const VALUE_CASES: readonly ValueCase[] = [
  ...IN_BOTH,
  ...WEBHOOK,
  ...podCases('webhook'),
  ...CONTROLLER,
  ...podCases('controller'),
  ...SERVICE_MONITOR,
  ...PROMETHEUS_RULE,
  ...DASHBOARD,
];
