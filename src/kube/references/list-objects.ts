import type { ReadObject } from '../../engine/workloads/references/object-fields.ts';
import { LockstepError } from '../../errors/errors.ts';
import { apiPath } from '../client/call.ts';
import type { Cluster } from '../client/connect.ts';
import { type ListOptions, list } from '../client/list.ts';
import { jsonFields } from '../objects/json-fields.ts';
import { excludeNamespaces } from '../secrets/list-secrets.ts';

export interface ClusterObject extends ReadObject {
  /** Undefined if the kind is cluster-scoped. */
  readonly namespace: string | undefined;
}

/** The namespaces to look at. */
export interface ClusterScope {
  /** Undefined for all of them. */
  readonly namespace: string | undefined;
  /** The namespaces that lockstep never validates. */
  readonly excludedNamespaces: readonly string[];
}

export interface ListedKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly isNamespaced: boolean;
  readonly fieldSelector?: string;
}

interface ListedObject {
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly deletionTimestamp?: string;
  };
}

/**
 * Visits each object of a kind, one at a time. Resolves with the reason if they can't be read: a missing right is no
 * failure. Throws READ_STOPPED.
 */
export async function visitObjects(
  cluster: Cluster,
  { namespace, excludedNamespaces }: ClusterScope,
  listed: ListedKind,
  visit: (object: ClusterObject, item: unknown) => void,
  options: ListOptions,
): Promise<string | undefined> {
  const { apiVersion, kind, plural, isNamespaced, fieldSelector } = listed;
  const isOfOneNamespace = isNamespaced && namespace !== undefined;
  const selectors = [
    ...(fieldSelector === undefined ? [] : [fieldSelector]),
    ...(isNamespaced && !isOfOneNamespace ? excludeNamespaces(excludedNamespaces) : []),
  ];
  const target = {
    path: apiPath(apiVersion, plural, isOfOneNamespace ? { namespace } : {}),
    what: isOfOneNamespace ? `${plural} in namespace ${namespace}` : plural,
    isOptional: true,
    ...(selectors.length === 0 ? {} : { fieldSelector: selectors.join(',') }),
  };
  try {
    for await (const item of list(cluster, target, options)) {
      const { name = '', namespace: own, deletionTimestamp } = (item as ListedObject).metadata ?? {};
      if (deletionTimestamp !== undefined) continue;
      visit({ apiVersion, kind, name, namespace: own, fields: jsonFields(item as object) }, item);
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof LockstepError) || error.code === 'LOCKSTEP_READ_STOPPED') throw error;
    return target.what;
  }
}
