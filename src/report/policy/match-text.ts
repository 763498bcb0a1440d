import type { MatchSpec } from '../../engine/policy/schema/schema.ts';

/** More names than this are counted: the list of one policy is as long as a page. */
const MAX_NAMES = 3;

/** The Secrets that a policy selects, as one phrase: "named app*, type Opaque". */
export function matchText(match: MatchSpec, most = MAX_NAMES): string {
  const { names, namespaces, types, hasKeys, hasAnyKey, server, labelSelector, namespaceSelector } = match;
  const parts = [
    names && `named ${listText(names, 'or', most)}`,
    namespaces && `in ${listText(namespaces, 'or', most)}`,
    types && `type ${listText(types, 'or', most)}`,
    hasKeys && `with ${listText(hasKeys, 'and', most)}`,
    hasAnyKey && `with ${listText(hasAnyKey, 'or', most)}`,
    server && `on a ${server} server`,
    labelSelector && 'with certain labels',
    namespaceSelector && 'in namespaces with certain labels',
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? 'all' : parts.join(', ');
}

export function listText(names: readonly string[], last: 'and' | 'or', most = MAX_NAMES): string {
  if (names.length > most) return `${names.slice(0, most).join(', ')} ${last} ${names.length - most} more`;
  const [end = '', ...before] = [...names].reverse();
  return before.length === 0 ? end : `${before.reverse().join(', ')} ${last} ${end}`;
}
