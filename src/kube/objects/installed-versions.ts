import { callApi, callApiIfFound } from '../client/api-error.ts';
import type { Cluster } from '../client/connect.ts';

export interface InstalledVersions {
  readonly kubernetes: string;
  /** The images of lockstep by their component. Empty if lockstep is not installed. */
  readonly images: Readonly<Partial<Record<Component, string>>>;
}

const COMPONENTS = ['webhook', 'controller'] as const;
type Component = (typeof COMPONENTS)[number];

/** Throws LockstepError. */
export async function readInstalledVersions(cluster: Cluster, namespace: string): Promise<InstalledVersions> {
  const { server, call } = cluster;
  const { object } = await callApi(server, 'asking for its version', () => call({ path: '/version' }));
  const images: Partial<Record<Component, string>> = {};
  for (const component of COMPONENTS) {
    const image = await readImage(cluster, namespace, component);
    if (image !== undefined) images[component] = image;
  }
  return { kubernetes: (object as { readonly gitVersion: string }).gitVersion, images };
}

async function readImage(
  { server, call }: Cluster,
  namespace: string,
  component: Component,
): Promise<string | undefined> {
  const name = `lockstep-${component}`;
  const answer = await callApiIfFound(server, `reading Deployment ${namespace}/${name}`, () =>
    call({ path: `/apis/apps/v1/namespaces/${namespace}/deployments/${name}` }),
  );
  const { spec } = (answer?.object ?? {}) as {
    readonly spec?: {
      readonly template?: {
        readonly spec?: {
          readonly containers?: readonly { readonly name: string; readonly image: string }[];
        };
      };
    };
  };
  return spec?.template?.spec?.containers?.find((container) => container.name === component)?.image;
}
