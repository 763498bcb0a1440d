import { setTimeout as sleep } from 'node:timers/promises';
import { LockstepError } from '../errors.ts';
import type { Call, Cluster } from './connect.ts';
import { failure, Refusal } from './failure.ts';
import { ListText, parsed } from './list-text.ts';

/** What is listed. */
export interface Listed extends Pick<Call, 'path' | 'accept'> {
  /** For messages, with where: `secrets in all namespaces`. */
  readonly what: string;
  readonly fieldSelector?: string;
  /** Where the kind is not installed there is none of it. */
  readonly isOptional?: boolean;
}

export interface ListOptions {
  /** Between two tries. Milliseconds. */
  readonly pause?: (milliseconds: number) => Promise<unknown>;
  /** How long the API server may send nothing. Milliseconds. */
  readonly silence?: number;
  /** The page after this one is of a later state than those before: reading took longer than etcd keeps the past. */
  readonly onExpired?: () => void;
}

/** As kubectl: `--chunk-size`. */
const PAGE = 500;
/** Three times what the API server gives a call for one object: a list is read from etcd. */
const SILENCE_MS = 30_000;
const TRIES = 3;

/**
 * The objects of a collection, as parsed, one after the other; at no time more than one is held. A page that breaks off is asked for again,
 * twice at most, and what was handed out of it is not handed out again. Throws LockstepError.
 */
export async function* list(
  cluster: Cluster,
  listed: Listed,
  { pause = sleep, silence = SILENCE_MS, onExpired = () => {} }: ListOptions = {},
): AsyncGenerator<unknown> {
  let place: Place = { token: '', last: '' };
  for (let tries = 1; ; ) {
    const before = place.last;
    try {
      for await (const step of readPage(cluster, listed, place, silence)) {
        place = step.place;
        if ('item' in step) yield step.item;
      }
      if (place.token === '') return;
      tries = 1;
    } catch (cause) {
      if (listed.isOptional === true && cause instanceof Refusal && cause.status === 404) return;
      const token = laterToken(cause);
      if (token !== undefined) onExpired();
      // What has moved on may try as often again.
      tries = place.last === before ? tries + 1 : 2;
      if (!isPassing(cause) || tries > TRIES) throw explained(cause, cluster, listed);
      place = { ...place, token: token ?? place.token, isSeen: true };
      if (token === undefined) await pause(1000 * (tries - 1));
    }
  }
}

/** How far a list was read. */
interface Place {
  /** What the API server gave to ask for the next page; empty before the first, and after the last. */
  readonly token: string;
  /** `namespace/name` of the last object that was handed out: the API server lists in this order. */
  readonly last: string;
  /** Objects of this page may have been handed out already. */
  readonly isSeen?: boolean;
}

type Step = { readonly place: Place; readonly item: unknown } | { readonly place: Place };

async function* readPage(
  cluster: Cluster,
  { path, accept, fieldSelector }: Listed,
  place: Place,
  silence: number,
): AsyncGenerator<Step> {
  const given = new AbortController();
  const patience = setTimeout(() => given.abort(new DOMException('silent', 'TimeoutError')), silence);
  const query = {
    limit: PAGE,
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
    ...(place.token === '' ? {} : { continue: place.token }),
  };
  const text = new ListText();
  let { last } = place;
  try {
    const body = await cluster.open(
      { path, query, ...(accept === undefined ? {} : { accept }) },
      given.signal,
    );
    for await (const chunk of body) {
      patience.refresh();
      for (const json of text.push(chunk)) {
        const item = parsed(json);
        const key = keyOf(item);
        if (place.isSeen === true && key <= last) continue;
        last = key;
        yield { place: { ...place, last }, item };
      }
    }
    yield { place: { token: nextToken(text.rest()), last } };
  } catch (cause) {
    throw given.signal.aborted ? given.signal.reason : cause;
  } finally {
    clearTimeout(patience);
    given.abort();
  }
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
  if (cause instanceof Refusal && cause.status === 403) return new LockstepError('LIST_FORBIDDEN', [what]);
  return failure(cause, server, `listing ${what}`);
}
