import { setImmediate as turn } from 'node:timers/promises';
import type { ApiCall, Cluster } from './connect.ts';
import { ListSplitter, parseJson } from './list-splitter.ts';
import type { OversizedObject } from './oversized-object.ts';

export interface PageOptions {
  /** Ends it, with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** How long the API server may send nothing. Milliseconds. */
  readonly silence?: number;
  /** How long it may take over a page, however it sends it. Milliseconds. */
  readonly longest?: number;
}

/** Three times what the API server gives a call for one object: a list is read from etcd. */
const SILENCE_TIMEOUT_MS = 30_000;
/** The API server itself gives a call one minute (`--request-timeout`); what it has written may be under way for longer. */
const MAX_DURATION_MS = 300_000;

/** What has come already is read without a turn of the event loop, so that others in this process would wait until all has been dealt with. */
const MAX_BURST_MS = 5;

/** The result of one answer: its objects, and at its end what stood around them, the list without its items. All as parsed. `oversized`: an object that is too large to be read. */
export type PagePart =
  | { readonly item: unknown }
  | { readonly oversized: OversizedObject }
  | { readonly around: unknown };

/**
 * One answer of a list, in parts as it arrives: at no time more than one object is held, since a page of five hundred may weigh as much as etcd holds.
 * Throws what the call throws.
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
    yield { around: splitter.envelope() };
  } catch (cause) {
    throw stopSignal.aborted ? stopSignal.reason : cause;
  } finally {
    clearTimeout(silenceTimer);
    abortController.abort();
  }
}
