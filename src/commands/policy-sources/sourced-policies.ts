import { join } from 'node:path';
import { compilePolicy } from '../../engine/policy/compile/compile.ts';
import { byPrecedence, type Policy } from '../../engine/policy/policy.ts';
import { problemText } from '../../engine/policy/schema/problem.ts';
import { type Action, milder } from '../../engine/secret/finding/finding.ts';
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

export type PolicyFileOptions = Pick<ManifestOptions, 'policy' | 'builtin'>;

interface MergeOptions extends PolicyFileOptions {
  /** Built-in policies that the installation leaves out. Another version may have others than this program. */
  readonly noBuiltin?: readonly string[];
}

export interface MergedPolicies {
  readonly policies: readonly UsablePolicy[];
  /** One sentence for each policy of the cluster that can't take effect. */
  readonly problems: readonly string[];
}

export interface SourcedPolicyOptions extends PolicyClusterOptions, PolicyFileOptions {
  /** As with a kubeconfig or a context, for a cluster that is already connected. */
  readonly connected?: Cluster;
}

/** One policy with the object that it was read from. */
interface CompiledPolicy {
  readonly name: string;
  readonly source: 'built-in' | 'cluster' | 'file';
  readonly object: object;
  /** Undefined if the cluster holds a version that can't be used. */
  readonly policy: Policy | undefined;
  /** Why it can't be used. */
  readonly problems: readonly string[];
}

interface UsablePolicy extends CompiledPolicy {
  readonly policy: Policy;
}

export interface SourcedPolicy extends CompiledPolicy {
  /** The action of a key without an action of its own, as the policy has it. */
  readonly ownAction: Action;
  /** The same within the limit of the installation. */
  readonly action: Action;
}

/**
 * The built-in policies, those of the cluster, and those of the files, in order of precedence. Throws a LockstepError.
 */
export async function readSourcedPolicies(
  options: SourcedPolicyOptions,
  shell: Pick<Shell, 'root' | 'stderr' | 'env'>,
): Promise<readonly SourcedPolicy[]> {
  const { lockstepNamespace = OWN_NAMESPACE } = options;
  const cluster = connectedCluster(options, shell);
  const stored = cluster === undefined ? [] : await readSecretPolicies(cluster);
  const installed =
    cluster === undefined ? undefined : await readKnownOptions(cluster, lockstepNamespace, shell);
  const { maxAction = 'Enforce', noBuiltin = [] } = installed ?? {};
  const layers = readLayers(stored, { ...options, noBuiltin }, shell);
  return lastOfName(Object.values(layers).flat())
    .map((policy) => {
      const ownAction = specOf(policy.object).action ?? 'Enforce';
      return { ...policy, ownAction, action: milder(ownAction, maxAction) };
    })
    .sort((a, b) => byPrecedence(orderOf(a), orderOf(b)));
}

/**
 * The policies that are in effect after the files are applied. `stored` holds the parsed policies of the cluster, which
 * may be invalid. Throws a LockstepError if a file can't be used.
 */
export function mergePolicies(
  stored: readonly unknown[],
  options: MergeOptions,
  shell: Pick<Shell, 'root'>,
): MergedPolicies {
  const { shipped, cluster, files } = readLayers(stored, options, shell);
  const inFiles = new Set(files.map(({ name }) => name));
  const others = cluster.filter(({ name }) => !inFiles.has(name));
  return {
    policies: lastOfName([...shipped, ...others.filter(isUsable), ...files]),
    problems: others.flatMap(({ name, policy, problems }) =>
      policy === undefined ? [`SecretPolicy ${name} can not take effect: ${firstOf(problems)}`] : [],
    ),
  };
}

/** For each name, a file replaces the cluster, which replaces the built-in policy. */
function readLayers(
  stored: readonly unknown[],
  { policy: paths, builtin, noBuiltin = [] }: MergeOptions,
  { root }: Pick<Shell, 'root'>,
) {
  const shipped = compiledAt([join(root, 'manifests', 'policies')], 'built-in');
  const left = builtin === true ? [] : builtin;
  requireBuiltins(
    left,
    shipped.map(({ name }) => name),
  );
  const leftOut = new Set([...left, ...noBuiltin]);
  return {
    shipped: shipped.filter(({ name }) => !leftOut.has(name)),
    cluster: stored.map(compileStored),
    files: compiledAt(paths, 'file'),
  };
}

const lastOfName = <One extends { readonly name: string }>(policies: readonly One[]): readonly One[] => [
  ...new Map(policies.map((policy) => [policy.name, policy])).values(),
];

const isUsable = (policy: CompiledPolicy): policy is UsablePolicy => policy.policy !== undefined;

/** Only the first reasons of a long list: kubectl reports the rest. */
const MAX_REASONS = 3;

function firstOf(reasons: readonly string[]): string {
  const remaining = reasons.length - MAX_REASONS;
  return [...reasons.slice(0, MAX_REASONS), ...(remaining > 0 ? [`and ${remaining} more`] : [])].join('; ');
}

/** Undefined if the options name no cluster. Throws a LockstepError. */
export const connectedCluster = (
  options: SourcedPolicyOptions,
  { env }: Pick<Shell, 'env'>,
): Cluster | undefined =>
  options.connected ?? (namesCluster(options) ? connect({ ...options, env }) : undefined);

function compiledAt(paths: readonly string[], source: 'built-in' | 'file'): readonly UsablePolicy[] {
  if (paths.length === 0) return [];
  return compilePolicyDocuments(readPolicyFiles(paths)).map(({ policy, object }) => ({
    name: policy.name,
    source,
    object,
    policy,
    problems: [],
  }));
}

function compileStored(document: unknown): CompiledPolicy {
  const object = (document ?? {}) as { readonly metadata?: { readonly name?: unknown } };
  const compiled = compilePolicy(document);
  return {
    name: String(object.metadata?.name ?? ''),
    source: 'cluster',
    object: withoutManagedFields(object),
    policy: 'policy' in compiled ? compiled.policy : undefined,
    problems: 'policy' in compiled ? [] : compiled.problems.map(problemText),
  };
}

/** As kubectl prints an object. */
function withoutManagedFields(object: { readonly metadata?: object }): object {
  const { managedFields: _, ...metadata } = (object.metadata ?? {}) as { readonly managedFields?: unknown };
  return { ...object, metadata };
}

/** The schema has checked a policy of a file. The API server has checked one of a cluster. */
const specOf = (object: object) =>
  (object as { readonly spec?: { readonly action?: Action; readonly precedence?: number } }).spec ?? {};

const orderOf = ({ name, object }: Pick<SourcedPolicy, 'name' | 'object'>) => ({
  name,
  precedence: specOf(object).precedence ?? 0,
});
