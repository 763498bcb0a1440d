import { setTimeout as sleep } from 'node:timers/promises';
import { LockstepError } from '../../errors.ts';
import { failure, Refusal } from './api-error.ts';
import type { Call, Cluster } from './connect.ts';
import { listPage, type PageOptions } from './list-page.ts';
import { parsed } from './list-splitter.ts';
import type { Oversized } from './oversized-object.ts';

/** What is listed. */
export interface Listed extends Pick<Call, 'path' | 'accept'> {
  /** For messages, with where: `secrets in all namespaces`. */
  readonly what: string;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
  /** Where the kind is not installed there is none of it. */
  readonly isOptional?: boolean;
}

export interface ListOptions extends PageOptions {
  /** Ends it, with READ_STOPPED. */
  readonly signal?: AbortSignal | undefined;
  /** Between two tries. Milliseconds. */
  readonly pause?: (milliseconds: number, signal: AbortSignal | undefined) => Promise<unknown>;
  /** The API server gave no answer, or not to its end: it is asked again. */
  readonly onRetry?: () => void;
  /** An object is too large to be read, and is left out. */
  readonly onOversized?: (oversized: Oversized) => void;
  /** The page after this one is of a later state than those before: reading took longer than etcd keeps the past. */
  readonly onExpired?: () => void;
}

/** As kubectl: `--chunk-size`. */
const PAGE = 500;
/** A page of very large objects may take longer than the API server gives a call: after each one that broke off, a smaller one is asked for. */
const SHRINK = 4;
/** What was not answered at all is asked for three times in all. Milliseconds before each further try. */
const PAUSES = [1000, 2000];
/** An API server that says that it is busy, or behind etcd, says so to be asked again. */
const BUSY_PAUSES = [1000, 2000, 4000, 8000];

/** A signal ends it early. */
const pauseFor = (milliseconds: number, signal: AbortSignal | undefined): Promise<unknown> =>
  sleep(milliseconds, undefined, { signal }).catch(() => {});

/**
 * The objects of a collection, as parsed, one after the other; at no time more than one is held. A page that breaks off is asked for again,
 * a few times, and what was handed out of it is not handed out again. Throws LockstepError.
 */
export async function* list(
  cluster: Cluster,
  listed: Listed,
  options: ListOptions = {},
): AsyncGenerator<unknown> {
  const { signal, pause = pauseFor, onRetry = () => {}, onExpired = () => {} } = options;
  let place: Place = { token: '', last: '', limit: PAGE };
  for (let failures = 0; ; ) {
    const before = place.last;
    try {
      for await (const step of readPage(cluster, listed, place, options)) {
        place = step.place;
        if ('item' in step) yield step.item;
      }
      if (place.token === '') return;
      failures = 0;
      place = { ...place, limit: Math.min(PAGE, place.limit * 2) };
    } catch (cause) {
      if (signal?.aborted === true) throw new LockstepError('READ_STOPPED');
      if (listed.isOptional === true && cause instanceof Refusal && cause.status === 404) return;
      const token = laterToken(cause);
      if (token !== undefined) onExpired();
      // What has moved on may fail as often again.
      failures = place.last === before ? failures + 1 : 1;
      const milliseconds = (cause instanceof Refusal ? BUSY_PAUSES : PAUSES)[failures - 1];
      if (!isPassing(cause) || milliseconds === undefined) throw explained(cause, cluster, listed);
      const limit = cause instanceof Refusal ? place.limit : Math.max(1, Math.floor(place.limit / SHRINK));
      place = { ...place, limit, token: token ?? place.token, isSeen: true };
      if (token !== undefined) continue;
      onRetry();
      await pause(milliseconds, signal);
    }
  }
}

/** How far a list was read. */
interface Place {
  /** What the API server gave to ask for the next page; empty before the first, and after the last. */
  readonly token: string;
  /** `namespace/name` of the last object that was handed out: the API server lists in this order. */
  readonly last: string;
  /** How many objects are asked for. */
  readonly limit: number;
  /** Objects of this page may have been handed out already. */
  readonly isSeen?: boolean;
}

type Step = { readonly place: Place; readonly item: unknown } | { readonly place: Place };

async function* readPage(
  cluster: Cluster,
  { path, accept, fieldSelector, labelSelector }: Listed,
  place: Place,
  options: ListOptions,
): AsyncGenerator<Step> {
  const query = {
    limit: place.limit,
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(place.token === '' ? {} : { continue: place.token }),
  };
  let { last } = place;
  for await (const part of listPage(cluster, { path, query, ...(accept && { accept }) }, options)) {
    if ('around' in part) {
      yield { place: { token: nextToken(listOf(part.around)), last, limit: place.limit } };
      continue;
    }
    const key = 'item' in part ? keyOf(part.item) : `${part.oversized.namespace}/${part.oversized.name}`;
    if (place.isSeen === true && key <= last) continue;
    last = key;
    if ('item' in part) yield { place: { ...place, last }, item: part.item };
    else {
      options.onOversized?.(part.oversized);
      yield { place: { ...place, last } };
    }
  }
}

/** What stands before an API server may answer with something else, and no items would be a clean cluster. */
function listOf(around: unknown): unknown {
  const { kind } = (around ?? {}) as { readonly kind?: unknown };
  if (typeof kind !== 'string' || !kind.endsWith('List')) throw new Error('its answer is no list');
  return around;
}

interface Meta {
  readonly metadata?: { readonly namespace?: string; readonly name?: string; readonly continue?: string };
}

const keyOf = (item: unknown): string => {
  const { namespace = '', name = '' } = (item as Meta).metadata ?? {};
  return `${namespace}/${name}`;
};

const nextToken = (around: unknown): string => (around as Meta).metadata?.continue ?? '';

/** Of a token that has expired the API server says with which one to go on, from the same place in a later state. */
function laterToken(cause: unknown): string | undefined {
  if (!(cause instanceof Refusal) || cause.status !== 410) return undefined;
  try {
    return nextToken(parsed(cause.body)) || undefined;
  } catch {
    return undefined;
  }
}

/** Another try may go better. */
function isPassing(cause: unknown): boolean {
  if (!(cause instanceof Refusal)) return true;
  return cause.status === 429 || cause.status >= 500 || laterToken(cause) !== undefined;
}

function explained(cause: unknown, { server }: Cluster, { what }: Listed): LockstepError {
  if (cause instanceof Refusal && cause.status === 403)
    return new LockstepError('READ_FORBIDDEN', [`list ${what}`]);
  return failure(cause, server, `listing ${what}`);
}
