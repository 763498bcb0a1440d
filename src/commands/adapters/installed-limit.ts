import type { Action } from '../../engine/finding/finding.ts';
import { LockstepError } from '../../errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { readWebhookSettings } from '../../kube/objects/own-deployments.ts';
import { OWN_NAMESPACE } from '../cli/cli-context.ts';
import type { Shell } from '../cli/shell.ts';

/**
 * The strongest action that the installation allows. Enforce without an installation, or without the right to read it:
 * a user who may read policies need not be allowed to read the Deployment.
 */
export async function readInstalledLimit(
  cluster: Cluster,
  { stderr }: Pick<Shell, 'stderr'>,
): Promise<Action> {
  try {
    return (await readWebhookSettings(cluster, OWN_NAMESPACE))?.maxAction ?? 'Enforce';
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    stderr.write(`lockstep: the actions may be limited by the installation, because ${error.problem}\n`);
    return 'Enforce';
  }
}
