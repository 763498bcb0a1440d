import { floorOf } from '../../engine/floor/floor.ts';
import type { Policy } from '../../engine/policy/policy.ts';
import { LockstepError } from '../../errors.ts';
import { connect } from '../../kube/client/connect.ts';
import { hasAdmissionPolicies } from '../../kube/objects/admission-policies.ts';
import { readWebhookSettings } from '../../kube/objects/own-deployments.ts';
import { objectText } from '../../manifest/write/object-text.ts';
import { floorExplanation } from '../../report/policy/floor-explanation.ts';
import { OWN_NAMESPACE } from '../cli/cli-context.ts';
import type { Shell } from '../cli/shell.ts';
import { readSourcedPolicies, type SourcedPolicy, type SourcedPolicyOptions } from './sourced-policies.ts';

export interface PolicyFloorOptions extends SourcedPolicyOptions {
  readonly explain?: boolean;
  readonly warnOnlyUser?: readonly string[];
  readonly output: 'yaml' | 'json';
}

/** Prints the floor for the policies. Throws a LockstepError. */
export async function policyFloor(options: PolicyFloorOptions, shell: Shell): Promise<void> {
  const policies = await readSourcedPolicies(options, shell);
  const { maxAction, warnOnlyUsers, excludedNamespaces } = await readInstallation(options);
  const now = new Date();
  const floor = floorOf(policies.flatMap(usable), {
    ownNamespace: OWN_NAMESPACE,
    excludedNamespaces,
    warnOnlyUsers: options.warnOnlyUser === undefined ? warnOnlyUsers : new Set(options.warnOnlyUser),
    maxAction,
    now,
  });
  const unusable = policies.filter(({ policy }) => policy === undefined);
  for (const { name, problems } of unusable)
    shell.stderr.write(`lockstep: policy ${name} is left out, because ${problems.join('; ')}\n`);
  for (const note of floor.notes) shell.stderr.write(`lockstep: ${note}\n`);
  shell.stdout.write(
    options.explain === true ? floorExplanation(floor) : objectsText(floor.objects, options.output),
  );
}

const usable = ({ policy }: SourcedPolicy): readonly Policy[] => (policy === undefined ? [] : [policy]);

/** The limits of the installed webhook. The floor must not be stricter. */
async function readInstallation(options: PolicyFloorOptions) {
  const { kubeconfig, context } = options;
  if (kubeconfig === undefined && context === undefined)
    return { maxAction: 'Enforce' as const, warnOnlyUsers: new Set<string>(), excludedNamespaces: [] };
  const cluster = connect(options);
  if (!(await hasAdmissionPolicies(cluster)))
    throw new LockstepError('NO_ADMISSION_POLICIES', [cluster.server]);
  const settings = await readWebhookSettings(cluster, OWN_NAMESPACE);
  return {
    maxAction: settings?.maxAction ?? ('Enforce' as const),
    warnOnlyUsers: new Set(settings?.warnOnlyUsers),
    excludedNamespaces: settings?.excludedNamespaces ?? [],
  };
}

function objectsText(objects: readonly object[], form: 'yaml' | 'json'): string {
  if (form === 'json') return objectText({ apiVersion: 'v1', kind: 'List', items: objects }, 'json');
  return objects.map((object) => objectText(object, 'yaml')).join('---\n');
}
