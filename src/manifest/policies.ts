import { compilePolicy } from '../engine/policy/compile.ts';
import type { Problem } from '../engine/policy/problem.ts';
import { hasRunOut, type Policy } from '../engine/policy.ts';
import { LockstepError } from '../errors.ts';
import { documentsOf, type PolicyDocument } from './policy-documents.ts';
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
  const files = await readPolicyFiles(paths);
  const own = compileAll(files);
  const shipped = compileAll(await readPolicyFiles([builtin.dir]));
  dropKnown(builtin.drop, shipped);

  const replaced = new Set([...own.map(({ name }) => name), ...builtin.drop]);
  const policies = [...own, ...shipped.filter(({ name }) => !replaced.has(name))];
  return { policies, warnings: policies.flatMap((policy) => expired(policy, now)) };
}

function compileAll(files: readonly PolicyFile[]): readonly Policy[] {
  const faults: string[] = [];
  const policies = new Map<string, Policy>();
  const firstAt = new Map<string, string>();
  for (const document of files.flatMap((file) => documentsOf(file))) {
    const faultAt = ({ path, message }: Problem): string =>
      `${document.at(path)}: ${pathText(path)}${message}`;
    const compiled = document.problems.length > 0 ? document : compilePolicy(document.content);
    if ('problems' in compiled) {
      faults.push(...compiled.problems.map(faultAt));
      continue;
    }
    const { name } = compiled.policy;
    const first = firstAt.get(name);
    if (first === undefined) firstAt.set(name, placeOf(document));
    else
      faults.push(
        faultAt({
          path: ['metadata', 'name'],
          message: `${name} is already the name of the policy at ${first}: rename one`,
        }),
      );
    policies.set(name, compiled.policy);
  }
  if (faults.length > 0) throw new LockstepError('POLICY_INVALID', [faults.join('\n')]);
  return [...policies.values()];
}

const placeOf = (document: PolicyDocument): string => document.at([]);

/** `spec.keys.DATABASE_URL.derive.template: ` */
const pathText = (path: Problem['path']): string => (path.length === 0 ? '' : `${path.join('.')}: `);

function dropKnown(names: readonly string[], shipped: readonly Policy[]): void {
  const unknown = names.find((name) => !shipped.some((policy) => policy.name === name));
  if (unknown === undefined) return;
  throw new LockstepError('POLICY_UNKNOWN_BUILTIN', [unknown, shipped.map(({ name }) => name).join(', ')]);
}

function expired(policy: Policy, now: Date): readonly string[] {
  return policy.exceptions
    .filter((exception) => hasRunOut(exception, now))
    .map(
      ({ namespace, name, until, reason }) =>
        `policy ${policy.name}: the exception for ${namespace}/${name} (${reason}) ran out on ${until} and is ignored: renew or remove it`,
    );
}
