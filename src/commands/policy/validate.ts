import { LockstepError } from '../../errors/errors.ts';
import { compilePolicyFiles } from '../../manifest/policies/compile-policies.ts';
import { readPolicyFiles } from '../../manifest/policies/policy-files.ts';
import { withoutCommands } from '../../report/printable.ts';
import type { Shell } from '../cli/shell.ts';

/**
 * Reports each fault of the policies at the paths. Resolves with the exit code: 1 for a fault. Throws a
 * LockstepError if a path can't be read.
 */
export async function validatePolicies(paths: readonly string[], shell: Shell): Promise<number> {
  const files = readPolicyFiles(paths.length === 0 ? ['.'] : paths);
  try {
    const { length } = compilePolicyFiles(files);
    shell.stdout.write(`${length} ${length === 1 ? 'policy is' : 'policies are'} valid\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof LockstepError) || error.code !== 'LOCKSTEP_POLICY_INVALID') throw error;
    shell.stdout.write(withoutCommands(`${error.problem}\n`));
    return 1;
  }
}
