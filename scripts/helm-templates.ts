import { stringify } from 'yaml';
import type { Loose, Manifest } from '../test/helpers/kustomize.ts';

const HEAD = '# Written by `npm run docs` from manifests/base: change it there.\n';

/** What the base calls the namespace of the release. */
const NAMESPACE = 'lockstep-system';

/** Paths inside the chart and their text. The Namespace is left out: Helm makes it, or somebody else has. */
export function chartFiles(objects: readonly Manifest[]): ReadonlyMap<string, string> {
  return new Map(objects.filter(({ kind }) => kind !== 'Namespace').map(fileOf));
}

function fileOf(object: Manifest): readonly [path: string, text: string] {
  const { kind, metadata } = object;
  // What lies in crds/ is no template to Helm.
  if (kind === 'CustomResourceDefinition') return [`crds/${metadata.name}.yaml`, HEAD + yamlOf(object)];
  return [`templates/${kind.toLowerCase()}-${metadata.name}.yaml`, HEAD + templateOf(object)];
}

const yamlOf = (value: object): string => stringify(value, { lineWidth: 0, indentSeq: false });

/**
 * A piece of template, as a value of the object or, in the place of a key or an item, as lines of their own. Only the mark goes through YAML.
 */
type Mark = (template: string) => string;

function templateOf(object: Manifest): string {
  if (JSON.stringify(object).includes('{{')) throw new Error(`${object.kind} holds what Helm would render`);
  const templates: string[] = [];
  const mark: Mark = (template) => `MARK-${templates.push(template) - 1}-`;
  const marked = structuredClone(object);
  WITH_VALUES[object.kind]?.(marked, mark);
  const text = releaseNamespace(unmark(yamlOf(marked), templates));
  return object.kind === 'PodDisruptionBudget'
    ? `{{- if .Values.podDisruptionBudget.enabled }}\n${text}{{- end }}\n`
    : text;
}

function unmark(yaml: string, templates: readonly string[]): string {
  const templateAt = (index: string | undefined): string => templates[Number(index)] ?? '';
  return yaml
    .replaceAll(/^( *)(?:- )?MARK-(\d+)-(?:: null)?$/gm, (_, indent: string, index: string) =>
      templateAt(index).replaceAll(/^/gm, indent),
    )
    .replaceAll(/MARK-(\d+)-/g, (_, index: string) => templateAt(index));
}

/** Quoted where it is all of a value: a namespace may be called `123`. */
function releaseNamespace(yaml: string): string {
  return yaml
    .replaceAll(new RegExp(`(: |- )${NAMESPACE}$`, 'gm'), '$1{{ .Release.Namespace | quote }}')
    .replaceAll(NAMESPACE, '{{ .Release.Namespace }}');
}

/** Where values.yaml comes in. */
const WITH_VALUES: Readonly<Record<string, (object: Loose, mark: Mark) => void>> = {
  Deployment: (deployment, mark) => {
    const { spec } = deployment.spec.template;
    const [container] = spec.containers;
    deployment.spec.replicas = mark('{{ .Values.replicas }}');
    container.image = mark(
      '"{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"',
    );
    container.resources = mark('{{- toYaml .Values.resources | nindent 10 }}');
    container.env.unshift(mark(VARIABLES));
    spec[mark(OPTIONAL_FIELDS)] = null;
  },
  PodDisruptionBudget: ({ spec }, mark) => {
    spec.minAvailable = mark('{{ .Values.podDisruptionBudget.minAvailable }}');
  },
  MutatingWebhookConfiguration: ({ webhooks: [webhook] }, mark) => {
    const { rules } = webhook;
    delete webhook.rules;
    // As overlays/audit: asked about nothing.
    webhook[
      mark(`{{- if eq .Values.strictest "Audit" }}\nrules: []\n{{- else }}\n${yamlOf({ rules })}{{- end }}`)
    ] = null;
  },
  ValidatingWebhookConfiguration: ({ webhooks }, mark) => {
    const judge = webhooks.find(({ name }: Loose) => name === 'validate.lockstep.dev');
    judge.failurePolicy = mark('{{ .Values.failurePolicy }}');
  },
};

const VARIABLES = `{{- if ne .Values.strictest "Enforce" }}
- name: LOCKSTEP_STRICTEST
  value: {{ .Values.strictest }}
{{- end }}
{{- with .Values.warnOnlyUsers }}
- name: LOCKSTEP_WARN_ONLY_USERS
  value: {{ join "," . | quote }}
{{- end }}`;

const OPTIONAL_FIELDS = ['imagePullSecrets', 'nodeSelector', 'tolerations']
  .map((field) => `{{- with .Values.${field} }}\n${field}:\n  {{- toYaml . | nindent 8 }}\n{{- end }}`)
  .join('\n');
