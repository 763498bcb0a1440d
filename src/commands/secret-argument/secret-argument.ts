import { Argument, InvalidArgumentError } from 'commander';
import { isNamespaceName, isObjectName } from '../../engine/secret/kubernetes/name.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import { LockstepError } from '../../errors/errors.ts';
import type { SecretOptions } from '../cli/cluster-options.ts';
import type { Shell } from '../cli/shell.ts';

/** A Secret as a user names it. */
export interface SecretArgument {
  /** Undefined: the namespace of `-n`, or the current one of kubectl. */
  readonly namespace: string | undefined;
  readonly name: string;
}

export const secretArgument = (name: '<secret>' | '[secret]'): Argument =>
  new Argument(name, 'the Secret: app, secret/app or shop/app').argParser(parseSecretArgument);

/**
 * Parses `app`, `secret/app` as kubectl writes a resource, and `NAMESPACE/NAME`. For a namespace with the name of the
 * resource, the user gives `-n secret`.
 */
export function parseSecretArgument(text: string): SecretArgument {
  const [name = '', first, ...more] = text.split('/').reverse();
  if (more.length > 0 || !isObjectName(name) || !(first === undefined || isPrefix(first)))
    throw new InvalidArgumentError('Write the name of a Secret: app, secret/app or shop/app.');
  return { namespace: first === undefined || isResource(first) ? undefined : first, name };
}

const isPrefix = (text: string): boolean => isResource(text) || isNamespaceName(text);

/** kubectl also accepts the kind. */
const isResource = (text: string): boolean => ['secret', 'secrets', 'Secret'].includes(text);

/** A person gives the object that reads the Secret, as for kubectl. Without `-n`, a namespace can have this name. */
const isWorkload = (text: string): boolean =>
  /^(?:deploy(?:ment)?|sts|statefulset|ds|daemonset|job|cronjob|pod|po|postgrescredential|pgcred)s?$/i.test(
    text,
  );

/** The Secret in the namespace of the argument, of `-n`, or of the current context. Throws LockstepError. */
export async function secretRefOf(
  argument: SecretArgument,
  options: SecretOptions,
  { env }: Pick<Shell, 'env'>,
): Promise<SecretRef> {
  const { readCurrentNamespace } = await import('../../kube/client/kubeconfig.ts');
  const namespace = givenNamespace(argument, options) ?? readCurrentNamespace({ ...options, env });
  return { namespace, name: argument.name };
}

/** The namespace of the argument or of `-n`. Throws BAD_OPTION if they differ. */
export function givenNamespace(
  { namespace, name }: SecretArgument,
  options: { readonly namespace?: string },
): string | undefined {
  if (namespace === undefined || options.namespace === undefined || namespace === options.namespace)
    return namespace ?? options.namespace;
  if (isWorkload(namespace))
    throw new LockstepError('BAD_OPTION', [
      `${namespace}/${name}`,
      `is no Secret: name the Secret that it reads, as ${options.namespace}/SECRET`,
    ]);
  throw new LockstepError('BAD_OPTION', [
    '-n',
    `${options.namespace} is not the namespace of ${namespace}/${name}: leave one of them out`,
  ]);
}
