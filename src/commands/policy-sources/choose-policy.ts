import type { Policy } from '../../engine/policy/policy.ts';
import { nearestNames } from '../../engine/secret/nearest.ts';
import { LockstepError } from '../../errors/errors.ts';
import { readPolicyFiles } from '../../manifest/policies/policy-files.ts';
import type { PolicyClusterOptions } from '../cli/cluster-options.ts';
import type { Shell } from '../cli/shell.ts';
import type { ManifestOptions } from '../manifests/options.ts';
import type { PolicyEngine } from '../manifests/policy-engine.ts';
import { openEngine } from './open-engine.ts';

/** The policy of the introduction in the docs. A first run needs no option. */
const DEFAULT_POLICY = 'reconciliation';

export interface ChosenPolicy {
  readonly policy: Policy;
  /** All policies that validate together with it. */
  readonly policies: readonly Policy[];
  readonly engine: Pick<PolicyEngine, 'context' | 'labelsOf'>;
}

/**
 * `--policy` takes names and paths. Like kubectl, it recognises a path by a slash or by the extension of a file. The
 * name selects among the built-in policies, those of the cluster and those at the paths. Without a name, the policy at
 * the paths applies.
 */
export async function choosePolicy(
  options: PolicyClusterOptions & Pick<ManifestOptions, 'policy' | 'builtin'>,
  shell: Pick<Shell, 'root' | 'stderr' | 'env' | 'cpu'>,
): Promise<ChosenPolicy> {
  const paths = options.policy.filter(isPath);
  const [name, second] = options.policy.filter((one) => !isPath(one));
  if (second !== undefined) throw new LockstepError('BAD_OPTION', ['--policy', 'name one policy']);
  const engine = await openEngine({ ...options, policy: paths }, shell);
  const { policies } = engine;
  const chosen = name ?? (paths.length === 0 ? DEFAULT_POLICY : await onlyNameAt(paths));
  const policy = policies.find((one) => one.name === chosen);
  if (policy === undefined) throw unknownPolicy(chosen, policies);
  return { policy, policies, engine };
}

/** The options name a policy, and do not only give paths. */
export const namesPolicy = ({ policy }: Pick<ManifestOptions, 'policy'>): boolean =>
  policy.some((one) => !isPath(one));

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
