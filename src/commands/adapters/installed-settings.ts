import { LockstepError } from '../../errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { readWebhookSettings, type WebhookSettings } from '../../kube/objects/own-deployments.ts';
import { printable } from '../../report/printable.ts';
import type { Shell } from '../cli/shell.ts';

/**
 * The settings of the installed webhook. A user who may read policies need not be allowed to read its Deployment: then
 * one sentence states what is unknown, and the defaults apply. `isOptional`: the command makes sense without an
 * installation too.
 */
export async function readInstalledSettings(
  cluster: Cluster,
  namespace: string,
  { stderr }: Pick<Shell, 'stderr'>,
  { isOptional = false }: { readonly isOptional?: boolean } = {},
): Promise<WebhookSettings> {
  const onUnknown = (problem: string): void => {
    stderr.write(
      `lockstep: the installation may limit the actions or leave out built-in policies, because ${problem}\n`,
    );
  };
  const settings = await readIfAllowed(cluster, namespace, isOptional, onUnknown);
  const paths = settings?.policyPaths.map(printable).join(', ') ?? '';
  if (paths !== '')
    stderr.write(
      `lockstep: the webhook also reads policies from ${paths} in its pod, so give a copy of them with --policy\n`,
    );
  return (
    settings ?? {
      maxAction: 'Enforce',
      noBuiltin: [],
      policyPaths: [],
      warnOnlyUsers: [],
      excludedNamespaces: [],
    }
  );
}

async function readIfAllowed(
  cluster: Cluster,
  namespace: string,
  isOptional: boolean,
  onUnknown: (problem: string) => void,
): Promise<WebhookSettings | undefined> {
  try {
    const settings = await readWebhookSettings(cluster, namespace);
    if (settings === undefined && !isOptional)
      onUnknown(`there is no lockstep-webhook in the namespace ${namespace}`);
    return settings;
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    onUnknown(error.problem);
    return undefined;
  }
}
