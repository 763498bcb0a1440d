import type { Action } from '../../engine/secret/finding/finding.ts';
import { apiPath, callApi, callApiIfFound } from '../client/call.ts';
import type { Cluster } from '../client/connect.ts';

const COMPONENTS = ['webhook', 'controller'] as const;
type Component = (typeof COMPONENTS)[number];

export interface InstalledVersions {
  readonly kubernetes: string;
  /** The images of lockstep by their component. Empty if lockstep is not installed. */
  readonly images: Readonly<Partial<Record<Component, string>>>;
}

/** Throws LockstepError. */
export async function readInstalledVersions(cluster: Cluster, namespace: string): Promise<InstalledVersions> {
  const { object } = await callApi(cluster, 'asking for its version', { path: '/version' });
  const images: Partial<Record<Component, string>> = {};
  for (const component of COMPONENTS) {
    const containers = await readContainers(cluster, namespace, component);
    const image = containers?.find(({ name }) => name === component)?.image;
    if (image !== undefined) images[component] = image;
  }
  return { kubernetes: (object as { readonly gitVersion: string }).gitVersion, images };
}

/** The options of the installed webhook that decide about a Secret. */
export interface InstalledOptions {
  /** Findings with a stronger action are lowered to this one. */
  readonly maxAction: Action;
  /** Names of built-in policies that it leaves out. */
  readonly noBuiltin: readonly string[];
  /** Files of policies in its pod. They can't be read from outside. */
  readonly policyPaths: readonly string[];
  /** Writers who are warned and never denied. */
  readonly warnOnlyUsers: readonly string[];
  /** Namespaces whose Secrets it does not validate. */
  readonly excludedNamespaces: readonly string[];
}

/** Undefined if no webhook is installed in this namespace. Throws LockstepError. */
export async function readInstalledOptions(
  cluster: Cluster,
  namespace: string,
): Promise<InstalledOptions | undefined> {
  const containers = await readContainers(cluster, namespace, 'webhook');
  if (containers === undefined) return undefined;
  const valuesOf = (option: string, separator: RegExp): readonly string[] =>
    containers
      .flatMap((container) => optionValues(container, option))
      .flatMap((text) => text.split(separator))
      .map((text) => text.trim())
      .filter((text) => text !== '');
  const [action = 'Enforce'] = valuesOf('max-action', /,/);
  return {
    maxAction: isAction(action) ? action : 'Enforce',
    noBuiltin: valuesOf('no-builtin', /,/),
    policyPaths: valuesOf('policy', /[:,]/),
    warnOnlyUsers: valuesOf('warn-only-users', /,/),
    excludedNamespaces: valuesOf('excluded-namespaces', /,/),
  };
}

/** The values of an option, as `lockstep serve` reads it: the variable counts only without the option. */
function optionValues({ args = [], env = [] }: Container, option: string): readonly string[] {
  const name = `--${option}`;
  const values = args.flatMap((arg, index) => {
    if (arg.startsWith(`${name}=`)) return arg.slice(name.length + 1);
    return arg === name ? valuesAfter(args, index) : [];
  });
  if (values.length > 0) return values;
  const variable = `LOCKSTEP_${option.replaceAll('-', '_').toUpperCase()}`;
  return env.flatMap((one) => (one.name === variable && one.value !== undefined ? one.value : []));
}

/** An option may have several values, up to the next option. */
function valuesAfter(args: readonly string[], index: number): readonly string[] {
  const rest = args.slice(index + 1);
  const end = rest.findIndex((arg) => arg.startsWith('-'));
  return end === -1 ? rest : rest.slice(0, end);
}

const isAction = (text: string): text is Action => ['Enforce', 'Warn', 'Audit'].includes(text);

interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
}

/** Whether the pods of the webhook mount this Secret of their namespace. Throws LockstepError. */
export async function webhookMountsSecret(
  cluster: Cluster,
  namespace: string,
  name: string,
): Promise<boolean> {
  const { volumes = [] } = (await readPodSpec(cluster, namespace, 'webhook')) ?? {};
  return volumes.some(
    ({ secret, projected }) =>
      secret?.secretName === name || projected?.sources?.some((source) => source.secret?.name === name),
  );
}

/** The containers of a component. Undefined if it is not installed. */
async function readContainers(
  cluster: Cluster,
  namespace: string,
  component: Component,
): Promise<readonly Container[] | undefined> {
  const spec = await readPodSpec(cluster, namespace, component);
  return spec && (spec.containers ?? []);
}

interface PodSpec {
  readonly containers?: readonly Container[];
  readonly volumes?: readonly {
    readonly secret?: { readonly secretName?: string };
    readonly projected?: { readonly sources?: readonly { readonly secret?: { readonly name?: string } }[] };
  }[];
}

/** Undefined if the component is not installed. */
async function readPodSpec(
  cluster: Cluster,
  namespace: string,
  component: Component,
): Promise<PodSpec | undefined> {
  const name = `lockstep-${component}`;
  const path = apiPath('apps/v1', 'deployments', { namespace, name });
  const answer = await callApiIfFound(cluster, `reading Deployment ${namespace}/${name}`, { path });
  if (answer === undefined) return undefined;
  const { spec } = answer.object as { readonly spec?: { readonly template?: { readonly spec?: PodSpec } } };
  return spec?.template?.spec ?? {};
}
