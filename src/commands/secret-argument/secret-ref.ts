import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import { readCurrentNamespace } from '../../kube/client/kubeconfig.ts';
import type { SecretOptions } from '../cli/cluster-options.ts';
import type { Shell } from '../cli/shell.ts';
import { givenNamespace, type SecretArgument } from './secret-argument.ts';

/** The Secret in the namespace of the argument, of `-n`, or of the current context. Throws LockstepError. */
export const secretRefOf = (
  argument: SecretArgument,
  options: SecretOptions,
  { env }: Pick<Shell, 'env'>,
): SecretRef => ({
  namespace: givenNamespace(argument, options) ?? readCurrentNamespace({ ...options, env }),
  name: argument.name,
});
