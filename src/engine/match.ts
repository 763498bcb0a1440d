import { anyGlobMatches } from './glob.ts';
import type { MatchSpec } from './policy/schema.ts';
import { byPrecedence, type Policy } from './policy.ts';
import type { Request, Secret } from './secret.ts';

const NEVER_TOUCHED_TYPES = new Set([
  'helm.sh/release.v1',
  'kubernetes.io/service-account-token',
  'bootstrap.kubernetes.io/token',
]);
const SYSTEM_NAMESPACES = new Set(['kube-system', 'kube-public', 'kube-node-lease']);

/** What lockstep never judges and never changes, whatever a policy says. */
export function isExempt({ secret, username }: Request, ownNamespace: string): boolean {
  return (
    NEVER_TOUCHED_TYPES.has(secret.type) ||
    SYSTEM_NAMESPACES.has(secret.namespace) ||
    secret.namespace === ownNamespace ||
    (username?.startsWith(`system:serviceaccount:${ownNamespace}:`) ?? false)
  );
}

/** The policies that mean this Secret, before or after the write, in order of precedence: a removed label is no way out. */
export function matching({ secret, old }: Request, policies: readonly Policy[]): readonly Policy[] {
  return policies
    .filter(({ match }) => matches(match, secret) || (old !== undefined && matches(match, old)))
    .sort(byPrecedence);
}

function matches(match: MatchSpec, secret: Secret): boolean {
  return (
    (match.names === undefined || anyGlobMatches(match.names, nameOf(secret))) &&
    (match.namespaces === undefined || anyGlobMatches(match.namespaces, secret.namespace)) &&
    (match.types === undefined || anyGlobMatches(match.types, secret.type)) &&
    (match.hasKeys === undefined || match.hasKeys.every((key) => secret.data.has(key))) &&
    (match.hasAnyKey === undefined || match.hasAnyKey.some((key) => secret.data.has(key))) &&
    (match.labelSelector === undefined || selects(match.labelSelector, secret.labels))
  );
}

/** Under `generateName` the API server appends five characters, after the mutating webhooks. */
export const nameOf = ({ name, generateName }: Secret): string =>
  name === '' ? `${generateName}xxxxx` : name;

/** As the API server reads a label selector: all of its requirements. */
function selects(
  { matchLabels = {}, matchExpressions = [] }: NonNullable<MatchSpec['labelSelector']>,
  labels: ReadonlyMap<string, string>,
): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels.get(key) === value) &&
    matchExpressions.every((expression) => meets(expression, labels.get(expression.key)))
  );
}

type Expression = NonNullable<NonNullable<MatchSpec['labelSelector']>['matchExpressions']>[number];

function meets({ operator, values = [] }: Expression, label: string | undefined): boolean {
  switch (operator) {
    case 'Exists':
      return label !== undefined;
    case 'DoesNotExist':
      return label === undefined;
    case 'In':
      return label !== undefined && values.includes(label);
    case 'NotIn':
      return label === undefined || !values.includes(label);
  }
}
