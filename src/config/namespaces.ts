import { isNamespaceName, nearestNamespaceName } from '../engine/secret/name.ts';
import { LockstepError } from '../errors/errors.ts';

/** Throws BAD_OPTION. A pattern would match no namespace, and its user would not notice. */
export function parseNamespaces(names: readonly string[], optionName: string): readonly string[] {
  const wrong = names.find((name) => !isNamespaceName(name));
  if (wrong === undefined) return names;
  const nearest = nearestNamespaceName(wrong);
  const suggestion = nearest === undefined ? '' : `: did you mean ${nearest}?`;
  throw new LockstepError('BAD_OPTION', [
    optionName,
    `must be names of namespaces, not ${wrong}${suggestion}`,
  ]);
}
