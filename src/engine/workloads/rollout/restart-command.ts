/** `workloads`: `Kind/name`. */
export const restartCommand = (
  { namespace }: { readonly namespace: string },
  workloads: readonly string[],
): string => `kubectl -n ${namespace} rollout restart ${workloads.map(lowerKind).join(' ')}`;

const lowerKind = (workload: string): string => {
  const [kind = '', name = ''] = workload.split('/');
  return `${kind.toLowerCase()}/${name}`;
};
