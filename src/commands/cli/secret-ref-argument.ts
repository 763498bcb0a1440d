import { InvalidArgumentError } from 'commander';
import type { SecretRef } from '../../kube/secrets/stored-secrets.ts';

/** RFC 1123, for a namespace and for a Secret. */
const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const MAX_NAME_LENGTH = 253;

/** The argument NAMESPACE/NAME of a command. A guessed namespace could write another team's Secret. */
export function secretRefArgument(text: string): SecretRef {
  const [namespace = '', name = '', ...more] = text.split('/');
  if (more.length > 0 || !NAMESPACE.test(namespace) || !NAME.test(name) || name.length > MAX_NAME_LENGTH)
    throw new InvalidArgumentError('Write NAMESPACE/NAME of a Secret, e.g. shop/app.');
  return { namespace, name };
}
