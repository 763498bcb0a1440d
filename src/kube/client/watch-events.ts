import { Refusal } from './api-error.ts';

/** What came is not what a watch says: where things stand is to be asked anew. */
export class Unreadable extends Error {}

/** One line of a watch. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: unknown;
  /** From here on the watch can be taken up again. */
  readonly version: string;
}

const TYPES: readonly string[] = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK'];

/** Throws Unreadable, and what the API server says in place of an event, as a Refusal: mostly that the version is too old. */
export function readEvent(line: string): WatchEvent {
  const { type, object } = parsed(line);
  if (type === 'ERROR') throw new Refusal(codeOf(object), JSON.stringify(object));
  const version = versionOf(object);
  if (!TYPES.includes(type ?? '') || version === undefined) {
    throw new Unreadable('a line of its answer is no event');
  }
  return { type: type as WatchEvent['type'], object, version };
}

export function versionOf(object: unknown): string | undefined {
  const version = (object as Partial<Versioned> | null | undefined)?.metadata?.resourceVersion;
  return typeof version === 'string' && version !== '' ? version : undefined;
}

interface Versioned {
  readonly metadata: { readonly resourceVersion?: unknown } | null;
}

/** The parser's own message quotes the text. */
function parsed(line: string): { readonly type?: string; readonly object?: unknown } {
  try {
    const event: unknown = JSON.parse(line);
    return typeof event === 'object' && event !== null ? event : {};
  } catch {
    throw new Unreadable('a line of its answer is no JSON');
  }
}

function codeOf(status: unknown): number {
  const code = (status as { readonly code?: unknown } | null | undefined)?.code;
  return typeof code === 'number' ? code : 500;
}
