import { printable } from '../printable.ts';

/** The limit of the view, in one sentence. */
export const notSeen = (namespace: string | undefined): string =>
  namespace === undefined
    ? 'not seen: clients of the API, such as operators and applications that read Secrets themselves'
    : `not seen: objects outside ${namespace}, and clients of the API, such as operators and applications that read Secrets themselves`;

export const unreadLine = (unread: readonly string[]): readonly string[] =>
  unread.length === 0 ? [] : [printable(`not read: ${unread.join(', ')}`)];

export const jsonText = (object: object): string => `${JSON.stringify(object, undefined, 2)}\n`;
