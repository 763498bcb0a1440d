import type { Cluster } from '../../testbed/cluster/cluster.ts';
import { until } from '../../testbed/process/until.ts';

const GROUP = '/apis/admissionregistration.k8s.io/v1';

/** The label of a namespace in which the API server evaluates the conditions, and stores nothing. */
export const PROBED = { probe: 'yes' };

/** Has the API server evaluate the expressions for each write of a Secret, and waits until it does. */
export async function probeConditions(cluster: Cluster, expressions: readonly string[], namespace: string) {
  const name = 'conditions';
  const numbers = expressions.map((_, at) => `(variables.c${at} ? ' ${at}' : '')`);
  await post(cluster, 'validatingadmissionpolicies', 'ValidatingAdmissionPolicy', name, {
    failurePolicy: 'Fail',
    matchConstraints: {
      namespaceSelector: { matchLabels: PROBED },
      resourceRules: [
        { apiGroups: [''], apiVersions: ['v1'], resources: ['secrets'], operations: ['CREATE', 'UPDATE'] },
      ],
    },
    variables: expressions.map((expression, at) => ({ name: `c${at}`, expression })),
    // An expression that errs has this message: test code throws on it.
    validations: [
      {
        expression: 'false',
        message: 'an expression erred',
        messageExpression: `'holds:' + ${numbers.join(' + ')}`,
      },
    ],
  });
  await post(cluster, 'validatingadmissionpolicybindings', 'ValidatingAdmissionPolicyBinding', name, {
    policyName: name,
    validationActions: ['Deny'],
  });
  const path = `/api/v1/namespaces/${namespace}/secrets?dryRun=All`;
  const isProbed = async () =>
    (await cluster.request(path, { method: 'POST', body: { metadata: { name: 'probe' } } })).status === 422;
  await until('the conditions', [], isProbed, 120_000);
}

async function post(cluster: Cluster, resource: string, kind: string, name: string, spec: object) {
  const body = { apiVersion: 'admissionregistration.k8s.io/v1', kind, metadata: { name }, spec };
  const { status, text } = await cluster.request(`${GROUP}/${resource}`, { method: 'POST', body });
  if (status !== 201) throw new Error(text);
}

/** The numbers of the conditions that hold for a write. Throws if an expression erred, or another check refused it. */
export async function holdingFor(
  cluster: Cluster,
  { method, path, body }: { readonly method: 'POST' | 'PUT'; readonly path: string; readonly body: object },
): Promise<ReadonlySet<number>> {
  const { status, text, json } = await cluster.request(`${path}?dryRun=All`, { method, body });
  const [, numbers] = status === 422 ? (/holds:([ \d]*)$/.exec(json().message) ?? []) : [];
  if (numbers === undefined) throw new Error(text);
  return new Set(numbers.split(' ').filter(Boolean).map(Number));
}
