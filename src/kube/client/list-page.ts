import { setImmediate as turn } from 'node:timers/promises';
import type { Call, Cluster } from './connect.ts';
import { ListText, parsed } from './list-splitter.ts';
import type { Oversized } from './oversized-object.ts';

export interface PageOptions {
  /** Ends it, with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** How long the API server may send nothing. Milliseconds. */
  readonly silence?: number;
  /** How long it may take over a page, however it sends it. Milliseconds. */
  readonly longest?: number;
}

/** Three times what the API server gives a call for one object: a list is read from etcd. */
const SILENCE_MS = 30_000;
/** The API server itself gives a call one minute (`--request-timeout`); what it has written may be under way for longer. */
const LONGEST_MS = 300_000;

/** What has come already is read without a turn of the event loop, so that others in this process would wait until all has been dealt with. */
const RUSH_MS = 5;

/** The result of one answer: its objects, and at its end what stood around them, the list without its items. All as parsed. `oversized`: an object that is too large to be read. */
export type PagePart =
  | { readonly item: unknown }
  | { readonly oversized: Oversized }
  | { readonly around: unknown };

/**
 * One answer of a list, in parts as it arrives: at no time more than one object is held, since a page of five hundred may weigh as much as etcd holds.
 * Throws what the call throws.
 */
export async function* listPage(
  cluster: Cluster,
  call: Call,
  { signal, silence = SILENCE_MS, longest = LONGEST_MS }: PageOptions,
): AsyncGenerator<PagePart> {
  const given = new AbortController();
  const ended = AbortSignal.any([given.signal, AbortSignal.timeout(longest), ...(signal ? [signal] : [])]);
  const patience = setTimeout(() => given.abort(new DOMException('silent', 'TimeoutError')), silence);
  const text = new ListText();
  let rested = performance.now();
  try {
    const body = await cluster.open(call, ended);
    for await (const chunk of body) {
      patience.refresh();
      for (const json of text.push(chunk)) {
        yield typeof json === 'string' ? { item: parsed(json) } : { oversized: json };
        if (performance.now() - rested < RUSH_MS) continue;
        await turn();
        rested = performance.now();
      }
    }
    yield { around: text.rest() };
  } catch (cause) {
    throw ended.aborted ? ended.reason : cause;
  } finally {
    clearTimeout(patience);
    given.abort();
  }
}
