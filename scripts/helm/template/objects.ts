import { type Loose, type Manifest, pick } from '../../../test/helpers/cluster/kustomize.ts';
import { type Component, componentOf } from './component.ts';
import { deploymentTemplate } from './deployment.ts';
import { either, furtherEntries, type Mark, mergedMaps, optionalField, when, yamlOf } from './marks.ts';

const BY_THE_PODS = 'eq .Values.certificate "Self"';
export const BY_CERT_MANAGER = 'eq .Values.certificate "CertManager"';

/** Overlays of the base that a value of the chart stands for. */
export interface Overlays {
  readonly audit: readonly Manifest[];
  readonly files: readonly Manifest[];
  readonly certManager: readonly Manifest[];
}

/** Inserts the values of values.yaml into an object. */
export function insertValues(object: Loose, mark: Mark, overlays: Overlays): void {
  const component = componentOf(object);
  OF_KIND[object.kind]?.(object, mark, overlays, component);
  object.metadata.labels[mark(furtherEntries(labelsOf(object, component)))] = null;
}

/** Conditions of an object: it is there if all of them hold. */
export function conditionsOf({ kind, metadata }: Manifest): readonly string[] {
  const component = componentOf({ metadata });
  const { [kind]: condition } = CONDITIONS;
  return [
    ...(condition === undefined ? [] : [condition(component)]),
    ...(component === 'controller' ? ['.Values.controller.enabled'] : []),
  ];
}

const CONDITIONS: Readonly<Record<string, (component: Component | undefined) => string>> = {
  PodDisruptionBudget: (component) => `.Values.${component}.podDisruptionBudget.enabled`,
  NetworkPolicy: (component) => `.Values.${component}.networkPolicy.enabled`,
  PriorityClass: (component) => `eq .Values.${component}.priorityClassName "lockstep-${component}"`,
  ServiceMonitor: () => '.Values.serviceMonitor.enabled',
  PrometheusRule: () => '.Values.prometheusRule.enabled',
  ConfigMap: () => '.Values.dashboard.enabled',
};

const COMMON_LABELS = '.Values.commonLabels';

/** The section of the values for each kind of manifests/monitoring. */
const SECTIONS: Readonly<Record<string, string>> = {
  ServiceMonitor: 'serviceMonitor',
  PrometheusRule: 'prometheusRule',
  ConfigMap: 'dashboard',
};

function labelsOf({ kind }: Loose, component: Component | undefined): string {
  if (kind === 'Service') return mergedMaps(`.Values.${component}.serviceLabels`, COMMON_LABELS);
  if (kind === 'ServiceAccount')
    return mergedMaps(`.Values.${component}.serviceAccount.labels`, COMMON_LABELS);
  const section = SECTIONS[kind];
  if (section !== undefined) return mergedMaps(`.Values.${section}.labels`, COMMON_LABELS);
  return COMMON_LABELS;
}

type Insert = (object: Loose, mark: Mark, overlays: Overlays, component: Component | undefined) => void;

const annotations =
  (value: (component: Component | undefined) => string): Insert =>
  ({ metadata }, mark, _, component) => {
    metadata[mark(optionalField('annotations', value(component)))] = null;
  };

const OF_KIND: Readonly<Record<string, Insert>> = {
  Deployment: (deployment, mark, { files }) => deploymentTemplate(deployment, mark, files),
  Service: annotations((component) => `.Values.${component}.serviceAnnotations`),
  ServiceAccount: annotations((component) => `.Values.${component}.serviceAccount.annotations`),
  ServiceMonitor: serviceMonitor,
  PrometheusRule: prometheusRule,
  ConfigMap: dashboard,
  PodDisruptionBudget: disruptionBudget,
  NetworkPolicy: ({ spec }, mark, _, component) => {
    spec.ingress.push(mark(furtherEntries(`.Values.${component}.networkPolicy.extraIngress`)));
    spec.egress.push(mark(furtherEntries(`.Values.${component}.networkPolicy.extraEgress`)));
  },
  ClusterRole: rulesByCertificate,
  Role: rulesByCertificate,
  MutatingWebhookConfiguration: (configuration, mark, overlays) => {
    webhookConfiguration(configuration, mark, overlays);
    const audited = pick(overlays.audit, configuration.kind, configuration.metadata.name);
    chooseRules(configuration.webhooks[0], audited.webhooks[0], 'ne .Values.maxAction "Audit"', mark);
  },
  ValidatingWebhookConfiguration: (configuration, mark, overlays) => {
    webhookConfiguration(configuration, mark, overlays);
    const validating = configuration.webhooks.find(({ name }: Loose) => name === 'validate.lockstep.dev');
    validating.failurePolicy = mark('{{ .Values.failurePolicy }}');
  },
};

const SECRET_WEBHOOKS: readonly string[] = ['mutate.lockstep.dev', 'validate.lockstep.dev'];

/** cert-manager keeps caBundle because of an annotation. */
function webhookConfiguration(
  { kind, metadata, webhooks }: Loose,
  mark: Mark,
  { certManager }: Overlays,
): void {
  const { annotations: injected } = pick(certManager, kind, metadata.name).metadata;
  metadata[mark(when(BY_CERT_MANAGER, yamlOf({ annotations: injected })))] = null;
  for (const { name, matchConditions } of webhooks)
    if (SECRET_WEBHOOKS.includes(name))
      matchConditions.push(mark(furtherEntries('.Values.webhook.matchConditions')));
  for (const { namespaceSelector } of webhooks) {
    const excluding = namespaceSelector?.matchExpressions?.find(
      ({ operator }: Loose) => operator === 'NotIn',
    );
    excluding?.values.push(mark(furtherEntries('.Values.excludedNamespaces')));
  }
}

/** Without a value of the user, the one of the manifest. */
function disruptionBudget({ spec }: Loose, mark: Mark, _: Overlays, component: Component | undefined): void {
  const [initial] = ['minAvailable', 'maxUnavailable'].filter((field) => spec[field] !== undefined);
  if (initial === undefined) throw new Error('the PodDisruptionBudget limits nothing');
  const budget = `.Values.${component}.podDisruptionBudget`;
  const isUnset = (field: string): string => `(kindIs "invalid" ${budget}.${field})`;
  const fieldIfSet = (field: string): string =>
    `{{- if not ${isUnset(field)} }}\n${field}: {{ ${budget}.${field} }}\n{{- end }}`;
  const neither = when(
    `and ${isUnset('minAvailable')} ${isUnset('maxUnavailable')}`,
    `${initial}: ${spec[initial]}\n`,
  );
  delete spec[initial];
  spec[mark([fieldIfSet('minAvailable'), fieldIfSet('maxUnavailable'), neither].join('\n'))] = null;
}

function serviceMonitor({ metadata, spec }: Loose, mark: Mark): void {
  metadata[mark(optionalField('annotations', '.Values.serviceMonitor.annotations'))] = null;
  const [endpoint] = spec.endpoints;
  delete endpoint.interval;
  for (const field of ['interval', 'scrapeTimeout'])
    endpoint[mark(`{{- with .Values.serviceMonitor.${field} }}\n${field}: {{ . }}\n{{- end }}`)] = null;
  for (const field of ['relabelings', 'metricRelabelings'])
    endpoint[mark(optionalField(field, `.Values.serviceMonitor.${field}`))] = null;
}

function prometheusRule({ metadata, spec }: Loose, mark: Mark): void {
  metadata[mark(optionalField('annotations', '.Values.prometheusRule.annotations'))] = null;
  for (const { rules } of spec.groups)
    for (const { alert, labels } of rules)
      if (alert !== undefined) labels[mark(furtherEntries('.Values.prometheusRule.alertLabels'))] = null;
}

/** The label for the sidecar of Grafana is a default value. */
function dashboard({ metadata }: Loose, mark: Mark): void {
  delete metadata.labels.grafana_dashboard;
  metadata[mark(optionalField('annotations', '.Values.dashboard.annotations'))] = null;
}

function rulesByCertificate(role: Loose, mark: Mark, { files }: Overlays): void {
  chooseRules(role, pick(files, role.kind, role.metadata.name), BY_THE_PODS, mark);
}

/** The rules of `object` where the condition holds, else those of `other`. */
function chooseRules(object: Loose, other: Loose, condition: string, mark: Mark): void {
  const [lines, others] = [object, other].map(({ rules }) => yamlOf({ rules }));
  if (lines === undefined || others === undefined || lines === others) return;
  delete object.rules;
  object[mark(either(condition, lines, others))] = null;
}
