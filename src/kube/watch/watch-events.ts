import { ApiStatusError } from '../client/api-error.ts';

/** The response is no valid watch event, so the watch must list again. */
export class MalformedResponse extends Error {}

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: unknown;
  /** The version from which the watch can continue. */
  readonly version: string;
}

const EVENT_TYPES: readonly string[] = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK'];

/**
 * Throws MalformedResponse. An error in place of an event becomes an ApiStatusError: mostly the version is too old.
 */
export function parseWatchEvent(line: string): WatchEvent {
  const { type, object } = parseLine(line);
  if (type === 'ERROR') throw new ApiStatusError(statusCodeOf(object), JSON.stringify(object));
  const version = resourceVersionOf(object);
  if (!EVENT_TYPES.includes(type ?? '') || version === undefined) {
    throw new MalformedResponse('a line of its answer is no event');
  }
  return { type: type as WatchEvent['type'], object, version };
}

function resourceVersionOf(object: unknown): string | undefined {
  const version = (object as Partial<VersionedObject> | null | undefined)?.metadata?.resourceVersion;
  return typeof version === 'string' && version !== '' ? version : undefined;
}

interface VersionedObject {
  readonly metadata: { readonly resourceVersion?: unknown } | null;
}

/** The parser's own message quotes the text. */
function parseLine(line: string): { readonly type?: string; readonly object?: unknown } {
  try {
    const event: unknown = JSON.parse(line);
    return typeof event === 'object' && event !== null ? event : {};
  } catch {
    throw new MalformedResponse('a line of its answer is no JSON');
  }
}

function statusCodeOf(status: unknown): number {
  const code = (status as { readonly code?: unknown } | null | undefined)?.code;
  return typeof code === 'number' ? code : 500;
}
