import { LOG_LEVELS } from '../../../src/config.ts';
import {
  AFFINITY,
  COUNT_OR_SHARE,
  EGRESS_RULES,
  EXTRA_ENV,
  INGRESS_RULES,
  POD_SECURITY_CONTEXT,
  RESOURCES,
  SECURITY_CONTEXT,
  TOLERATIONS,
  TOPOLOGY_SPREAD_CONSTRAINTS,
  VOLUME_MOUNTS,
  VOLUMES,
} from './kubernetes.ts';
import { fields, flag, integer, labels, type Members, oneOf, section, text, textMap } from './value.ts';

interface Component {
  readonly name: 'webhook' | 'controller';
  readonly resourcesNote: string;
  readonly budgetNote: string;
  readonly egressNote: string;
}

/** Ports below 1024 need a right that the pods don't have. */
export const UNPRIVILEGED_PORTS = [1024, 65_535] as const;

/** The values that both components have under the same names. */
export const podValues = ({ name, resourcesNote, budgetNote, egressNote }: Component): Members => ({
  logLevel: oneOf(['', ...LOG_LEVELS], '', 'Replaces the common `logLevel` for this component.'),
  extraArgs: fields(
    [],
    { type: 'array', items: { type: 'string', pattern: '^--[a-z]' } },
    `Further options of \`lockstep ${name === 'webhook' ? 'serve' : 'controller'}\`: \`[--max-action=Warn]\`. They count more than the values here.`,
  ),
  extraEnv: fields([], EXTRA_ENV, 'Further environment variables, as in a container of a pod.'),
  resources: fields(
    { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '512Mi' } },
    RESOURCES,
    `Requests and limits. ${resourcesNote}`,
  ),
  deploymentAnnotations: textMap({}, 'Annotations of the Deployment.'),
  podAnnotations: textMap({}, 'Annotations of the pods.'),
  podLabels: labels('Further labels of the pods.'),
  serviceAnnotations: textMap(
    {},
    name === 'webhook' ? 'Annotations of both Services.' : 'Annotations of the Service.',
  ),
  serviceLabels: labels(
    name === 'webhook' ? 'Further labels of both Services.' : 'Further labels of the Service.',
  ),
  serviceAccount: section('The ServiceAccount of the pods.', {
    annotations: textMap({}, 'Its annotations.'),
    labels: labels('Its further labels.'),
  }),
  nodeSelector: textMap({}, 'Added to the common `nodeSelector`. For the same label, this value counts.'),
  tolerations: fields([], TOLERATIONS, 'Added to the common `tolerations`.'),
  affinity: fields({}, AFFINITY, 'Affinity of the pods.'),
  topologySpreadConstraints: fields(
    SPREAD,
    TOPOLOGY_SPREAD_CONSTRAINTS,
    'Spread over nodes and zones. A constraint without `labelSelector` counts the pods of this component. `[]` removes the constraints.',
  ),
  priorityClassName: text(
    `lockstep-${name}`,
    'PriorityClass of the pods. The chart makes the default one, and no other. Empty: none.',
    '^([a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$',
  ),
  podSecurityContext: fields(
    {
      runAsNonRoot: true,
      runAsUser: 65_532,
      runAsGroup: 65_532,
      fsGroup: 65_532,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    POD_SECURITY_CONTEXT,
    'Security context of the pods. On OpenShift, set `runAsUser`, `runAsGroup` and `fsGroup` to null.',
  ),
  securityContext: fields(
    {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      privileged: false,
      capabilities: { drop: ['ALL'] },
    },
    SECURITY_CONTEXT,
    'Security context of the container.',
  ),
  podDisruptionBudget: section(`The PodDisruptionBudget. ${budgetNote}`, {
    enabled: flag(true, 'Whether there is one.'),
    minAvailable: fields(
      null,
      COUNT_OR_SHARE,
      'Pods that must stay: a number, or a percentage such as `50%`.',
    ),
    maxUnavailable: fields(
      null,
      COUNT_OR_SHARE,
      'Pods that may be away: a number, or a percentage such as `50%`.',
    ),
  }),
  networkPolicy: section('The NetworkPolicy.', {
    enabled: flag(true, 'Whether there is one.'),
    extraIngress: fields([], INGRESS_RULES, 'Further rules for connections to the pods.'),
    extraEgress: fields([], EGRESS_RULES, `Further rules for connections of the pods${egressNote}`),
  }),
  volumes: fields([], VOLUMES, 'Further volumes of the pods, such as a ConfigMap with policies.'),
  volumeMounts: fields([], VOLUME_MOUNTS, 'Their places in the container.'),
  metricsPort: integer(9090, UNPRIVILEGED_PORTS, 'Port of the container for metrics and probes.'),
});

/** Only pods of the same rollout count: else the old pods can bring all new ones onto one node. */
const SPREAD = ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map((topologyKey) => ({
  topologyKey,
  maxSkew: 1,
  whenUnsatisfiable: 'ScheduleAnyway',
  matchLabelKeys: ['pod-template-hash'],
}));
