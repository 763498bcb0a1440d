import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import type { SecretOptions } from '../cli/cluster-options.ts';
import type { Shell } from '../cli/shell.ts';
import type { SecretArgument } from './secret-argument.ts';

/** The Secret of a command line. The reader of kubeconfigs loads when it runs. Throws LockstepError. */
export async function loadSecretRef(
  argument: SecretArgument,
  options: SecretOptions,
  shell: Pick<Shell, 'env'>,
): Promise<SecretRef> {
  const { secretRefOf } = await import('./secret-ref.ts');
  return secretRefOf(argument, options, shell);
}
