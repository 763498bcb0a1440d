import { nearestNames } from '../../engine/secret/nearest.ts';
import { LockstepError } from '../../errors/errors.ts';
import { objectText } from '../../manifest/write/object-text.ts';
import { policyPage } from '../../report/policy/policy-page.ts';
import { policyTable } from '../../report/policy/policy-table.ts';
import { withoutCommands } from '../../report/printable.ts';
import { namesCluster } from '../cli/cluster-options.ts';
import type { Shell } from '../cli/shell.ts';
import {
  readSourcedPolicies,
  type SourcedPolicy,
  type SourcedPolicyOptions,
} from '../policy-sources/sourced-policies.ts';

export interface PolicyShowOptions extends SourcedPolicyOptions {
  readonly output?: 'text' | 'json' | 'yaml';
}

export interface PolicyListOptions extends SourcedPolicyOptions {
  readonly output?: PolicyShowOptions['output'] | 'wide';
}

/** Prints the policies in order of precedence. Throws a LockstepError. */
export async function listPolicies(options: PolicyListOptions, shell: Shell): Promise<void> {
  const policies = await readSourcedPolicies(options, shell);
  const { output = 'text' } = options;
  shell.stdout.write(
    output === 'text' || output === 'wide'
      ? withoutCommands(policyTable(policies, output === 'wide', new Date()))
      : objectText({ apiVersion: 'v1', kind: 'List', items: policies.map(({ object }) => object) }, output),
  );
}

/** Prints one policy. Throws POLICY_NOT_FOUND, or another LockstepError. */
export async function showPolicy(name: string, options: PolicyShowOptions, shell: Shell): Promise<void> {
  const policies = await readSourcedPolicies(options, shell);
  const found = policies.find((one) => one.name === name);
  if (found === undefined) throw notFound(name, policies, options);
  const { output = 'text' } = options;
  shell.stdout.write(
    output === 'text' ? withoutCommands(policyPage(found, new Date())) : objectText(found.object, output),
  );
}

function notFound(
  name: string,
  policies: readonly SourcedPolicy[],
  options: PolicyShowOptions,
): LockstepError {
  const names = policies.map((one) => one.name);
  const [suggestion] = nearestNames(name, names);
  const others = namesCluster(options)
    ? 'lockstep policy list shows them'
    : '--context NAME adds those of a cluster, and --policy PATH those of files';
  const hint = suggestion === undefined ? others : `did you mean ${suggestion}?`;
  return new LockstepError('POLICY_NOT_FOUND', [name, names.sort().join(', '), hint]);
}
