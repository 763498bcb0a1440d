import type { LockstepError } from '../../errors/errors.ts';
import { sleepUntilAborted } from '../../sleep.ts';
import { ApiStatusError, clusterError, hasStatus } from '../client/api-error.ts';
import { type Cluster, METADATA } from '../client/connect.ts';
import type { OversizedObject } from '../client/oversized-object.ts';
import { MalformedResponse, parseWatchEvent, type WatchEvent } from './watch-events.ts';
import { watchLines } from './watch-lines.ts';
import { listForWatch } from './watch-list.ts';
import { parseObject, selectorQuery, type WatchTarget } from './watch-target.ts';

/** The callbacks of a watch. None of these may throw. */
export interface WatchHandler<Kept> {
  /** Called with all current objects, which replace the earlier ones. The watch waits for the result. */
  readonly onReplaced: (all: readonly Kept[]) => void | Promise<void>;
  readonly onChanged: (one: Kept) => void;
  readonly onRemoved: (one: Kept) => void;
  /** An object is too large to read. Its changes are not reported. */
  readonly onOversized?: (oversized: OversizedObject) => void;
  /**
   * Called once at the start, and once after each `onDisconnected`. From now on changes are reported as they happen.
   */
  readonly onConnected: () => void;
  /** Called once until the next `onConnected`, however many attempts fail. Until then changes may be missed. */
  readonly onDisconnected: (error: LockstepError) => void;
}

export interface WatchOptions {
  /** Only this signal ends the watch. */
  readonly signal: AbortSignal;
  /** Returns a number from 0 to 1. */
  readonly random: () => number;
  /** The watch starts again after this time without data, in milliseconds. */
  readonly silence?: number;
  /** A watch counts as stable after this time, in milliseconds, if the watch before it ended at once. */
  readonly proven?: number;
  readonly pause?: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
}

/**
 * An API server with a watch cache sends a bookmark about once a minute. Without bookmarks, silence is no fault either.
 */
const SILENCE_TIMEOUT_MS = 100_000;
const OPEN_TIMEOUT_MS = 30_000;
/** A watch that was open for this time is stable, even if no event came. */
const STABLE_AFTER_MS = 2000;
/**
 * The objects of one page. After a page that broke off the next one is smaller, because very large objects may take
 * longer than the API server allows.
 */
const PAGE_SIZE = 500;
const MIN_PAGE_SIZE = 8;
/** The API server closes a watch after this time. It is random, so that replicas don't reconnect at the same time. */
const MIN_WATCH_SECONDS = 240;
const MAX_WATCH_SECONDS = 480;
/** The backoff between two attempts doubles each time, and is shortened at random by up to a half. */
const INITIAL_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 30_000;

/**
 *     list ── replaced ── watch ── changed, removed, … ── the server ends it ── watch from where it ended
 *      └─────────────────── pause ─── whatever goes wrong ──────────────────────────────┘
 *
 * After a broken connection the watch continues from its last version, once. After any other failure it lists again.
 * After a silence it opens again without a report.
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
  /** Failures in a row, without an event between them. */
  #failures = 0;
  /** Answers in a row that the kind does not exist. */
  #notFoundCount = 0;
  /** An empty list was reported, because the kind does not exist. */
  #reportedEmpty = false;
  #reported: 'connected' | 'disconnected' | undefined;
  /** The last watch ended as soon as it was open. */
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

  /** Resolves with the version from which the watch continues. */
  async #list(): Promise<string> {
    const { all, version } = await listForWatch(this.#cluster, this.#target, {
      signal: this.#options.signal,
      pageSize: Math.max(MIN_PAGE_SIZE, PAGE_SIZE >> (2 * this.#failures)),
      onOversized: (oversized) => this.#handler.onOversized?.(oversized),
    });
    this.#reportedEmpty = false;
    this.#notFoundCount = 0;
    await this.#handler.onReplaced(all);
    return version;
  }

  /** Resolves when the API server ends the watch after `timeoutSeconds`. */
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
      ...selectorQuery(this.#target),
    };
    try {
      const body = await this.#cluster.open(
        { path, query, ...(metadataOnly && { accept: METADATA }) },
        AbortSignal.any([signal, silenceAbort.signal]),
      );
      isOpen = true;
      clearTimeout(silenceTimer);
      silenceTimer = setTimeout(end, silenceMs);
      // After a watch that ended at once, this one must first stay open, because a proxy may end each one.
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
    // Without this error the loop would not pause for a proxy that ends each watch at once.
    if (this.#endedAtOnce) throw new Error('it ended the watch before anything came');
  }

  /** Called after the watch has stayed open for a while. */
  #markStable(): void {
    this.#endedAtOnce = false;
    this.#failures = 0;
    this.#reportConnected();
  }

  #applyEvent({ type, object, version }: WatchEvent): void {
    if (type === 'DELETED') this.#handler.onRemoved(parseObject(this.#target, object));
    else if (type !== 'BOOKMARK') this.#handler.onChanged(parseObject(this.#target, object));
    this.#version = version;
  }

  #reportConnected(): void {
    if (this.#reported === 'connected') return;
    this.#reported = 'connected';
    this.#handler.onConnected();
  }

  #onFailure(cause: unknown): void {
    this.#failures += 1;
    this.#notFoundCount = this.#isNotFound(cause) ? this.#notFoundCount + 1 : 0;
    // If the kind existed before, one answer is not enough: an API server that starts may answer 404 for each kind.
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
    return this.#target.isOptional === true && hasStatus(cause, 404);
  }
}

function backoffMs(failures: number, random: () => number): number {
  return Math.min(MAX_BACKOFF_MS, INITIAL_BACKOFF_MS * 2 ** (failures - 1)) * (1 - random() / 2);
}
