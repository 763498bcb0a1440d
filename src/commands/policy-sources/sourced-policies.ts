import { join } from 'node:path';
import { type Action, milder } from '../../engine/finding/finding.ts';
import { compilePolicy } from '../../engine/policy/compile/compile.ts';
import { byPrecedence, type Policy } from '../../engine/policy/policy.ts';
import { problemText } from '../../engine/policy/schema/problem.ts';
import { type Cluster, connect } from '../../kube/client/connect.ts';
import { readSecretPolicies } from '../../kube/objects/secret-policies.ts';
import { compilePolicyDocuments } from '../../manifest/policies/compile-policies.ts';
import { requireBuiltins } from '../../manifest/policies/policies.ts';
import { readPolicyFiles } from '../../manifest/policies/policy-files.ts';
import { OWN_NAMESPACE } from '../cli/cli-context.ts';
import { namesCluster, type PolicyClusterOptions } from '../cli/cluster-options.ts';
import type { Shell } from '../cli/shell.ts';
import type { ManifestOptions } from '../manifests/options.ts';
import { readKnownOptions } from './installed-options.ts';

export interface SourcedPolicyOptions
  extends PolicyClusterOptions,
    Pick<ManifestOptions, 'policy' | 'builtin'> {
  /** As with a kubeconfig or a context, for a cluster that is already connected. */
  readonly connected?: Cluster;
}

/** One policy with the object that it was read from. */
export interface SourcedPolicy {
  readonly name: string;
  readonly source: 'built-in' | 'cluster' | 'file';
  readonly object: object;
  /** Undefined if the cluster holds a version that can't be used. */
  readonly policy: Policy | undefined;
  /** Why it can't be used. */
  readonly problems: readonly string[];
  /** The action of a key without an action of its own, as the policy has it. */
  readonly ownAction: Action;
  /** The same within the limit of the installation. */
  readonly action: Action;
}

/**
 * The built-in policies, those of the cluster, and those of the files, in order of precedence. For each name, a file
 * replaces the cluster, which replaces the built-in policy. Throws a LockstepError.
 */
export async function readSourcedPolicies(
  options: SourcedPolicyOptions,
  shell: Pick<Shell, 'root' | 'stderr' | 'env'>,
): Promise<readonly SourcedPolicy[]> {
  const { policy: paths, builtin, lockstepNamespace = OWN_NAMESPACE } = options;
  const shipped = compiledAt([join(shell.root, 'manifests', 'policies')], 'built-in');
  const left = builtin === true ? [] : builtin;
  requireBuiltins(
    left,
    shipped.map(({ name }) => name),
  );
  const cluster = connectedCluster(options, shell);
  const stored = cluster === undefined ? [] : await readSecretPolicies(cluster);
  const installed =
    cluster === undefined ? undefined : await readKnownOptions(cluster, lockstepNamespace, shell);
  const { maxAction = 'Enforce', noBuiltin = [] } = installed ?? {};
  const leftOut = new Set([...left, ...noBuiltin]);
  const byName = new Map<string, Omit<SourcedPolicy, 'action' | 'ownAction'>>();
  for (const policy of shipped) if (!leftOut.has(policy.name)) byName.set(policy.name, policy);
  for (const policy of [...stored.map(compileStored), ...compiledAt(paths, 'file')])
    byName.set(policy.name, policy);
  return [...byName.values()]
    .map((policy) => {
      const ownAction = specOf(policy.object).action ?? 'Enforce';
      return { ...policy, ownAction, action: milder(ownAction, maxAction) };
    })
    .sort((a, b) => byPrecedence(orderOf(a), orderOf(b)));
}

/** Undefined if the options name no cluster. Throws a LockstepError. */
export const connectedCluster = (
  options: SourcedPolicyOptions,
  { env }: Pick<Shell, 'env'>,
): Cluster | undefined =>
  options.connected ?? (namesCluster(options) ? connect({ ...options, env }) : undefined);

function compiledAt(paths: readonly string[], source: 'built-in' | 'file') {
  if (paths.length === 0) return [];
  return compilePolicyDocuments(readPolicyFiles(paths)).map(({ policy, object }) => ({
    name: policy.name,
    source,
    object,
    policy,
    problems: [],
  }));
}

function compileStored(document: unknown): Omit<SourcedPolicy, 'action' | 'ownAction'> {
  const { metadata } = document as { readonly metadata: { readonly name: string } };
  const compiled = compilePolicy(document);
  return {
    name: metadata.name,
    source: 'cluster',
    object: withoutManagedFields(document as object),
    policy: 'policy' in compiled ? compiled.policy : undefined,
    problems: 'policy' in compiled ? [] : compiled.problems.map(problemText),
  };
}

/** As kubectl prints an object. */
function withoutManagedFields(object: object): object {
  const { managedFields: _, ...metadata } = (
    object as { readonly metadata: Readonly<Record<string, unknown>> }
  ).metadata;
  return { ...object, metadata };
}

/** The schema has checked a policy of a file. The API server has checked one of a cluster. */
const specOf = (object: object) =>
  (object as { readonly spec?: { readonly action?: Action; readonly precedence?: number } }).spec ?? {};

const orderOf = ({ name, object }: Pick<SourcedPolicy, 'name' | 'object'>) => ({
  name,
  precedence: specOf(object).precedence ?? 0,
});
