import type { SecretType } from '../../secret/kubernetes/kubernetes-names.ts';
import { nameOf, namespaceLabelsOf, type Request, type Secret } from '../../secret/secret.ts';
import { byPrecedence, type Policy } from '../policy.ts';
import type { MatchSpec } from '../schema/schema.ts';
import { GENERIC_KEY, genericSystem } from './generic-login.ts';
import { anyGlobMatches } from './glob.ts';
import { selects as selectsLabels } from './label-selector.ts';

export const EXEMPT_TYPES: ReadonlySet<string> = new Set([
  'helm.sh/release.v1',
  'kubernetes.io/service-account-token',
  'bootstrap.kubernetes.io/token',
  'lockstep.dev/record' satisfies SecretType,
]);
/** The namespaces of Kubernetes itself. The operator configures lockstep's own namespace. */
export const SYSTEM_NAMESPACES: ReadonlySet<string> = new Set([
  'kube-system',
  'kube-public',
  'kube-node-lease',
]);

/** The reason why lockstep never validates and never changes a Secret, whatever a policy says. */
export type Exemption = 'type' | 'system-namespace' | 'own-namespace' | 'excluded-namespace' | 'own-account';

/** The configuration that exempts Secrets. */
export interface Exclusions {
  readonly ownNamespace: string;
  readonly excludedNamespaces: ReadonlySet<string>;
}

function exemptionOf(
  { secret, username }: Request,
  { ownNamespace, excludedNamespaces }: Exclusions,
): Exemption | undefined {
  if (EXEMPT_TYPES.has(secret.type)) return 'type';
  if (SYSTEM_NAMESPACES.has(secret.namespace)) return 'system-namespace';
  if (secret.namespace === ownNamespace) return 'own-namespace';
  if (excludedNamespaces.has(secret.namespace)) return 'excluded-namespace';
  const isOwnAccount = username?.startsWith(`system:serviceaccount:${ownNamespace}:`) === true;
  return isOwnAccount ? 'own-account' : undefined;
}

/** Completes "Secret a/b is …". Undefined if lockstep validates it. */
export function exemptionText(request: Request, exclusions: Exclusions): string | undefined {
  const exemption = exemptionOf(request, exclusions);
  return exemption === undefined ? undefined : EXEMPTION_TEXTS[exemption];
}

const EXEMPTION_TEXTS: Readonly<Record<Exemption, string>> = {
  type: 'exempt by its type',
  'system-namespace': 'in a system namespace',
  'own-namespace': 'in the namespace of lockstep',
  'excluded-namespace': 'in an excluded namespace',
  'own-account': 'written by lockstep',
};

export const isExempt = (request: Request, exclusions: Exclusions): boolean =>
  exemptionOf(request, exclusions) !== undefined;

/**
 * The policies that select this Secret, before or after the write, in order of precedence. Removing a label does not
 * avoid a policy.
 */
export function matchingPolicies(request: Request, policies: readonly Policy[]): readonly Policy[] {
  return policies.filter((policy) => selects(policy, request)).sort(byPrecedence);
}

const selects = ({ match }: Policy, request: Request): boolean =>
  matches(match, request.secret, request) ||
  (request.old !== undefined && matches(match, request.old, request));

/** With a server, a key that names none counts only if the Secret names this server. */
function hasAnyKey(keys: readonly string[], server: string | undefined, { data }: Secret): boolean {
  if (server === undefined) return keys.some((key) => data.has(key));
  const present = keys.filter((key) => data.has(key));
  if (present.length === 0) return false;
  return present.some((key) => !GENERIC_KEY.test(key)) || genericSystem(data) === server;
}

function matches(match: MatchSpec, secret: Secret, request: Request): boolean {
  return (
    (match.names === undefined || anyGlobMatches(match.names, nameOf(secret))) &&
    (match.namespaces === undefined || anyGlobMatches(match.namespaces, secret.namespace)) &&
    (match.types === undefined || anyGlobMatches(match.types, secret.type)) &&
    (match.hasKeys === undefined || match.hasKeys.every((key) => secret.data.has(key))) &&
    (match.hasAnyKey === undefined || hasAnyKey(match.hasAnyKey, match.server, secret)) &&
    (match.labelSelector === undefined || selectsLabels(match.labelSelector, secret.labels)) &&
    (match.namespaceSelector === undefined ||
      selectsLabels(match.namespaceSelector, namespaceLabelsOf(request)))
  );
}
