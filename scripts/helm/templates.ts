import { stringify } from 'yaml';
import { type Loose, type Manifest, pick } from '../../test/helpers/cluster/kustomize.ts';

const HEAD = '# Written by `npm run docs` from manifests/base and overlays: change it there.\n';

/** The namespace of the release in the base. */
const NAMESPACE = 'lockstep-system';

/** The base, and the overlays that a value of the chart stands for. */
export interface Installs {
  readonly base: readonly Manifest[];
  readonly audit: readonly Manifest[];
  readonly files: readonly Manifest[];
  readonly certManager: readonly Manifest[];
}

/** Paths inside the chart and their text. The Namespace is left out: Helm makes it, or somebody else has. */
export function chartFiles(installs: Installs): ReadonlyMap<string, string> {
  const { base, certManager } = installs;
  const known = new Set(base.map(idOf));
  const own = base.filter(({ kind }) => kind !== 'Namespace').map((each) => fileOf(each, installs));
  const further = certManager
    .filter((each) => !known.has(idOf(each)))
    .map((each): File => [pathOf(each), HEAD + when(BY_CERT_MANAGER, inRelease(yamlOf(each)))]);
  return new Map([...own, ...further]);
}

type File = readonly [path: string, text: string];

function fileOf(object: Manifest, installs: Installs): File {
  // Files in crds/ are no templates for Helm.
  if (object.kind === 'CustomResourceDefinition')
    return [`crds/${object.metadata.name}.yaml`, HEAD + yamlOf(object)];
  return [pathOf(object), HEAD + templateOf(object, installs)];
}

const idOf = ({ kind, metadata }: Manifest): string => `${kind} ${metadata.name}`;
const pathOf = ({ kind, metadata }: Manifest): string =>
  `templates/${kind.toLowerCase()}-${metadata.name}.yaml`;
const yamlOf = (value: object): string =>
  stringify(value, { lineWidth: 0, indentSeq: false, compat: 'yaml-1.1' });

/**
 * A piece of template, as a value of the object or, in the place of a key or an item, as lines of their own. Only the
 * mark goes through YAML.
 */
type Mark = (template: string) => string;

function templateOf(object: Manifest, installs: Installs): string {
  if (JSON.stringify(object).includes('{{')) throw new Error(`${object.kind} holds what Helm would render`);
  const templates: string[] = [];
  const mark: Mark = (template) => `MARK-${templates.push(template) - 1}-`;
  const marked = structuredClone(object);
  WITH_VALUES[object.kind]?.(marked, mark, installs);
  const text = inRelease(unmark(yamlOf(marked), templates));
  const conditions = CONDITIONS.filter(([isMeant]) => isMeant(object)).map(([, condition]) => condition);
  return conditions.reduce((lines, condition) => when(condition, lines), text);
}

/** An object is there where all that are about it hold. */
const CONDITIONS: readonly (readonly [(object: Manifest) => boolean, string])[] = [
  [({ kind }) => kind === 'PodDisruptionBudget', '.Values.podDisruptionBudget.enabled'],
  [isController, '.Values.controller.enabled'],
];

function isController({ metadata }: Loose): boolean {
  return metadata.labels?.['app.kubernetes.io/component'] === 'controller';
}

function unmark(yaml: string, templates: readonly string[]): string {
  const templateAt = (index: string | undefined): string => templates[Number(index)] ?? '';
  return yaml
    .replaceAll(/^( *)(?:- )?MARK-(\d+)-(?:: null)?$/gm, (_, indent: string, index: string) =>
      templateAt(index).trimEnd().replaceAll(/^/gm, indent),
    )
    .replaceAll(/MARK-(\d+)-/g, (_, index: string) => templateAt(index));
}

/** Quoted where it is all of a value: a namespace may be called `123`. */
function inRelease(yaml: string): string {
  return yaml
    .replaceAll(new RegExp(`(: |- )${NAMESPACE}$`, 'gm'), '$1{{ .Release.Namespace | quote }}')
    .replaceAll(NAMESPACE, '{{ .Release.Namespace }}');
}

/** `lines` end with a newline, and so does what is returned. */
const when = (condition: string, lines: string): string => `{{- if ${condition} }}\n${lines}{{- end }}\n`;
const either = (condition: string, lines: string, others: string): string =>
  `{{- if ${condition} }}\n${lines}{{- else }}\n${others}{{- end }}\n`;

const BY_THE_PODS = 'eq .Values.certificate "Self"';
const FROM_SECRET = 'ne .Values.certificate "Self"';
const BY_CERT_MANAGER = 'eq .Values.certificate "CertManager"';

/** Inserts the values of values.yaml. */
const WITH_VALUES: Readonly<Record<string, (object: Loose, mark: Mark, installs: Installs) => void>> = {
  Deployment: (deployment, mark, installs) => {
    const { spec } = deployment.spec.template;
    const [container] = spec.containers;
    const values = isController(deployment) ? '.Values.controller' : '.Values';
    deployment.spec.replicas = mark(`{{ ${values}.replicas }}`);
    container.image = mark(
      '"{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"',
    );
    container.resources = mark(`{{- toYaml ${values}.resources | nindent 10 }}`);
    container.env.unshift(mark(MAX_ACTION));
    if (isController(deployment)) container.env.unshift(mark(RESTORE_FIELD_MANAGERS), mark(SERVER_NETWORKS));
    else servesReviews(deployment, mark, installs);
    for (const field of OPTIONAL_FIELDS) {
      delete spec[field];
      spec[mark(optional(field))] = null;
    }
  },
  PodDisruptionBudget: (budget, mark) => {
    if (!isController(budget))
      budget.spec.minAvailable = mark('{{ .Values.podDisruptionBudget.minAvailable }}');
  },
  ClusterRole: rulesByCertificate,
  Role: rulesByCertificate,
  MutatingWebhookConfiguration: (configuration, mark, installs) => {
    injected(configuration, mark, installs);
    const audited = pick(installs.audit, configuration.kind, configuration.metadata.name);
    chooseRules(configuration.webhooks[0], audited.webhooks[0], 'ne .Values.maxAction "Audit"', mark);
  },
  ValidatingWebhookConfiguration: (configuration, mark, installs) => {
    injected(configuration, mark, installs);
    const validating = configuration.webhooks.find(({ name }: Loose) => name === 'validate.lockstep.dev');
    validating.failurePolicy = mark('{{ .Values.failurePolicy }}');
  },
};

/** The options of the webhook's pods alone: the users to warn, and the place of the certificate. */
function servesReviews(deployment: Loose, mark: Mark, { files }: Installs): void {
  const { spec } = deployment.spec.template;
  const [container] = spec.containers;
  const { volumes, containers } = pick(files, 'Deployment', deployment.metadata.name).spec.template.spec;
  const [{ volumeMounts, env }] = containers;
  const certDir = env.filter(({ name }: Loose) => name === 'LOCKSTEP_CERT_DIR');
  container.env.splice(1, 0, mark(WARN_ONLY_USERS), mark(when(FROM_SECRET, yamlOf(certDir))));
  container[mark(when(FROM_SECRET, yamlOf({ volumeMounts })))] = null;
  spec[mark(when(FROM_SECRET, yamlOf({ volumes })))] = null;
}

function rulesByCertificate(role: Loose, mark: Mark, { files }: Installs): void {
  chooseRules(role, pick(files, role.kind, role.metadata.name), BY_THE_PODS, mark);
}

/** The rules of `object` where the condition holds, else those of `other`. */
function chooseRules(object: Loose, other: Loose, condition: string, mark: Mark): void {
  const [lines, others] = [object, other].map(({ rules }) => yamlOf({ rules }));
  if (lines === undefined || others === undefined || lines === others) return;
  delete object.rules;
  object[mark(either(condition, lines, others))] = null;
}

/** By an annotation cert-manager is asked to keep caBundle. */
function injected({ kind, metadata }: Loose, mark: Mark, { certManager }: Installs): void {
  const { annotations } = pick(certManager, kind, metadata.name).metadata;
  metadata[mark(when(BY_CERT_MANAGER, yamlOf({ annotations })))] = null;
}

const MAX_ACTION = `{{- if ne .Values.maxAction "Enforce" }}
- name: LOCKSTEP_MAX_ACTION
  value: {{ .Values.maxAction }}
{{- end }}`;

const WARN_ONLY_USERS = `{{- with .Values.warnOnlyUsers }}
- name: LOCKSTEP_WARN_ONLY_USERS
  value: {{ join "," . | quote }}
{{- end }}`;

const RESTORE_FIELD_MANAGERS = `{{- with .Values.controller.restoreFieldManagers }}
- name: LOCKSTEP_RESTORE_FIELD_MANAGERS
  value: {{ join "," . | quote }}
{{- end }}`;

const SERVER_NETWORKS = `{{- with .Values.controller.serverNetworks }}
- name: LOCKSTEP_SERVER_NETWORKS
  value: {{ join "," . | quote }}
{{- end }}`;

const OPTIONAL_FIELDS = ['imagePullSecrets', 'nodeSelector', 'tolerations'] as const;

const optional = (field: string): string =>
  `{{- with .Values.${field} }}\n${field}:\n  {{- toYaml . | nindent 8 }}\n{{- end }}`;
