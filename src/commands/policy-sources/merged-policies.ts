import type { Policy } from '../../engine/policy/policy.ts';
import { type Problem, problemText } from '../../engine/policy/schema/problem.ts';
import { readPolicyFiles } from '../../manifest/policies/policy-files.ts';
import type { AuditedPolicy } from '../../report/audit/audit-report.ts';
import type { Shell } from '../cli/shell.ts';
import type { ManifestOptions } from '../manifests/options.ts';
import { openPolicyEngine } from '../manifests/policy-engine.ts';

export type PolicyFileOptions = Pick<ManifestOptions, 'policy' | 'builtin'>;

interface MergeOptions extends PolicyFileOptions {
  /** Built-in policies that the installation leaves out. Another version may have others than this program. */
  readonly noBuiltin?: readonly string[];
}

export interface MergedPolicies {
  readonly policies: readonly SourcedPolicy[];
  /** One sentence for each policy of the cluster that can't take effect. */
  readonly problems: readonly string[];
}

interface SourcedPolicy extends Pick<AuditedPolicy, 'source'> {
  readonly policy: Policy;
}

/**
 * The policies as they are after the files are applied. For each name, the policy of a file replaces that of the
 * cluster, which replaces the built-in one. `stored` holds the parsed policies of the cluster, which may be invalid.
 * Throws a LockstepError if a file can't be used.
 */
export async function mergePolicies(
  stored: readonly unknown[],
  { policy: paths, builtin, noBuiltin = [] }: MergeOptions,
  shell: Pick<Shell, 'root' | 'stderr' | 'cpu'>,
): Promise<MergedPolicies> {
  const { policies: shipped } = await openPolicyEngine({ policy: [], builtin }, shell);
  const files = await readFiles(paths);
  const replacedNames = new Set(files.map(({ name }) => name));
  const cluster = await compileClusterPolicies(
    stored.filter((document) => !replacedNames.has(nameOf(document))),
  );

  const byName = new Map<string, SourcedPolicy>();
  for (const policy of shipped)
    if (!noBuiltin.includes(policy.name)) byName.set(policy.name, { policy, source: 'built-in' });
  for (const { policy } of cluster)
    if (policy !== undefined) byName.set(policy.name, { policy, source: 'cluster' });
  for (const policy of files) byName.set(policy.name, { policy, source: 'file' });
  return { policies: [...byName.values()], problems: cluster.flatMap(({ problem }) => problem ?? []) };
}

/** Loads the schema only if there is a file to compile. */
async function readFiles(paths: readonly string[]): Promise<readonly Policy[]> {
  if (paths.length === 0) return [];
  const { compilePolicyFiles: compileAll } = await import('../../manifest/policies/compile-policies.ts');
  return compileAll(readPolicyFiles(paths));
}

interface CompiledClusterPolicy {
  readonly policy?: Policy;
  readonly problem?: string;
}

async function compileClusterPolicies(
  documents: readonly unknown[],
): Promise<readonly CompiledClusterPolicy[]> {
  if (documents.length === 0) return [];
  const { compilePolicy } = await import('../../engine/policy/compile/compile.ts');
  return documents.map((document) => {
    const compiled = compilePolicy(document);
    if ('policy' in compiled) return compiled;
    return {
      problem: `SecretPolicy ${nameOf(document)} can not take effect: ${reasonsOf(compiled.problems)}`,
    };
  });
}

/** Only the first reasons of a long list: kubectl reports the rest. */
const MAX_REASONS = 3;

function reasonsOf(problems: readonly Problem[]): string {
  const shown = problems.slice(0, MAX_REASONS).map(problemText);
  const remaining = problems.length - shown.length;
  return [...shown, ...(remaining > 0 ? [`and ${remaining} more`] : [])].join('; ');
}

function nameOf(document: unknown): string {
  const { metadata } = (document ?? {}) as { readonly metadata?: { readonly name?: unknown } };
  return String(metadata?.name ?? '');
}
