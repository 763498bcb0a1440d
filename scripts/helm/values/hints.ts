import type { Members } from './value.ts';

/** Names that have no effect at a place, each with the value that the user means. */
export type Hints = Readonly<Record<string, string>>;

const COMPONENTS = ['webhook', 'controller'] as const;

/** Names of other charts, such as those of cert-manager and Kyverno. */
const OF_OTHER_CHARTS: Readonly<Record<string, Hints>> = {
  '': {
    customLabels: 'commonLabels',
    grafana: 'dashboard',
    prometheus: 'serviceMonitor and prometheusRule',
    replicaCount: 'webhook.replicas and controller.replicas',
  },
  component: {
    annotations: 'deploymentAnnotations and podAnnotations',
    args: 'extraArgs',
    containerSecurityContext: 'securityContext',
    env: 'extraEnv',
    extraEnvVars: 'extraEnv',
    extraVolumeMounts: 'volumeMounts',
    extraVolumes: 'volumes',
    labels: 'podLabels',
    replicaCount: 'replicas',
  },
  dashboard: { additionalLabels: 'labels' },
  prometheusRule: { additionalLabels: 'labels', additionalRuleLabels: 'alertLabels' },
  serviceMonitor: { additionalLabels: 'labels' },
};

/** The hints for the section `name` of all values; '' for the values themselves. */
export function hintsFor(values: Members, name: string): Hints {
  if (name === '') return { ...OF_OTHER_CHARTS[''], ...hintsToComponents(values) };
  if (isComponent(name)) return { ...OF_OTHER_CHARTS.component, ...hintsToOthers(values, name) };
  return OF_OTHER_CHARTS[name] ?? {};
}

/** `replicas` is a value of each component. */
const hintsToComponents = (values: Members): Hints =>
  Object.fromEntries(
    COMPONENTS.flatMap((name) => Object.keys(membersOf(values, name)))
      .filter((member) => values[member] === undefined)
      .map((member) => [member, placesOf(values, member).join(' and ')]),
  );

/** `webhook.maxAction` is a value for both components, `webhook.history` one of the controller. */
function hintsToOthers(values: Members, name: string): Hints {
  const own = membersOf(values, name);
  const common = Object.keys(values).filter((each) => !isComponent(each));
  const others = COMPONENTS.filter((each) => each !== name).flatMap((each) =>
    Object.keys(membersOf(values, each)),
  );
  return Object.fromEntries([
    ...others
      .filter((each) => own[each] === undefined)
      .map((each) => [each, placesOf(values, each).join(' and ')]),
    ...common.filter((each) => own[each] === undefined).map((each) => [each, `${each}, for both components`]),
  ]);
}

const placesOf = (values: Members, member: string): readonly string[] =>
  COMPONENTS.filter((name) => membersOf(values, name)[member] !== undefined).map(
    (name) => `${name}.${member}`,
  );

function membersOf(values: Members, name: string): Members {
  const member = values[name];
  return member?.kind === 'section' ? member.members : {};
}

const isComponent = (name: string): boolean => COMPONENTS.some((each) => each === name);
