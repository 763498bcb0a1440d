import type { Cluster } from '../../testbed/cluster/cluster.ts';
import { until } from '../../testbed/process/until.ts';

/**
 * No pod of that namespace becomes ready with one of the next `versions` of its Secret, as if the app could not use
 * their values. With later versions it becomes ready. /
 */
export async function rejectVersions(
  cluster: Cluster,
  namespace: string,
  after: number,
  versions: number,
): Promise<void> {
  const name = `unbearable-${namespace}`;
  const version = "int(object.metadata.?annotations['lockstep.dev/secret-version'].orValue('0'))";
  const expression = `${version} <= ${after} || ${version} > ${after + versions}`;
  const rules = [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }];
  const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': namespace } };
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const items = [
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec: { matchConstraints: { resourceRules: rules, namespaceSelector }, validations: [{ expression }] },
    },
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: { policyName: name, validationActions: ['Deny'] },
    },
  ];
  await cluster.apply(items);
  // The API server takes a moment to know of it.
  const annotations = { 'lockstep.dev/secret-version': `${after + 1}` };
  const body = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'tried', annotations },
    spec: { containers: [{ name: 'main', image: 'main' }] },
  };
  await until('a pod to be denied', [], async () => {
    const path = `/api/v1/namespaces/${namespace}/pods?dryRun=All`;
    return (await cluster.request(path, { method: 'POST', body })).status >= 400;
  });
}
