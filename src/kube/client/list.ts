import { LockstepError } from '../../errors/errors.ts';
import { sleepUntilAborted } from '../../sleep.ts';
import { ApiStatusError, clusterError, hasStatus, statusIn } from './api-error.ts';
import type { ApiCall, Cluster } from './connect.ts';
import { listPage, type PageOptions } from './list-page.ts';
import type { OversizedObject } from './oversized-object.ts';
import { roleCommand } from './role-command.ts';

export interface ListTarget extends Pick<ApiCall, 'path' | 'accept'> {
  /** The objects and their scope, for messages: `secrets in all namespaces`. */
  readonly what: string;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
  /** If the kind is not installed, the list is empty. */
  readonly isOptional?: boolean;
}

export interface ListOptions extends PageOptions {
  /** Ends the list with READ_STOPPED. */
  readonly signal?: AbortSignal | undefined;
  /** Waits between two attempts. */
  readonly pause?: (milliseconds: number, signal: AbortSignal | undefined) => Promise<unknown>;
  /** The API server sent no answer, or an incomplete one. The request is repeated. */
  readonly onRetry?: () => void;
  /** An object is too large to read, and is left out. */
  readonly onOversized?: (oversized: OversizedObject) => void;
  /**
   * The next page shows a later state than the pages before, because the list took longer than etcd keeps old versions.
   */
  readonly onExpired?: () => void;
}

/** The default of kubectl's `--chunk-size`. */
const PAGE_SIZE = 500;
/**
 * A page of very large objects may take longer than the API server allows. After each page that broke off, the next one
 * is smaller.
 */
const SHRINK_FACTOR = 4;
/** A request without an answer is sent three times in all. */
const RETRY_DELAYS_MS = [1000, 2000];
/** An API server that is busy, or waits for etcd, asks the client to try again. */
const BUSY_RETRY_DELAYS_MS = [1000, 2000, 4000, 8000];

/**
 * The parsed objects of a collection, one at a time. A page that breaks off is requested again a few times, and no
 * object is returned twice. Throws LockstepError.
 */
export async function* list(
  cluster: Cluster,
  target: ListTarget,
  options: ListOptions = {},
): AsyncGenerator<unknown> {
  const { signal, pause: sleepFor = sleepUntilAborted, onRetry = () => {}, onExpired = () => {} } = options;
  let position: ListPosition = { token: '', lastKey: '', limit: PAGE_SIZE };
  for (let failures = 0; ; ) {
    const lastKeyBefore = position.lastKey;
    try {
      for await (const step of readPage(cluster, target, position, options)) {
        position = step.position;
        if ('item' in step) yield step.item;
      }
      if (position.token === '') return;
      failures = 0;
      position = { ...position, limit: Math.min(PAGE_SIZE, position.limit * 2) };
    } catch (cause) {
      if (signal?.aborted === true) throw new LockstepError('READ_STOPPED');
      if (target.isOptional === true && hasStatus(cause, 404)) return;
      const token = refreshedToken(cause);
      if (token !== undefined) onExpired();
      // A list that made progress gets all attempts again.
      failures = position.lastKey === lastKeyBefore ? failures + 1 : 1;
      const delayMs = (cause instanceof ApiStatusError ? BUSY_RETRY_DELAYS_MS : RETRY_DELAYS_MS)[
        failures - 1
      ];
      if (!isRetryable(cause) || delayMs === undefined) throw listError(cause, cluster, target);
      const limit =
        cause instanceof ApiStatusError
          ? position.limit
          : Math.max(1, Math.floor(position.limit / SHRINK_FACTOR));
      position = { ...position, limit, token: token ?? position.token, mayRepeat: true };
      if (token !== undefined) continue;
      onRetry();
      await sleepFor(delayMs, signal);
    }
  }
}

interface ListPosition {
  /** The API server's token for the next page. Empty before the first page and after the last. */
  readonly token: string;
  /** `namespace/name` of the last returned object. The API server lists in this order. */
  readonly lastKey: string;
  /** The size of the next page. */
  readonly limit: number;
  /** Objects of this page may have been returned already. */
  readonly mayRepeat?: boolean;
}

type ListStep =
  | { readonly position: ListPosition; readonly item: unknown }
  | { readonly position: ListPosition };

async function* readPage(
  cluster: Cluster,
  { path, accept, fieldSelector, labelSelector }: ListTarget,
  position: ListPosition,
  options: ListOptions,
): AsyncGenerator<ListStep> {
  const query = {
    limit: position.limit,
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(position.token === '' ? {} : { continue: position.token }),
  };
  let { lastKey } = position;
  for await (const part of listPage(cluster, { path, query, ...(accept && { accept }) }, options)) {
    if ('end' in part) {
      yield { position: { token: part.end.next, lastKey, limit: position.limit } };
      continue;
    }
    const key = 'item' in part ? keyOf(part.item) : `${part.oversized.namespace}/${part.oversized.name}`;
    if (position.mayRepeat === true && key <= lastKey) continue;
    lastKey = key;
    if ('item' in part) yield { position: { ...position, lastKey }, item: part.item };
    else {
      options.onOversized?.(part.oversized);
      yield { position: { ...position, lastKey } };
    }
  }
}

interface ListedObject {
  readonly metadata?: { readonly namespace?: string; readonly name?: string };
}

const keyOf = (item: unknown): string => {
  const { namespace = '', name = '' } = (item as ListedObject).metadata ?? {};
  return `${namespace}/${name}`;
};

/** The answer to an expired token holds a new one, which continues from the same place in a later state. */
function refreshedToken(cause: unknown): string | undefined {
  if (!(cause instanceof ApiStatusError) || cause.status !== 410) return undefined;
  return statusIn(cause).metadata?.continue || undefined;
}

/** Whether another attempt may succeed. */
function isRetryable(cause: unknown): boolean {
  // The kubeconfig is at fault, so that another attempt fails too.
  if (cause instanceof LockstepError) return false;
  if (!(cause instanceof ApiStatusError)) return true;
  return cause.status === 429 || cause.status >= 500 || refreshedToken(cause) !== undefined;
}

function listError(cause: unknown, { server }: Cluster, { what, path }: ListTarget): LockstepError {
  if (hasStatus(cause, 403))
    return new LockstepError('READ_FORBIDDEN', [`list ${what}`, roleCommand('list', path)]);
  return clusterError(cause, server, `listing ${what}`);
}
