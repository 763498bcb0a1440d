import type { Policy } from '../../engine/policy/policy.ts';
import { nearestNames } from '../../engine/secret/nearest.ts';
import { LockstepError } from '../../errors.ts';
import { readPolicyFiles } from '../../manifest/policies/policy-files.ts';
import type { Shell } from '../cli/shell.ts';
import type { ManifestOptions } from './options.ts';
import { openPolicyEngine } from './policy-engine.ts';

/** The Secret of the story: what a first try without any option shows. */
const DEFAULT_POLICY = 'reconciliation';

export interface ChosenPolicy {
  readonly policy: Policy;
  /** All that judge beside it. */
  readonly policies: readonly Policy[];
}

/**
 * `--policy` takes names and paths, as kubectl tells a file from a name: by a slash, or by the end of a file's name. The name chooses among the built-in
 * policies and those at the paths; without a name it is the one at the paths.
 */
export async function choosePolicy(
  { policy: values, builtin }: Pick<ManifestOptions, 'policy' | 'builtin'>,
  shell: Pick<Shell, 'root' | 'stderr' | 'cpu'>,
): Promise<ChosenPolicy> {
  const paths = values.filter(isPath);
  const [name, second] = values.filter((one) => !isPath(one));
  if (second !== undefined) throw new LockstepError('BAD_OPTION', ['--policy', 'name one policy']);
  const { policies } = await openPolicyEngine({ policy: paths, builtin }, shell);
  const chosen = name ?? (paths.length === 0 ? DEFAULT_POLICY : await onlyNameAt(paths));
  const policy = policies.find((one) => one.name === chosen);
  if (policy === undefined) throw unknownPolicy(chosen, policies);
  return { policy, policies };
}

const isPath = (given: string): boolean => /[/\\]|\.(ya?ml|json)$/i.test(given);

async function onlyNameAt(paths: readonly string[]): Promise<string> {
  const { compilePolicyFiles: compileAll } = await import('../../manifest/policies/compile-policies.ts');
  const names = compileAll(readPolicyFiles(paths)).map(({ name }) => name);
  const [first = '', second] = names;
  if (second === undefined) return first;
  throw new LockstepError('BAD_OPTION', ['--policy', `name one of ${names.join(', ')} as well`]);
}

function unknownPolicy(name: string, policies: readonly Policy[]): LockstepError {
  const names = policies.map((policy) => policy.name);
  const [suggestion] = nearestNames(name, names);
  const hint =
    suggestion === undefined ? `if it is a folder, write ./${name}` : `did you mean ${suggestion}?`;
  return new LockstepError('POLICY_NOT_FOUND', [name, names.sort().join(', '), hint]);
}
