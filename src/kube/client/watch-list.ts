import { type Cluster, METADATA_LIST } from './connect.ts';
import { listPage } from './list-page.ts';
import type { OversizedObject } from './oversized-object.ts';
import { MalformedResponse, resourceVersionOf } from './watch-events.ts';
import { parseObject, selectorQuery, type WatchTarget } from './watch-target.ts';

/** All objects of a collection, and the version from which a watch continues. */
export interface WatchList<Kept> {
  readonly all: readonly Kept[];
  readonly version: string;
}

interface WatchListOptions {
  readonly signal: AbortSignal;
  readonly pageSize: number;
  /** An object is too large to read. It is left out. */
  readonly onOversized: (oversized: OversizedObject) => void;
}

/** Lists the collection page by page. The version is that of the last page. */
export async function listForWatch<Kept>(
  cluster: Cluster,
  target: WatchTarget<Kept>,
  options: WatchListOptions,
): Promise<WatchList<Kept>> {
  const all: Kept[] = [];
  let page = await readPage(cluster, target, '', all, options);
  while (page.next !== '') page = await readPage(cluster, target, page.next, all, options);
  return { all, version: page.version };
}

/** `token` comes from the page before. It is empty for the first page. */
async function readPage<Kept>(
  cluster: Cluster,
  target: WatchTarget<Kept>,
  token: string,
  all: Kept[],
  { signal, pageSize, onOversized }: WatchListOptions,
): Promise<{ readonly next: string; readonly version: string }> {
  const { path, metadataOnly } = target;
  const query = { limit: pageSize, ...selectorQuery(target), ...(token === '' ? {} : { continue: token }) };
  let envelope: ListObject = {};
  const parts = listPage(
    cluster,
    { path, query, ...(metadataOnly && { accept: METADATA_LIST }) },
    { signal },
  );
  for await (const part of parts) {
    if ('item' in part) all.push(parseObject(target, part.item));
    else if ('oversized' in part) onOversized(part.oversized);
    else envelope = (part.around ?? {}) as ListObject;
  }
  const version = resourceVersionOf(envelope);
  if (!isListOfItems(envelope) || version === undefined) throw new MalformedResponse('its answer is no list');
  const next = envelope.metadata?.continue;
  return { next: typeof next === 'string' ? next : '', version };
}

/** The API server writes an empty list of metadata as `null`. */
const isListOfItems = ({ items }: ListObject): boolean => items === null || Array.isArray(items);

interface ListObject {
  readonly items?: readonly unknown[] | null;
  readonly metadata?: { readonly continue?: unknown };
}
