import { LockstepError } from '../../errors/errors.ts';
import { hasActiveController } from '../../kube/client/lease.ts';
import type { SecretChangeOptions } from './options.ts';
import type { SecretRun } from './run.ts';

/**
 * Throws NO_CONTROLLER if no controller leads: only a controller changes a Secret. A user without the right to read the
 * Lease does not know it, and the request then waits for a controller.
 */
export async function requireController({
  cluster,
  options,
}: Pick<SecretRun, 'cluster' | 'options'>): Promise<void> {
  const { lockstepNamespace } = options;
  if ((await hasActiveController(cluster, lockstepNamespace)) === false)
    throw new LockstepError('NO_CONTROLLER', [lockstepNamespace, controllerCommand(options)]);
}

/** The command that starts a controller for the same cluster. */
function controllerCommand({ kubeconfig, context, lockstepNamespace }: SecretChangeOptions): string {
  return [
    'lockstep controller',
    ...(kubeconfig === undefined ? [] : [`--kubeconfig ${kubeconfig}`]),
    ...(context === undefined ? [] : [`--context ${context}`]),
    ...(lockstepNamespace === DEFAULT_NAMESPACE ? [] : [`--lockstep-namespace ${lockstepNamespace}`]),
  ].join(' ');
}

const DEFAULT_NAMESPACE = 'lockstep-system';
