import { hasRunOut, type Policy } from '../../engine/policy/policy.ts';
import { LockstepError } from '../../errors.ts';
import { readCompiled } from './compiled-policies.ts';
import { type PolicyFile, readPolicyFiles } from './policy-files.ts';

export interface LoadedPolicies {
  readonly policies: readonly Policy[];
  /** A sentence for each exception that has run out: it is ignored, not a reason not to load. */
  readonly warnings: readonly string[];
}

export interface Builtin {
  /** The folder of the built-in policies. */
  readonly dir: string;
  /** Names of those that are not wanted. */
  readonly drop: readonly string[];
  /** Where the build has put what it compiled of them, if there is a build. */
  readonly compiledAt?: string;
}

/**
 * The built-in policies, and those of the user's files and folders. A user's policy replaces the built-in one of its name.
 * Throws one LockstepError that lists every fault: file, line, path, what to do.
 */
export async function loadPolicies(
  paths: readonly string[],
  builtin: Builtin,
  now: Date,
): Promise<LoadedPolicies> {
  const own = await compiled(readPolicyFiles(paths));
  const shipped = await shippedPolicies(builtin);
  dropKnown(builtin.drop, shipped);

  const replaced = new Set([...own.map(({ name }) => name), ...builtin.drop]);
  const policies = [...own, ...shipped.filter(({ name }) => !replaced.has(name))];
  return { policies, warnings: policies.flatMap((policy) => expired(policy, now)) };
}

/** The schema is loaded only where there is something to compile. */
async function compiled(files: readonly PolicyFile[]): Promise<readonly Policy[]> {
  if (files.length === 0) return [];
  const { compileAll } = await import('./compile-policies.ts');
  return compileAll(files);
}

async function shippedPolicies({ dir, compiledAt }: Builtin): Promise<readonly Policy[]> {
  const files = readPolicyFiles([dir]);
  const ready = compiledAt === undefined ? undefined : readCompiled(compiledAt, files);
  return ready ?? compiled(files);
}

function dropKnown(names: readonly string[], shipped: readonly Policy[]): void {
  const unknown = names.find((name) => !shipped.some((policy) => policy.name === name));
  if (unknown === undefined) return;
  throw new LockstepError('BUILTIN_POLICY_NOT_FOUND', [unknown, shipped.map(({ name }) => name).join(', ')]);
}

function expired(policy: Policy, now: Date): readonly string[] {
  return policy.exceptions
    .filter((exception) => hasRunOut(exception, now))
    .map(
      ({ namespace, name, until, reason }) =>
        `policy ${policy.name}: the exception for ${namespace}/${name} (${reason}) ran out on ${until} and is ignored: renew or remove it`,
    );
}
