import { InvalidArgumentError } from 'commander';
import { isNamespaceName, isObjectName } from '../../engine/secret/name.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';

/** The argument NAMESPACE/NAME of a command. A guessed namespace could write another team's Secret. */
export function secretRefArgument(text: string): SecretRef {
  const [namespace = '', name = '', ...more] = text.split('/');
  if (more.length > 0 || !isNamespaceName(namespace) || !isObjectName(name))
    throw new InvalidArgumentError('Write NAMESPACE/NAME of a Secret, e.g. shop/app.');
  return { namespace, name };
}
