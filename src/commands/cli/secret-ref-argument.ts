import { InvalidArgumentError } from 'commander';
import type { SecretRef } from '../../kube/secrets/stored-secrets.ts';

/** RFC 1123: of a namespace, and of a Secret. */
const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const MAX_NAME_LENGTH = 253;

/** The argument NAMESPACE/NAME of a command. The namespace is never guessed: what is written would be somebody else's Secret. */
export function secretRefArgument(text: string): SecretRef {
  const [namespace = '', name = '', ...more] = text.split('/');
  if (more.length > 0 || !NAMESPACE.test(namespace) || !NAME.test(name) || name.length > MAX_NAME_LENGTH)
    throw new InvalidArgumentError('Write NAMESPACE/NAME of a Secret, e.g. shop/app.');
  return { namespace, name };
}
