import type { Policy } from '../../../src/engine/policy/policy.ts';
import type { FloorObject, FloorOptions } from '../../../src/engine/review/floor/admission-policy.ts';
import { floorOf } from '../../../src/engine/review/floor/floor.ts';
import type { Cluster } from '../../testbed/cluster/cluster.ts';
import { until } from '../../testbed/process/until.ts';
import { aPolicy } from '../engine/engine.ts';
import type { FloorObjectFields, FloorWrite } from './writes.ts';

export const OPTIONS: FloorOptions = {
  ownNamespace: 'lockstep-system',
  excludedNamespaces: [],
  warnOnlyUsers: new Set(['system:serviceaccount:velero:velero']),
  maxAction: 'Enforce',
  now: new Date('2026-11-25T12:00:00Z'),
};

const PATHS: Readonly<Record<FloorObject['kind'], string>> = {
  ValidatingAdmissionPolicy: '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies',
  ValidatingAdmissionPolicyBinding: '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings',
};

/**
 * Stores the floor for the policies, and waits until the API server evaluates it. The policies that deny have the
 * `failurePolicy` `Fail`, so that an expression without a result refuses the write, and the test sees the message. The
 * API server counts the errors of the others: `evaluationErrors`.
 */
export async function applyFloor(
  cluster: Cluster,
  policies: readonly Policy[],
  {
    options = OPTIONS,
    failurePolicy = 'Fail',
  }: { options?: FloorOptions; failurePolicy?: 'Fail' | 'Ignore' } = {},
): Promise<readonly FloorObject[]> {
  const { objects } = floorOf([...policies, PROBED], options);
  for (const object of objects) {
    const isPolicy = object.kind === 'ValidatingAdmissionPolicy';
    const isDenying = isPolicy && !/-(?:warn|audit)(?:-\d+)?$/.test(object.metadata.name);
    const body = isDenying ? { ...object, spec: { ...object.spec, failurePolicy } } : object;
    const { status, text } = await cluster.request(PATHS[object.kind], { method: 'POST', body });
    if (status !== 201) throw new Error(text);
  }
  await untilTakenOver(cluster);
  await untilRefused(cluster);
  return objects;
}

/**
 * Waits until the API server evaluates each policy that is stored now. It takes over about once a second what it has
 * heard of, in the order in which it was stored. So with the last policy, each one counts.
 */
async function untilTakenOver(cluster: Cluster): Promise<void> {
  const metadata = { name: 'last-policy' };
  const spec = {
    failurePolicy: 'Fail',
    matchConstraints: {
      resourceRules: [
        { apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'], operations: ['CREATE'] },
      ],
    },
    validations: [{ expression: `object.metadata.name != '${metadata.name}'` }],
  };
  const binding = { policyName: metadata.name, validationActions: ['Deny'] };
  const paths = [PATHS.ValidatingAdmissionPolicy, PATHS.ValidatingAdmissionPolicyBinding] as const;
  for (const [path, body] of [
    [paths[0], { metadata, spec }],
    [paths[1], { metadata, spec: binding }],
  ] as const) {
    const { status, text } = await cluster.request(path, { method: 'POST', body });
    if (status !== 201) throw new Error(text);
  }
  const probe = { method: 'POST', body: { metadata } } as const;
  const configMaps = '/api/v1/namespaces/default/configmaps?dryRun=All';
  await until(
    'the last policy',
    [],
    async () => (await cluster.request(configMaps, probe)).status === 422,
    120_000,
  );
  for (const path of paths) await cluster.request(`${path}/${metadata.name}`, { method: 'DELETE' });
}

/** The floor refuses the Secret `probe`, whatever the other policies are. */
const PROBED = aPolicy('probed', {
  match: { names: ['probe'] },
  precedence: 1000,
  keys: { PROBED_SECRET: { sensitive: true } },
});

/** A binding counts a moment after it is stored. The floor of the built-in policies refuses the probe too. */
export async function untilRefused(cluster: Cluster): Promise<void> {
  await until(
    'the floor',
    [],
    async () => {
      const placeholder = Buffer.from('CHANGE_ME').toString('base64');
      const data = { JWT_SECRET: placeholder, PROBED_SECRET: placeholder };
      const { status } = await create(cluster, 'default', {
        name: 'probe',
        labels: {},
        annotations: {},
        type: 'Opaque',
        data,
      });
      return status === 422;
    },
    120_000,
  );
}

/** The errors that the API server counted because `Ignore` hides them, as lines of its metrics. */
export async function evaluationErrors(cluster: Cluster): Promise<readonly string[]> {
  const { text } = await cluster.request('/metrics');
  return text
    .split('\n')
    .filter(
      (line) =>
        line.startsWith('apiserver_validating_admission_policy_check_total{') &&
        (line.includes('enforcement_action="allow"') ||
          /error_type="(?:compile_error|out_of_budget)/.test(line)),
    );
}

const bodyOf = (namespace: string, { name, labels, annotations, type, data }: FloorObjectFields): object => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace, labels, annotations },
  type,
  data,
});

export const create = (cluster: Cluster, namespace: string, object: FloorObjectFields, dryRun = true) =>
  cluster.request(`/api/v1/namespaces/${namespace}/secrets${dryRun ? '?dryRun=All' : ''}`, {
    method: 'POST',
    body: bodyOf(namespace, object),
  });

/** The findings of the floor: none if the write was admitted. Throws the answer of a refusal by anything else. */
export async function findingsOfFloor(
  cluster: Cluster,
  { namespace, before, after }: FloorWrite,
): Promise<readonly { readonly key: string; readonly rule: string; readonly line: string }[]> {
  const { status, text, json } =
    before === undefined
      ? await create(cluster, namespace, after)
      : await cluster.request(`/api/v1/namespaces/${namespace}/secrets/${after.name}?dryRun=All`, {
          method: 'PUT',
          body: bodyOf(namespace, after),
        });
  if (status === 200 || status === 201) return [];
  const { message, reason } = json();
  const [, lines] = /denied request: ([\s\S]*)$/.exec(message) ?? [];
  if (status !== 422 || reason !== 'Invalid' || lines === undefined) throw new Error(text);
  const whole: string[] = lines.split(/; (?=data\[)/);
  // A long message is cut in its last finding.
  if (lines.endsWith('…')) whole.pop();
  return whole.map((line) => {
    const [, key = '', rule = ''] = /^data\[([^\]]+)\]: [^[]*\[lockstep\/([a-z-]+)\]: /.exec(line) ?? [];
    if (rule === '') throw new Error(`no finding: ${line}`);
    return { key, rule, line };
  });
}
