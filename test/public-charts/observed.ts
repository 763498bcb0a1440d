import { isDeepStrictEqual } from 'node:util';
import type { Cluster } from '../testbed/cluster/cluster.ts';

/** The Secrets and the workloads of a namespace at one moment. */
export interface Observed {
  /** By `SECRET/KEY`. */
  readonly values: ReadonlyMap<string, string>;
  /** The Secrets that Helm deletes and creates again at each upgrade. */
  readonly hooks: ReadonlySet<string>;
  /** The pod templates by their workload, without the annotation of lockstep. */
  readonly templates: ReadonlyMap<string, object>;
  /** The annotation of lockstep in each pod template, by its workload. */
  readonly restarts: ReadonlyMap<string, string | undefined>;
}

const RESTART = 'lockstep.dev/secret-version';
const OTHERS = ['helm.sh/release.v1', 'kubernetes.io/service-account-token', 'lockstep.dev/record'];

export async function observe({ request }: Cluster, namespace: string): Promise<Observed> {
  const list = async (path: string) =>
    (await request(path.replace('NS', `namespaces/${namespace}`))).json().items;
  const [values, hooks] = [new Map<string, string>(), new Set<string>()];
  for (const { metadata, type, data = {} } of await list('/api/v1/NS/secrets')) {
    if (OTHERS.includes(type)) continue;
    if (metadata.annotations?.['helm.sh/hook']?.includes('pre-upgrade')) hooks.add(metadata.name);
    for (const [key, base64] of Object.entries<string>(data))
      values.set(`${metadata.name}/${key}`, Buffer.from(base64, 'base64').toString('latin1'));
  }
  const [templates, restarts] = [new Map<string, object>(), new Map<string, string | undefined>()];
  for (const kind of ['deployments', 'statefulsets', 'daemonsets'])
    for (const { metadata, spec } of await list(`/apis/apps/v1/NS/${kind}`)) {
      const workload = `${kind}/${metadata.name}`;
      const { [RESTART]: version, ...annotations } = spec.template.metadata.annotations ?? {};
      restarts.set(workload, version);
      templates.set(workload, { ...spec.template, metadata: { ...spec.template.metadata, annotations } });
    }
  return { values, hooks, templates, restarts };
}

/** The values that are missing or other ones, and that Helm did not create again. */
export const changedValues = (before: Observed, after: Observed, isHelm: boolean): readonly string[] =>
  [...before.values]
    .filter(([name, value]) => after.values.get(name) !== value && !isRecreated(after, name, isHelm))
    .map(([name]) => name);

export const recreatedValues = (before: Observed, after: Observed, isHelm: boolean): readonly string[] =>
  [...before.values]
    .filter(([name, value]) => after.values.get(name) !== value && isRecreated(after, name, isHelm))
    .map(([name]) => name);

const isRecreated = ({ hooks }: Observed, name: string, isHelm: boolean): boolean =>
  isHelm && hooks.has(name.split('/')[0] ?? '');

export const rolledWorkloads = (before: Observed, after: Observed): readonly string[] =>
  [...before.templates]
    .filter(([workload, template]) => !isDeepStrictEqual(template, after.templates.get(workload)))
    .map(([workload]) => workload);
