import type { Cluster } from '../../testbed/cluster.ts';

/**
 * From here on no pod of that namespace comes up with one of the next `versions` of its Secret, as if the app could not work with what they hold; with later
 * ones it does.
 */
export async function unbearable(
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
  await cluster.kubectl(['apply', '-f', '-'], {
    input: { apiVersion: 'v1', kind: 'List', items },
    orThrow: true,
  });
}
