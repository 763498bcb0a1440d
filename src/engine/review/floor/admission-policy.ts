import { createHash } from 'node:crypto';
import { EXEMPT_TYPES, SYSTEM_NAMESPACES } from '../../policy/match/match.ts';
import type { Action } from '../../secret/finding/finding.ts';
import type { Annotation, Label } from '../../secret/kubernetes/kubernetes-names.ts';
import { type Cel, listOf, quote, type Variable } from './cel.ts';

/** The digest of the spec, by which a floor for other policies is recognised. */
export const FLOOR_DIGEST = 'lockstep.dev/floor-digest' satisfies Annotation;
export const FLOOR_LABEL = 'lockstep.dev/floor' satisfies Label;

/** The command that deletes a floor. */
export const FLOOR_DELETION = `kubectl delete validatingadmissionpolicies,validatingadmissionpolicybindings -l ${FLOOR_LABEL}=true`;

/** Settings of the installation that the webhooks have too. */
export interface FloorOptions {
  readonly ownNamespace: string;
  readonly excludedNamespaces: readonly string[];
  readonly warnOnlyUsers: ReadonlySet<string>;
  /** The strongest action of the installation. */
  readonly maxAction: Action;
  readonly now: Date;
}

/** An object for `kubectl apply`. */
export interface FloorObject {
  readonly apiVersion: string;
  readonly kind: 'ValidatingAdmissionPolicy' | 'ValidatingAdmissionPolicyBinding';
  readonly metadata: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: object;
}

const API_VERSION = 'admissionregistration.k8s.io/v1';

const VALIDATION_ACTIONS: Readonly<Record<Action, string>> = {
  Enforce: 'Deny',
  Warn: 'Warn',
  Audit: 'Audit',
};

export function admissionPolicy(
  name: string,
  action: Action,
  variables: readonly Variable[],
  options: FloorOptions,
): readonly FloorObject[] {
  const labels = { [FLOOR_LABEL]: 'true' };
  const spec = {
    // The floor never refuses a write because an expression has no result.
    failurePolicy: 'Ignore',
    matchConstraints: matchConstraints(options),
    matchConditions: matchConditions(options),
    variables,
    validations: [
      {
        expression: 'size(variables.findings) == 0',
        messageExpression: `size(variables.text) > ${MAX_MESSAGE} ? variables.text.substring(0, ${MAX_MESSAGE}) + '…' : variables.text`,
        message: 'the Secret breaks rules of lockstep: lockstep check names them',
        // kubectl prints the whole patch with its values after any other reason.
        reason: 'Invalid',
      },
    ],
  };
  return [
    {
      apiVersion: API_VERSION,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name, labels, annotations: { [FLOOR_DIGEST]: digestOf(spec) } },
      spec,
    },
    {
      apiVersion: API_VERSION,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name, labels },
      spec: { policyName: name, validationActions: [VALIDATION_ACTIONS[action]] },
    },
  ];
}

/** The API server replaces a longer message than 5 KiB. */
const MAX_MESSAGE = 4000;

const digestOf = (spec: object): string =>
  createHash('sha256').update(JSON.stringify(spec)).digest('hex').slice(0, 32);

/** The writes of Secrets in each namespace that the installation does not exclude. */
const matchConstraints = ({ ownNamespace, excludedNamespaces }: FloorOptions) => ({
  resourceRules: [
    {
      apiGroups: [''],
      apiVersions: ['v1'],
      resources: ['secrets'],
      operations: ['CREATE', 'UPDATE'],
      scope: 'Namespaced',
    },
  ],
  namespaceSelector: {
    matchExpressions: [
      {
        key: 'kubernetes.io/metadata.name',
        operator: 'NotIn',
        values: [...new Set([...SYSTEM_NAMESPACES, ownNamespace, ...excludedNamespaces])],
      },
    ],
  },
});

/** The conditions of the webhooks: manifests/base/validating-webhook.yaml. An update of a label changes no data. */
function matchConditions({ ownNamespace, warnOnlyUsers }: FloorOptions) {
  const conditions: { readonly name: string; readonly expression: Cel }[] = [
    {
      name: 'not-an-excluded-type',
      expression: `!(object.type in ${listOf(EXEMPT_TYPES)})`,
    },
    {
      name: 'not-lockstep-itself',
      expression: `!request.userInfo.username.startsWith(${quote(`system:serviceaccount:${ownNamespace}:`)})`,
    },
    {
      name: 'data-changed',
      expression:
        'oldObject == null || (has(object.data) ? dyn(object.data) : dyn({})) != (has(oldObject.data) ? dyn(oldObject.data) : dyn({}))',
    },
    {
      name: 'not-break-glass',
      expression:
        "!(has(object.metadata.annotations) && 'lockstep.dev/break-glass' in object.metadata.annotations && " +
        "object.metadata.annotations['lockstep.dev/break-glass'].trim() != '' && " +
        "authorizer.group('lockstep.dev').resource('breakglass').namespace(request.namespace).check('use').allowed())",
    },
  ];
  if (warnOnlyUsers.size > 0)
    conditions.push({
      name: 'not-a-warn-only-user',
      expression: `!(request.userInfo.username in ${listOf([...warnOnlyUsers].sort())})`,
    });
  return conditions;
}
