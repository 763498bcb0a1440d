import { randomUUID } from 'node:crypto';
import type { Cluster } from '../../testbed/cluster/cluster.ts';
import type { KubectlOptions, KubectlResult } from '../../testbed/cluster/kubectl.ts';
import { STORY } from '../engine/engine.ts';

/** Name of the Secret of the story. */
export const NAME = 'reconciliation-secrets';

/** A namespace of its own, and somebody who runs kubectl in it. */
export interface Team {
  readonly namespace: string;
  /** Words separated by blanks, run as `kubectl -n NAMESPACE …`. */
  kubectl(words: string, options?: KubectlOptions): Promise<KubectlResult>;
  /** The same, which must succeed. */
  run(words: string, options?: KubectlOptions): Promise<KubectlResult>;
  /** `kubectl patch` of the Secret of the story. */
  patch(type: 'strategic' | 'merge' | 'json', body: object): Promise<KubectlResult>;
  /** A Secret in etcd with decoded values, or undefined. */
  stored(name?: string): Promise<StoredTeamSecret | undefined>;
}

export interface StoredTeamSecret {
  readonly resourceVersion: string;
  readonly values: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

export async function aTeam(cluster: Cluster): Promise<Team> {
  const namespace = `team-${randomUUID().slice(0, 8)}`;
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
  const created = await cluster.request('/api/v1/namespaces', { method: 'POST', body });
  if (created.status !== 201) throw new Error(created.text);
  const kubectl = (words: string, options?: KubectlOptions) =>
    cluster.kubectl(['-n', namespace, ...words.split(' ')], options);
  return {
    namespace,
    kubectl,
    run: (words, options) => kubectl(words, { ...options, orThrow: true }),
    patch: (type, body) =>
      cluster.kubectl([
        '-n',
        namespace,
        'patch',
        'secret',
        NAME,
        `--type=${type}`,
        '-p',
        JSON.stringify(body),
      ]),
    stored: async (name = NAME) => {
      const response = await cluster.request(`/api/v1/namespaces/${namespace}/secrets/${name}`);
      if (response.status === 404) return undefined;
      const { metadata, data = {} } = response.json();
      return {
        resourceVersion: metadata.resourceVersion,
        values: mapValues(data, (base64) => Buffer.from(base64, 'base64').toString('utf8')),
        labels: metadata.labels ?? {},
      };
    },
  };
}

type Texts = Readonly<Record<string, string>>;

/** The Secret of the story as a team writes it, with these changes. A key that is undefined is left out. */
export function aManifest(
  different: Readonly<Record<string, string | undefined>> = {},
  { metadata = {}, ...rest }: { readonly metadata?: object; readonly [field: string]: unknown } = {},
): object {
  const values = Object.entries({ ...STORY, ...different }).filter(([, value]) => value !== undefined);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: NAME, ...metadata },
    stringData: Object.fromEntries(values),
    ...rest,
  };
}

/** The same with its values in `data`, as most tools write them. */
export function withData(manifest: object): object {
  const { stringData, ...rest } = manifest as { stringData: Texts };
  return { ...rest, data: mapValues(stringData, base64) };
}

export const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

const mapValues = (record: Texts, change: (value: string) => string): Record<string, string> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
