import { setImmediate as turn } from 'node:timers/promises';
import type { ApiCall, Cluster } from './connect.ts';
import { ListSplitter, parseJson } from './list-splitter.ts';
import type { OversizedObject } from './oversized-object.ts';

export interface PageOptions {
  readonly signal?: AbortSignal | undefined;
  /** The time for which the API server may send nothing, in milliseconds. */
  readonly silence?: number;
  /** The time that a page may take in all, in milliseconds. */
  readonly longest?: number;
}

/** Three times the limit of a call for one object, because a list is read from etcd. */
const SILENCE_TIMEOUT_MS = 30_000;
/**
 * The API server limits a call to one minute (`--request-timeout`). The data that it has written may take longer to
 * arrive.
 */
const MAX_DURATION_MS = 300_000;

/**
 * Data that has already arrived is read without a turn of the event loop, so it would block other work until its end.
 */
const MAX_BURST_MS = 5;

/** A part of one answer: each object, parsed, and at the end the rest. `oversized` is an object too large to read. */
export type PagePart =
  | { readonly item: unknown }
  | { readonly oversized: OversizedObject }
  | { readonly end: PageEnd };

interface PageEnd {
  /** The API server's token for the next page. Empty after the last one. */
  readonly next: string;
  /** The resourceVersion of the list. */
  readonly version: string | undefined;
}

/**
 * Reads one page of a list in parts as it arrives. It holds one object at a time, because a page of five hundred may be
 * as large as the whole etcd. Throws the errors of the call.
 */
export async function* listPage(
  cluster: Cluster,
  call: ApiCall,
  { signal, silence: silenceMs = SILENCE_TIMEOUT_MS, longest: maxDurationMs = MAX_DURATION_MS }: PageOptions,
): AsyncGenerator<PagePart> {
  const abortController = new AbortController();
  const stopSignal = AbortSignal.any([
    abortController.signal,
    AbortSignal.timeout(maxDurationMs),
    ...(signal ? [signal] : []),
  ]);
  const silenceTimer = setTimeout(
    () => abortController.abort(new DOMException('silent', 'TimeoutError')),
    silenceMs,
  );
  const splitter = new ListSplitter();
  let yieldedAt = performance.now();
  try {
    const body = await cluster.open(call, stopSignal);
    for await (const chunk of body) {
      silenceTimer.refresh();
      for (const json of splitter.push(chunk)) {
        yield typeof json === 'string' ? { item: parseJson(json) } : { oversized: json };
        if (performance.now() - yieldedAt < MAX_BURST_MS) continue;
        await turn();
        yieldedAt = performance.now();
      }
    }
    yield { end: pageEndOf(splitter.envelope()) };
  } catch (cause) {
    throw stopSignal.aborted ? stopSignal.reason : cause;
  } finally {
    clearTimeout(silenceTimer);
    abortController.abort();
  }
}

/**
 * A proxy may answer with something else. Without this check, an answer without items would look like a clean cluster.
 */
function pageEndOf(envelope: unknown): PageEnd {
  const { kind, metadata } = (envelope ?? {}) as {
    readonly kind?: unknown;
    readonly metadata?: { readonly continue?: string; readonly resourceVersion?: string };
  };
  if (typeof kind !== 'string' || !kind.endsWith('List')) throw new Error('its answer is no list');
  return { next: metadata?.continue ?? '', version: metadata?.resourceVersion };
}
