import { setTimeout as sleep } from 'node:timers/promises';
import type { LockstepError } from '../../errors.ts';
import { failure, Refusal } from './api-error.ts';
import { type Cluster, METADATA, METADATA_LIST } from './connect.ts';
import { listPage } from './list-page.ts';
import type { Oversized } from './oversized-object.ts';
import { readEvent, Unreadable, versionOf, type WatchEvent } from './watch-events.ts';
import { linesOf } from './watch-lines.ts';

/** What is watched. */
export interface Watched<Kept> {
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
  readonly keep: (object: unknown) => Kept;
}

/** Who is told. None of these may throw. */
export interface Watcher<Kept> {
  /** All that there are now; what was told before no longer counts. Where it takes a while, it is waited for. */
  readonly replaced: (all: readonly Kept[]) => void | Promise<void>;
  readonly changed: (one: Kept) => void;
  readonly removed: (one: Kept) => void;
  /** An object is too large to be read, and nothing more is told of it. */
  readonly oversized?: (oversized: Oversized) => void;
  /** From now on changes are told as they happen. Once after each `disconnected`, and once at the start. */
  readonly connected: () => void;
  /** Changes may go unseen until it is connected again. Told once, however often it is tried in vain. */
  readonly disconnected: (error: LockstepError) => void;
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
const SILENCE_MS = 100_000;
/** How long it may take to open a watch. */
const OPENING_MS = 30_000;
/** A watch that was open for so long is one, though nothing came. */
const PROVEN_MS = 2000;
/** The objects of one answer; fewer after answers that broke off, for a page of very large objects may take longer than the API server gives it. */
const PAGE = 500;
const SMALLEST_PAGE = 8;
/** How long the API server keeps a watch open; by chance, so that replicas don't come back all at once. Seconds. */
const SHORTEST_WATCH = 240;
const LONGEST_WATCH = 480;
/** Between two tries: twice as long after each, and by chance up to a half less. Milliseconds. */
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30_000;

/**
 *     list ── replaced ── watch ── changed, removed, … ── the server ends it ── watch from where it ended
 *      └─────────────────── pause ─── whatever goes wrong ──────────────────────────────┘
 *
 * After a connection that broke it goes on from where it was, once; after all else it lists anew. If nothing comes for a while it is opened anew, and
 * that is no news.
 */
export async function watch<Kept>(
  cluster: Cluster,
  watched: Watched<Kept>,
  watcher: Watcher<Kept>,
  options: WatchOptions,
): Promise<void> {
  await new Watch(cluster, watched, watcher, options).run();
}

class Watch<Kept> {
  readonly #cluster: Cluster;
  readonly #watched: Watched<Kept>;
  readonly #watcher: Watcher<Kept>;
  readonly #options: WatchOptions;
  #version: string | undefined;
  /** In a row, with nothing heard between. */
  #failures = 0;
  /** How often in a row the kind was said not to be there. */
  #absences = 0;
  /** It was told that there is none, because the kind is not there. */
  #isEmptied = false;
  #told: 'connected' | 'disconnected' | undefined;
  /** The last watch ended as soon as it was opened. */
  #isHollow = false;

  constructor(cluster: Cluster, watched: Watched<Kept>, watcher: Watcher<Kept>, options: WatchOptions) {
    this.#cluster = cluster;
    this.#watched = watched;
    this.#watcher = watcher;
    this.#options = options;
  }

  async run(): Promise<void> {
    const { signal, random, pause = pauseFor } = this.#options;
    while (!signal.aborted) {
      try {
        this.#version ??= await this.#list();
        await this.#follow(this.#version);
      } catch (cause) {
        if (signal.aborted) return;
        this.#fail(cause);
        await pause(pauseAfter(this.#failures, random), signal);
      }
    }
  }

  /** Resolves with the version that the watch goes on from. */
  async #list(): Promise<string> {
    const all: Kept[] = [];
    let page = await this.#page('', all);
    while (page.next !== '') page = await this.#page(page.next, all);
    this.#isEmptied = false;
    this.#absences = 0;
    await this.#watcher.replaced(all);
    return page.version;
  }

  /** `token`: of the page before; empty for the first one. */
  async #page(token: string, all: Kept[]): Promise<{ readonly next: string; readonly version: string }> {
    const { path, metadataOnly } = this.#watched;
    const limit = Math.max(SMALLEST_PAGE, PAGE >> (2 * this.#failures));
    const query = { limit, ...this.#selector(), ...(token === '' ? {} : { continue: token }) };
    let around: List = {};
    const { signal } = this.#options;
    for await (const part of listPage(
      this.#cluster,
      { path, query, ...(metadataOnly && { accept: METADATA_LIST }) },
      { signal },
    )) {
      if ('item' in part) all.push(this.#keep(part.item));
      else if ('oversized' in part) this.#watcher.oversized?.(part.oversized);
      else around = (part.around ?? {}) as List;
    }
    const version = versionOf(around);
    if (!isListOfItems(around) || version === undefined) throw new Unreadable('its answer is no list');
    const next = around.metadata?.continue;
    return { next: typeof next === 'string' ? next : '', version };
  }

  /** Resolves when the API server has ended it as it was asked to. */
  async #follow(from: string): Promise<void> {
    const { signal, random, silence = SILENCE_MS, proven = PROVEN_MS } = this.#options;
    const silent = new AbortController();
    const end = (): void => silent.abort(new DOMException('nothing came', 'TimeoutError'));
    let patience = setTimeout(end, Math.min(silence, OPENING_MS));
    let proving: NodeJS.Timeout | undefined;
    let isOpen = false;
    const { path, metadataOnly } = this.#watched;
    const timeoutSeconds = Math.round(SHORTEST_WATCH + random() * (LONGEST_WATCH - SHORTEST_WATCH));
    const query = {
      watch: true,
      allowWatchBookmarks: true,
      resourceVersion: from,
      timeoutSeconds,
      ...this.#selector(),
    };
    try {
      const body = await this.#cluster.open(
        { path, query, ...(metadataOnly && { accept: METADATA }) },
        AbortSignal.any([signal, silent.signal]),
      );
      isOpen = true;
      clearTimeout(patience);
      patience = setTimeout(end, silence);
      // After a watch that ended at once this one is to stay open first: a proxy may end every one.
      if (!this.#isHollow) this.#connect();
      this.#isHollow = true;
      proving = setTimeout(() => this.#prove(), proven);
      for await (const line of linesOf(body)) {
        patience.refresh();
        const event = typeof line === 'string' ? readEvent(line) : undefined;
        this.#isHollow = false;
        this.#connect();
        if (event !== undefined) this.#take(event);
        else if (typeof line !== 'string') this.#watcher.oversized?.(line);
        this.#failures = 0;
      }
    } catch (cause) {
      if (!silent.signal.aborted) throw cause;
      if (!isOpen) throw silent.signal.reason;
      this.#isHollow = false;
    } finally {
      clearTimeout(patience);
      clearTimeout(proving);
    }
    // A proxy that ends every watch at once would be asked without end.
    if (this.#isHollow) throw new Error('it ended the watch before anything came');
  }

  /** It has stayed open for a while. */
  #prove(): void {
    this.#isHollow = false;
    this.#failures = 0;
    this.#connect();
  }

  #selector(): { readonly fieldSelector?: string } {
    const { fieldSelector } = this.#watched;
    return fieldSelector === undefined ? {} : { fieldSelector };
  }

  #take({ type, object, version }: WatchEvent): void {
    if (type === 'DELETED') this.#watcher.removed(this.#keep(object));
    else if (type !== 'BOOKMARK') this.#watcher.changed(this.#keep(object));
    this.#version = version;
  }

  #keep(object: unknown): Kept {
    try {
      return this.#watched.keep(object);
    } catch {
      throw new Unreadable(`an object of its answer is none of ${this.#watched.what}`);
    }
  }

  #connect(): void {
    if (this.#told === 'connected') return;
    this.#told = 'connected';
    this.#watcher.connected();
  }

  #fail(cause: unknown): void {
    this.#failures += 1;
    this.#absences = this.#isAbsence(cause) ? this.#absences + 1 : 0;
    // Of what was there before, one answer is not enough: an API server that starts may say so of everything.
    if (!this.#isEmptied && this.#absences > (this.#told === undefined ? 0 : 1)) {
      this.#isEmptied = true;
      void this.#watcher.replaced([]);
    }
    const isBroken = !(cause instanceof Refusal || cause instanceof Unreadable);
    if (!isBroken || this.#failures > 1) this.#version = undefined;
    if (this.#told === 'disconnected') return;
    this.#told = 'disconnected';
    this.#watcher.disconnected(failure(cause, this.#cluster.server, `watching ${this.#watched.what}`));
  }

  #isAbsence(cause: unknown): boolean {
    return this.#watched.isOptional === true && cause instanceof Refusal && cause.status === 404;
  }
}

/** The API server spells an empty list of metadata `null`. */
const isListOfItems = ({ items }: List): boolean => items === null || Array.isArray(items);

interface List {
  readonly items?: readonly unknown[] | null;
  readonly metadata?: { readonly continue?: unknown };
}

function pauseAfter(failures: number, random: () => number): number {
  return Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (failures - 1)) * (1 - random() / 2);
}

/** Ends early where the signal comes. */
const pauseFor = (milliseconds: number, signal: AbortSignal): Promise<unknown> =>
  sleep(milliseconds, undefined, { signal }).catch(() => {});
