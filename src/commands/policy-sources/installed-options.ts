import type { Action } from '../../engine/secret/finding/finding.ts';
import { LockstepError } from '../../errors/errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { type InstalledOptions, readInstalledOptions } from '../../kube/objects/own-deployments.ts';
import { printable } from '../../report/printable.ts';
import type { Shell } from '../cli/shell.ts';

/**
 * The settings of the installed webhook. A user who may read policies need not be allowed to read its Deployment: then
 * one sentence states what is unknown, and the defaults apply. `isOptional`: the command makes sense without an
 * installation too. `maxAction`: the limit that the user gave in place of the installed one.
 */
export async function readKnownOptions(
  cluster: Cluster,
  namespace: string,
  { stderr }: Pick<Shell, 'stderr'>,
  { isOptional = false, maxAction }: { readonly isOptional?: boolean; readonly maxAction?: Action } = {},
): Promise<InstalledOptions> {
  const onUnknown = (problem: string): void => {
    stderr.write(
      `lockstep: the installation may ${maxAction === undefined ? 'limit the actions, ' : ''}leave out built-in policies or exclude namespaces, because ${problem}\n`,
    );
  };
  const settings = await readIfAllowed(cluster, namespace, isOptional, onUnknown);
  const paths = settings?.policyPaths.map(printable).join(', ') ?? '';
  if (paths !== '')
    stderr.write(
      `lockstep: the webhook also reads policies from ${paths} in its pod, so give a copy of them with --policy\n`,
    );
  return { ...(settings ?? DEFAULT_SETTINGS), ...(maxAction === undefined ? {} : { maxAction }) };
}

const DEFAULT_SETTINGS: InstalledOptions = {
  maxAction: 'Enforce',
  noBuiltin: [],
  policyPaths: [],
  warnOnlyUsers: [],
  excludedNamespaces: [],
};

async function readIfAllowed(
  cluster: Cluster,
  namespace: string,
  isOptional: boolean,
  onUnknown: (problem: string) => void,
): Promise<InstalledOptions | undefined> {
  try {
    const settings = await readInstalledOptions(cluster, namespace);
    if (settings === undefined && !isOptional)
      onUnknown(`there is no lockstep-webhook in the namespace ${namespace}`);
    return settings;
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    onUnknown(error.problem);
    return undefined;
  }
}
