import { type Loose, type Manifest, pick } from '../../../test/helpers/cluster/kustomize.ts';
import { type Component, componentOf } from './component.ts';
import { environmentOf } from './environment.ts';
import { furtherEntries, joinedLists, type Mark, mergedMaps, optionalField, when, yamlOf } from './marks.ts';

/** The certificate is in a Secret that is mounted. */
const FROM_SECRET = 'ne .Values.certificate "Self"';

/** Inserts the values into a Deployment. `files`: the installation with the certificate in a Secret. */
export function deploymentTemplate(deployment: Loose, mark: Mark, files: readonly Manifest[]): void {
  const component = componentOf(deployment) ?? 'webhook';
  const values = `.Values.${component}`;
  const { spec, metadata } = deployment.spec.template;
  const [container] = spec.containers;
  const insert = (object: Loose, template: string): void => {
    object[mark(template)] = null;
  };

  deployment.spec.replicas = mark(`{{ ${values}.replicas }}`);
  insert(deployment.metadata, optionalField('annotations', `${values}.deploymentAnnotations`));
  insert(metadata, optionalField('annotations', `${values}.podAnnotations`));
  insert(metadata.labels, furtherEntries(mergedMaps(`${values}.podLabels`, '.Values.commonLabels')));

  container.args.push(mark(furtherEntries(`${values}.extraArgs`)));
  container.image = mark(IMAGE);
  container.imagePullPolicy = mark('{{ .Values.image.pullPolicy }}');
  insertEnvironment(container, component, mark);
  insertPorts(container, values, mark);
  for (const [object, field, value] of [
    [container, 'resources', 'resources'],
    [container, 'securityContext', 'securityContext'],
    [spec, 'securityContext', 'podSecurityContext'],
  ] as const) {
    delete object[field];
    insert(object, optionalField(field, `${values}.${value}`));
  }

  const secret = component === 'webhook' ? certificateOf(files, deployment) : undefined;
  if (secret !== undefined) container.env.unshift(mark(when(FROM_SECRET, yamlOf(secret.env))));
  insert(container, listField('volumeMounts', `${values}.volumeMounts`, secret?.volumeMounts));
  insert(spec, listField('volumes', `${values}.volumes`, secret?.volumes));

  delete spec.nodeSelector;
  delete spec.priorityClassName;
  delete spec.topologySpreadConstraints;
  insert(spec, `{{- with ${values}.priorityClassName }}\npriorityClassName: {{ . }}\n{{- end }}`);
  insert(spec, spreadConstraints(component));
  insert(spec, optionalField('affinity', `${values}.affinity`));
  insert(spec, optionalField('imagePullSecrets', '.Values.imagePullSecrets'));
  insert(spec, optionalField('nodeSelector', mergedMaps(`${values}.nodeSelector`, '.Values.nodeSelector')));
  insert(spec, optionalField('tolerations', joinedLists('.Values.tolerations', `${values}.tolerations`)));
  if (component === 'webhook') {
    spec.terminationGracePeriodSeconds = mark('{{ add .Values.webhook.drainSeconds 20 }}');
    insert(spec, HOST_NETWORK);
  }
}

const IMAGE = `"{{ .Values.image.repository }}{{ with .Values.image.digest }}@{{ . }}{{ else }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}"`;

const HOST_NETWORK = `{{- if .Values.webhook.hostNetwork }}
hostNetwork: true
dnsPolicy: ClusterFirstWithHostNet
{{- end }}`;

/** The values first, then the variables of the manifest, then those of the user. */
function insertEnvironment(container: Loose, component: Component, mark: Mark): void {
  container.env = [
    ...environmentOf(component).map(mark),
    ...container.env,
    mark(furtherEntries(`.Values.${component}.extraEnv`)),
  ];
  variable(container, 'LOCKSTEP_HOST').value = mark('{{ .Values.host | quote }}');
}

function insertPorts(container: Loose, values: string, mark: Mark): void {
  for (const [name, port, value] of [
    ['LOCKSTEP_PORT', 'https', 'port'],
    ['LOCKSTEP_METRICS_PORT', 'metrics', 'metricsPort'],
  ] as const) {
    const containerPort = container.ports.find((each: Loose) => each.name === port);
    if (containerPort === undefined) continue;
    containerPort.containerPort = mark(`{{ ${values}.${value} }}`);
    variable(container, name).value = mark(`{{ ${values}.${value} | quote }}`);
  }
}

function variable({ env }: Loose, name: string): Loose {
  const found = env.find((each: Loose) => each.name === name);
  if (found === undefined) throw new Error(`the manifest has no variable ${name}`);
  return found;
}

function certificateOf(files: readonly Manifest[], { metadata }: Loose): Loose {
  const { volumes, containers } = pick(files, 'Deployment', metadata.name).spec.template.spec;
  const [{ volumeMounts, env }] = containers;
  return { volumes, volumeMounts, env: env.filter(({ name }: Loose) => name === 'LOCKSTEP_CERT_DIR') };
}

/** A list field with the user's items, and with `own` items if the certificate is in a Secret. */
function listField(field: string, value: string, own: readonly object[] | undefined): string {
  if (own === undefined) return optionalField(field, value);
  const lines = `${field}:\n${when(FROM_SECRET, yamlOf(own))}${furtherEntries(value)}\n`;
  return when(`or (${FROM_SECRET}) ${value}`, lines);
}

/** A constraint of the user needs no selector. */
const spreadConstraints = (
  component: Component,
): string => `{{- with .Values.${component}.topologySpreadConstraints }}
topologySpreadConstraints:
{{- range . }}
- {{- toYaml (hasKey . "labelSelector" | ternary . (set (deepCopy .) "labelSelector" (dict "matchLabels" (dict "app.kubernetes.io/name" "lockstep" "app.kubernetes.io/component" "${component}")))) | nindent @2 }}
{{- end }}
{{- end }}`;
