import { type Cluster, METADATA_LIST } from '../client/connect.ts';
import { listPage } from '../client/list-page.ts';
import type { OversizedObject } from '../client/oversized-object.ts';
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
  { signal, pageSize, onOversized }: WatchListOptions,
): Promise<WatchList<Kept>> {
  const { path, metadataOnly } = target;
  const all: Kept[] = [];
  let version: string | undefined;
  let token = '';
  do {
    const query = { limit: pageSize, ...selectorQuery(target), ...(token === '' ? {} : { continue: token }) };
    const call = { path, query, ...(metadataOnly && { accept: METADATA_LIST }) };
    for await (const part of listPage(cluster, call, { signal })) {
      if ('item' in part) all.push(parseObject(target, part.item));
      else if ('oversized' in part) onOversized(part.oversized);
      else ({ next: token, version } = part.end);
    }
  } while (token !== '');
  if (version === undefined) throw new Error('its answer is no list');
  return { all, version };
}
