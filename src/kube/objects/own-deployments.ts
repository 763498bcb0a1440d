import type { Action } from '../../engine/finding/finding.ts';
import { callApi, callApiIfFound } from '../client/api-error.ts';
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
  const { server, call } = cluster;
  const { object } = await callApi(server, 'asking for its version', () => call({ path: '/version' }));
  const images: Partial<Record<Component, string>> = {};
  for (const component of COMPONENTS) {
    const containers = await readContainers(cluster, namespace, component);
    const image = containers?.find(({ name }) => name === component)?.image;
    if (image !== undefined) images[component] = image;
  }
  return { kubernetes: (object as { readonly gitVersion: string }).gitVersion, images };
}

const OPTION = '--max-action';
const VARIABLE = 'LOCKSTEP_MAX_ACTION';

/**
 * The strongest action of the installed webhook: its `--max-action`, or the variable. Undefined if no webhook is
 * installed in this namespace. Throws LockstepError.
 */
export async function readMaxAction(cluster: Cluster, namespace: string): Promise<Action | undefined> {
  const containers = await readContainers(cluster, namespace, 'webhook');
  if (containers === undefined) return undefined;
  const [action = 'Enforce'] = containers.flatMap(({ args = [], env = [] }) => [
    ...args.flatMap((one, at) => optionValue(one, args[at + 1])),
    ...env.flatMap(({ name, value }) => (name === VARIABLE && value !== undefined ? value : [])),
  ]);
  return isAction(action) ? action : 'Enforce';
}

/** `--max-action Warn`, or `--max-action=Warn`. */
function optionValue(text: string, next: string | undefined): string | readonly string[] {
  if (text === OPTION) return next ?? [];
  return text.startsWith(`${OPTION}=`) ? text.slice(OPTION.length + 1) : [];
}

const isAction = (text: string): text is Action => ['Enforce', 'Warn', 'Audit'].includes(text);

interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
}

/** The containers of a component. Undefined if it is not installed. */
async function readContainers(
  { server, call }: Cluster,
  namespace: string,
  component: Component,
): Promise<readonly Container[] | undefined> {
  const name = `lockstep-${component}`;
  const answer = await callApiIfFound(server, `reading Deployment ${namespace}/${name}`, () =>
    call({ path: `/apis/apps/v1/namespaces/${namespace}/deployments/${name}` }),
  );
  if (answer === undefined) return undefined;
  const { spec } = answer.object as {
    readonly spec?: {
      readonly template?: { readonly spec?: { readonly containers?: readonly Container[] } };
    };
  };
  return spec?.template?.spec?.containers ?? [];
}
