import type { FloorPolicy } from '../../engine/diagnosis/cluster-checks/floor.ts';
import type { Policy } from '../../engine/policy/policy.ts';
import { FLOOR_DIGEST } from '../../engine/review/floor/admission-policy.ts';
import { type Floor, floorOf } from '../../engine/review/floor/floor.ts';
import { LockstepError } from '../../errors/errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { hasAdmissionPolicies } from '../../kube/objects/admission-policies.ts';
import { readInstalledOptions } from '../../kube/objects/own-deployments.ts';
import { OWN_NAMESPACE } from '../cli/cli-context.ts';
import type { Shell } from '../cli/shell.ts';
import {
  connectedCluster,
  readSourcedPolicies,
  type SourcedPolicy,
  type SourcedPolicyOptions,
} from './sourced-policies.ts';

export interface FloorSource extends SourcedPolicyOptions {
  /** Writers whom the floor never refuses. Absent: those of the installed webhook. */
  readonly warnOnlyUser?: readonly string[];
}

/** The floor for some policies, and the policies. Throws a LockstepError. */
export async function readFloor(
  options: FloorSource,
  shell: Pick<Shell, 'root' | 'stderr' | 'env'>,
): Promise<{
  readonly floor: Floor;
  readonly policies: readonly SourcedPolicy[];
}> {
  const policies = await readSourcedPolicies(options, shell);
  const { lockstepNamespace = OWN_NAMESPACE } = options;
  const { maxAction, warnOnlyUsers, excludedNamespaces } = await readInstallation(
    options,
    lockstepNamespace,
    shell,
  );
  const floorOptions = {
    ownNamespace: lockstepNamespace,
    excludedNamespaces,
    warnOnlyUsers: options.warnOnlyUser === undefined ? warnOnlyUsers : new Set(options.warnOnlyUser),
    maxAction,
    now: new Date(),
  };
  const all = policies.flatMap(usable);
  return { floor: floorOf(all, floorOptions), policies };
}

const usable = ({ policy }: SourcedPolicy): readonly Policy[] => (policy === undefined ? [] : [policy]);

/** The limits of the installed webhook. The floor must not be stricter. */
async function readInstallation(options: FloorSource, lockstepNamespace: string, shell: Pick<Shell, 'env'>) {
  const cluster = connectedCluster(options, shell);
  if (cluster === undefined)
    return { maxAction: 'Enforce' as const, warnOnlyUsers: new Set<string>(), excludedNamespaces: [] };
  if (!(await hasAdmissionPolicies(cluster)))
    throw new LockstepError('NO_ADMISSION_POLICIES', [cluster.server]);
  const settings = await readInstalledOptions(cluster, lockstepNamespace);
  return {
    maxAction: settings?.maxAction ?? ('Enforce' as const),
    warnOnlyUsers: new Set(settings?.warnOnlyUsers),
    excludedNamespaces: settings?.excludedNamespaces ?? [],
  };
}

/** The admission policies of the floor for the policies of a cluster. Throws a LockstepError. */
export async function expectedFloor(
  cluster: Cluster,
  lockstepNamespace: string,
  shell: Pick<Shell, 'root' | 'stderr' | 'env'>,
): Promise<readonly FloorPolicy[]> {
  const { floor } = await readFloor(
    { policy: [], builtin: true, connected: cluster, lockstepNamespace },
    shell,
  );
  return digestsOf(floor.objects);
}

const digestsOf = (objects: Floor['objects']): readonly FloorPolicy[] =>
  objects.flatMap(({ metadata: { name, annotations } }) =>
    annotations === undefined ? [] : [{ name, digest: annotations[FLOOR_DIGEST] ?? '' }],
  );
