import type { Cluster } from '../../testbed/cluster/cluster.ts';

interface KubernetesItem {
  readonly metadata: {
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: { readonly template?: { readonly metadata?: object } };
}

/** Kinds that lockstep writes in full, or nobody writes values into. */
const WHOLE_KINDS = ['events', 'reports.openreports.io', 'leases', 'secretpolicies', 'externalsecrets'];
/** kubectl itself keeps a copy of what was applied there. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
/** lockstep writes annotations to these. */
const ANNOTATED_KINDS = 'secrets,deployments,statefulsets,replicasets,pods';

/**
 * The objects of a cluster that people read, without the values themselves, as JSON by kind. `others` are namespaces
 * with values in their annotations.
 */
export async function readableObjects(
  cluster: Cluster,
  others: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const itemsOf = async (kinds: string): Promise<readonly KubernetesItem[]> =>
    JSON.parse((await cluster.mustRun(['get', kinds, '-A', '-o', 'json', '--show-managed-fields'])).stdout)
      .items;
  const objectsByKind: Record<string, string> = {};
  for (const kind of WHOLE_KINDS) objectsByKind[kind] = JSON.stringify(await itemsOf(kind));
  const marks = (await itemsOf(ANNOTATED_KINDS))
    .filter(({ metadata: { namespace = '' } }) => !others.includes(namespace))
    .map(({ metadata, spec }) => {
      const { [LAST_APPLIED]: _, ...annotations } = metadata.annotations ?? {};
      return { metadata: { ...metadata, annotations }, template: spec?.template?.metadata };
    });
  objectsByKind['annotations and labels'] = JSON.stringify(marks);
  return objectsByKind;
}
