import { InvalidArgumentError } from 'commander';
import type { SecretPlace } from '../../kube/secrets/stored-secrets.ts';

/** RFC 1123: of a namespace, and of a Secret. */
const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LONGEST_NAME = 253;

/** The argument NAMESPACE/NAME of a command. The namespace is never guessed: what is written would be somebody else's Secret. */
export function secretPlace(text: string): SecretPlace {
  const [namespace = '', name = '', ...more] = text.split('/');
  if (more.length > 0 || !NAMESPACE.test(namespace) || !NAME.test(name) || name.length > LONGEST_NAME)
    throw new InvalidArgumentError('Write NAMESPACE/NAME of a Secret, e.g. shop/app.');
  return { namespace, name };
}
