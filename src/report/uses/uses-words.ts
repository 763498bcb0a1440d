import { printable } from '../printable.ts';

/** The limit of the view, in one sentence. */
export const notSeen = (namespace: string | undefined): string =>
  namespace === undefined
    ? 'not seen: clients of the API, such as operators and applications that read Secrets themselves'
    : `not seen: objects outside ${namespace}, and clients of the API, such as operators and applications that read Secrets themselves`;

export const unreadLine = (unread: readonly string[]): readonly string[] =>
  unread.length === 0 ? [] : [printable(`not read: ${unread.join(', ')}`)];

/** Limit of keys in a row. `-o wide` has all of them. */
const MAX_KEYS = 6;

/** `count` is the number of all keys, of which `keys` may be a part. */
export function keyList(keys: readonly string[], isWide: boolean, count = keys.length): string {
  const shown = isWide ? keys : keys.slice(0, MAX_KEYS);
  const others = count - shown.length;
  return printable(`${shown.join(', ')}${others > 0 ? ` and ${others} more` : ''}`);
}

export const jsonText = (object: object): string => `${JSON.stringify(object, undefined, 2)}\n`;
