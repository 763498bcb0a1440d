import { MAKING_KINDS } from '../../engine/workloads/references/made-secrets.ts';
import { LockstepError } from '../../errors/errors.ts';
import { readServedKinds } from '../client/call.ts';
import type { Cluster } from '../client/connect.ts';
import type { ListOptions } from '../client/list.ts';
import type { ApiGroups } from './api-groups.ts';
import { type ClusterObject, type ClusterScope, type ListedKind, visitObjects } from './list-objects.ts';

/**
 * Visits each object of a controller that makes Secrets, one at a time. A controller that is not installed has none.
 * Resolves with the kinds that can't be read. Throws READ_STOPPED.
 */
export async function visitMakers(
  cluster: Cluster,
  scope: ClusterScope,
  groups: ApiGroups,
  visit: (object: ClusterObject) => void,
  options: ListOptions = {},
): Promise<readonly string[]> {
  const unread: string[] = [];
  for (const [group, kinds] of MAKING_KINDS) {
    const version = groups.get(group);
    if (version === undefined) continue;
    for (const kind of await servedKinds(cluster, version, kinds, unread)) {
      const reason = await visitObjects(cluster, scope, kind, visit, options);
      if (reason !== undefined) unread.push(`${reason} (${group})`);
    }
  }
  return unread;
}

/** Those of the kinds that the API server serves, with their plurals. */
async function servedKinds(
  cluster: Cluster,
  version: string,
  kinds: readonly string[],
  unread: string[],
): Promise<readonly ListedKind[]> {
  try {
    return (await readServedKinds(cluster, version)).flatMap(({ name = '', kind = '', namespaced }) =>
      kinds.includes(kind) && /^[a-z]+$/.test(name)
        ? [{ apiVersion: version, kind, plural: name, isNamespaced: namespaced === true }]
        : [],
    );
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    unread.push(version);
    return [];
  }
}
