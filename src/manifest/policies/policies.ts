import { isExpired, type Policy } from '../../engine/policy/policy.ts';
import { nearestNames } from '../../engine/secret/nearest.ts';
import { LockstepError } from '../../errors/errors.ts';
import { readCompiledPolicies } from './compiled-policies.ts';
import { type PolicyFile, readPolicyFiles } from './policy-files.ts';

export interface LoadedPolicies {
  readonly policies: readonly Policy[];
  /** A warning for each expired exception. Such an exception is ignored, and the policy is still loaded. */
  readonly warnings: readonly string[];
}

export interface BuiltinOptions {
  /** The folder of the built-in policies. */
  readonly dir: string;
  /** Names of built-in policies to leave out. */
  readonly drop: readonly string[];
  /** File with the policies that the build has compiled, if a build exists. */
  readonly compiledAt?: string;
}

/**
 * The built-in policies, and those of the user's files and folders. A user's policy replaces the built-in one of the
 * same name. Throws one LockstepError that lists every fault with file, line, path and fix.
 */
export async function loadPolicies(
  paths: readonly string[],
  builtin: BuiltinOptions,
  now: Date,
): Promise<LoadedPolicies> {
  const userPolicies = await compileFiles(readPolicyFiles(paths));
  const builtinPolicies = await loadBuiltinPolicies(builtin);
  requireBuiltins(
    builtin.drop,
    builtinPolicies.map(({ name }) => name),
  );

  const replacedNames = new Set([...userPolicies.map(({ name }) => name), ...builtin.drop]);
  const policies = [...userPolicies, ...builtinPolicies.filter(({ name }) => !replacedNames.has(name))];
  return { policies, warnings: policies.flatMap((policy) => expiredWarnings(policy, now)) };
}

/** Loads the schema only if there is a policy to compile. */
async function compileFiles(files: readonly PolicyFile[]): Promise<readonly Policy[]> {
  if (files.length === 0) return [];
  const { compilePolicyFiles: compileAll } = await import('./compile-policies.ts');
  return compileAll(files);
}

async function loadBuiltinPolicies({ dir, compiledAt }: BuiltinOptions): Promise<readonly Policy[]> {
  const files = readPolicyFiles([dir]);
  const precompiled = compiledAt === undefined ? undefined : readCompiledPolicies(compiledAt, files);
  return precompiled ?? compileFiles(files);
}

/** Throws BUILTIN_POLICY_NOT_FOUND for the first name that no built-in policy has. */
export function requireBuiltins(names: readonly string[], builtinNames: readonly string[]): void {
  const unknown = names.find((name) => !builtinNames.includes(name));
  if (unknown === undefined) return;
  const [nearest] = nearestNames(unknown, builtinNames);
  const hint = nearest === undefined ? `there are ${builtinNames.join(', ')}` : `did you mean ${nearest}?`;
  throw new LockstepError('BUILTIN_POLICY_NOT_FOUND', [unknown, hint]);
}

function expiredWarnings(policy: Policy, now: Date): readonly string[] {
  return policy.exceptions
    .filter((exception) => isExpired(exception, now))
    .map(
      ({ namespace, name, until, reason }) =>
        `policy ${policy.name}: the exception for ${namespace}/${name} (${reason}) ran out on ${until} and is ignored, so renew or remove it`,
    );
}
