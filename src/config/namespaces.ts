import { LockstepError } from '../errors.ts';

/** A pattern would match no namespace, and its user would not notice. */
const NAMESPACE_NAME = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

/** Throws BAD_OPTION. */
export function parseNamespaces(names: readonly string[], optionName: string): readonly string[] {
  const wrong = names.find((name) => !NAMESPACE_NAME.test(name));
  if (wrong === undefined) return names;
  throw new LockstepError('BAD_OPTION', [optionName, `must be names of namespaces, not ${wrong}`]);
}
