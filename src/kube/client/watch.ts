import { setTimeout as sleep } from 'node:timers/promises';
import type { LockstepError } from '../../errors.ts';
import { ApiStatusError, clusterError } from './api-error.ts';
import { type Cluster, METADATA, METADATA_LIST } from './connect.ts';
import { listPage } from './list-page.ts';
import type { OversizedObject } from './oversized-object.ts';
import { MalformedResponse, parseWatchEvent, resourceVersionOf, type WatchEvent } from './watch-events.ts';
import { watchLines } from './watch-lines.ts';

/** What is watched. */
export interface WatchTarget<Kept> {
  /** Of the collection. */
  readonly path: string;
  /** For messages. */
  readonly what: string;
  /** Nothing but their metadata is asked for. */
  readonly metadataOnly?: boolean;
  readonly fieldSelector?: string;
  /** Where the kind is not installed there is none of it: that is told as an empty list. */
  readonly isOptional?: boolean;
  /** What is kept of an object. May throw where it is none of these. */
  readonly parse: (object: unknown) => Kept;
}

/** Who is told. None of these may throw. */
export interface WatchHandler<Kept> {
  /** All that there are now; what was told before no longer counts. Where it takes a while, it is waited for. */
  readonly onReplaced: (all: readonly Kept[]) => void | Promise<void>;
  readonly onChanged: (one: Kept) => void;
  readonly onRemoved: (one: Kept) => void;
  /** An object is too large to be read, and nothing more is told of it. */
  readonly onOversized?: (oversized: OversizedObject) => void;
  /** From now on changes are told as they happen. Once after each `disconnected`, and once at the start. */
  readonly onConnected: () => void;
  /** Changes may go unseen until it is connected again. Told once, however often it is tried in vain. */
  readonly onDisconnected: (error: LockstepError) => void;
}

export interface WatchOptions {
  /** Ends it; nothing else does. */
  readonly signal: AbortSignal;
  /** From 0 to 1. */
  readonly random: () => number;
  /** How long nothing may come before it is begun again. Milliseconds. */
  readonly silence?: number;
  /** How long it has to be open to count as one, where the watch before ended at once. Milliseconds. */
  readonly proven?: number;
  readonly pause?: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
}

/** The API server sends a bookmark about once a minute, where it keeps a watch cache. Without a bookmark silence is no fault either. */
const SILENCE_TIMEOUT_MS = 100_000;
/** How long it may take to open a watch. */
const OPEN_TIMEOUT_MS = 30_000;
/** A watch that was open for so long is one, though nothing came. */
const STABLE_AFTER_MS = 2000;
/** The objects of one answer; fewer after answers that broke off, for a page of very large objects may take longer than the API server gives it. */
const PAGE_SIZE = 500;
const MIN_PAGE_SIZE = 8;
/** How long the API server keeps a watch open; by chance, so that replicas don't come back all at once. Seconds. */
const MIN_WATCH_SECONDS = 240;
const MAX_WATCH_SECONDS = 480;
/** Between two tries: twice as long after each, and by chance up to a half less. Milliseconds. */
const INITIAL_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 30_000;

/**
 *     list ── replaced ── watch ── changed, removed, … ── the server ends it ── watch from where it ended
 *      └─────────────────── pause ─── whatever goes wrong ──────────────────────────────┘
 *
 * After a connection that broke it goes on from where it was, once; after all else it lists anew. If nothing comes for a while it is opened anew, and
 * that is no news.
 */
export async function watch<Kept>(
  cluster: Cluster,
  target: WatchTarget<Kept>,
  handler: WatchHandler<Kept>,
  options: WatchOptions,
): Promise<void> {
  await new ResourceWatch(cluster, target, handler, options).run();
}

class ResourceWatch<Kept> {
  readonly #cluster: Cluster;
  readonly #target: WatchTarget<Kept>;
  readonly #handler: WatchHandler<Kept>;
  readonly #options: WatchOptions;
  #version: string | undefined;
  /** In a row, with nothing heard between. */
  #failures = 0;
  /** How often in a row the kind was said not to be there. */
  #notFoundCount = 0;
  /** It was told that there is none, because the kind is not there. */
  #reportedEmpty = false;
  #reported: 'connected' | 'disconnected' | undefined;
  /** The last watch ended as soon as it was opened. */
  #endedAtOnce = false;

  constructor(
    cluster: Cluster,
    target: WatchTarget<Kept>,
    handler: WatchHandler<Kept>,
    options: WatchOptions,
  ) {
    this.#cluster = cluster;
    this.#target = target;
    this.#handler = handler;
    this.#options = options;
  }

  async run(): Promise<void> {
    const { signal, random, pause: sleepFor = sleepUntilAborted } = this.#options;
    while (!signal.aborted) {
      try {
        this.#version ??= await this.#list();
        await this.#watch(this.#version);
      } catch (cause) {
        if (signal.aborted) return;
        this.#onFailure(cause);
        await sleepFor(backoffMs(this.#failures, random), signal);
      }
    }
  }

  /** Resolves with the version that the watch goes on from. */
  async #list(): Promise<string> {
    const all: Kept[] = [];
    let page = await this.#listPage('', all);
    while (page.next !== '') page = await this.#listPage(page.next, all);
    this.#reportedEmpty = false;
    this.#notFoundCount = 0;
    await this.#handler.onReplaced(all);
    return page.version;
  }

  /** `token`: of the page before; empty for the first one. */
  async #listPage(token: string, all: Kept[]): Promise<{ readonly next: string; readonly version: string }> {
    const { path, metadataOnly } = this.#target;
    const limit = Math.max(MIN_PAGE_SIZE, PAGE_SIZE >> (2 * this.#failures));
    const query = { limit, ...this.#selectorQuery(), ...(token === '' ? {} : { continue: token }) };
    let envelope: ListObject = {};
    const { signal } = this.#options;
    for await (const part of listPage(
      this.#cluster,
      { path, query, ...(metadataOnly && { accept: METADATA_LIST }) },
      { signal },
    )) {
      if ('item' in part) all.push(this.#parse(part.item));
      else if ('oversized' in part) this.#handler.onOversized?.(part.oversized);
      else envelope = (part.around ?? {}) as ListObject;
    }
    const version = resourceVersionOf(envelope);
    if (!isListOfItems(envelope) || version === undefined)
      throw new MalformedResponse('its answer is no list');
    const next = envelope.metadata?.continue;
    return { next: typeof next === 'string' ? next : '', version };
  }

  /** Resolves when the API server has ended it as it was asked to. */
  async #watch(resourceVersion: string): Promise<void> {
    const {
      signal,
      random,
      silence: silenceMs = SILENCE_TIMEOUT_MS,
      proven: stableAfterMs = STABLE_AFTER_MS,
    } = this.#options;
    const silenceAbort = new AbortController();
    const end = (): void => silenceAbort.abort(new DOMException('nothing came', 'TimeoutError'));
    let silenceTimer = setTimeout(end, Math.min(silenceMs, OPEN_TIMEOUT_MS));
    let stableTimer: NodeJS.Timeout | undefined;
    let isOpen = false;
    const { path, metadataOnly } = this.#target;
    const timeoutSeconds = Math.round(MIN_WATCH_SECONDS + random() * (MAX_WATCH_SECONDS - MIN_WATCH_SECONDS));
    const query = {
      watch: true,
      allowWatchBookmarks: true,
      resourceVersion: resourceVersion,
      timeoutSeconds,
      ...this.#selectorQuery(),
    };
    try {
      const body = await this.#cluster.open(
        { path, query, ...(metadataOnly && { accept: METADATA }) },
        AbortSignal.any([signal, silenceAbort.signal]),
      );
      isOpen = true;
      clearTimeout(silenceTimer);
      silenceTimer = setTimeout(end, silenceMs);
      // After a watch that ended at once this one is to stay open first: a proxy may end every one.
      if (!this.#endedAtOnce) this.#reportConnected();
      this.#endedAtOnce = true;
      stableTimer = setTimeout(() => this.#markStable(), stableAfterMs);
      for await (const line of watchLines(body)) {
        silenceTimer.refresh();
        const event = typeof line === 'string' ? parseWatchEvent(line) : undefined;
        this.#endedAtOnce = false;
        this.#reportConnected();
        if (event !== undefined) this.#applyEvent(event);
        else if (typeof line !== 'string') this.#handler.onOversized?.(line);
        this.#failures = 0;
      }
    } catch (cause) {
      if (!silenceAbort.signal.aborted) throw cause;
      if (!isOpen) throw silenceAbort.signal.reason;
      this.#endedAtOnce = false;
    } finally {
      clearTimeout(silenceTimer);
      clearTimeout(stableTimer);
    }
    // A proxy that ends every watch at once would be asked without end.
    if (this.#endedAtOnce) throw new Error('it ended the watch before anything came');
  }

  /** It has stayed open for a while. */
  #markStable(): void {
    this.#endedAtOnce = false;
    this.#failures = 0;
    this.#reportConnected();
  }

  #selectorQuery(): { readonly fieldSelector?: string } {
    const { fieldSelector } = this.#target;
    return fieldSelector === undefined ? {} : { fieldSelector };
  }

  #applyEvent({ type, object, version }: WatchEvent): void {
    if (type === 'DELETED') this.#handler.onRemoved(this.#parse(object));
    else if (type !== 'BOOKMARK') this.#handler.onChanged(this.#parse(object));
    this.#version = version;
  }

  #parse(object: unknown): Kept {
    try {
      return this.#target.parse(object);
    } catch {
      throw new MalformedResponse(`an object of its answer is none of ${this.#target.what}`);
    }
  }

  #reportConnected(): void {
    if (this.#reported === 'connected') return;
    this.#reported = 'connected';
    this.#handler.onConnected();
  }

  #onFailure(cause: unknown): void {
    this.#failures += 1;
    this.#notFoundCount = this.#isNotFound(cause) ? this.#notFoundCount + 1 : 0;
    // Of what was there before, one answer is not enough: an API server that starts may say so of everything.
    if (!this.#reportedEmpty && this.#notFoundCount > (this.#reported === undefined ? 0 : 1)) {
      this.#reportedEmpty = true;
      void this.#handler.onReplaced([]);
    }
    const isConnectionError = !(cause instanceof ApiStatusError || cause instanceof MalformedResponse);
    if (!isConnectionError || this.#failures > 1) this.#version = undefined;
    if (this.#reported === 'disconnected') return;
    this.#reported = 'disconnected';
    this.#handler.onDisconnected(clusterError(cause, this.#cluster.server, `watching ${this.#target.what}`));
  }

  #isNotFound(cause: unknown): boolean {
    return this.#target.isOptional === true && cause instanceof ApiStatusError && cause.status === 404;
  }
}

/** The API server spells an empty list of metadata `null`. */
const isListOfItems = ({ items }: ListObject): boolean => items === null || Array.isArray(items);

interface ListObject {
  readonly items?: readonly unknown[] | null;
  readonly metadata?: { readonly continue?: unknown };
}

function backoffMs(failures: number, random: () => number): number {
  return Math.min(MAX_BACKOFF_MS, INITIAL_BACKOFF_MS * 2 ** (failures - 1)) * (1 - random() / 2);
}

/** Ends early where the signal comes. */
const sleepUntilAborted = (milliseconds: number, signal: AbortSignal): Promise<unknown> =>
  sleep(milliseconds, undefined, { signal }).catch(() => {});
