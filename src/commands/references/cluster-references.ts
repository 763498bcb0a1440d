import { plainTextFindingsOf } from '../../engine/workloads/hardcoded-secrets/plain-text-findings.ts';
import {
  type ComparedReferences,
  ReferenceIndex,
} from '../../engine/workloads/references/reference-index.ts';
import { LockstepError } from '../../errors/errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import type { ListOptions } from '../../kube/client/list.ts';
import { readApiGroups } from '../../kube/references/api-groups.ts';
import type { ClusterObject, ClusterScope } from '../../kube/references/list-objects.ts';
import { visitMakers } from '../../kube/references/makers.ts';
import { READERS, visitReaders } from '../../kube/references/readers.ts';
import { TOKEN_KEYS, visitTokenSecrets } from '../../kube/references/token-secrets.ts';

/** The references of a cluster to Secrets: first the objects are read, then the caller adds the Secrets. */
export interface ClusterReferences {
  /** `keys` is undefined if they could not be read. */
  readonly addSecret: (namespace: string, name: string, keys: ReadonlySet<string> | undefined) => void;
  /** Reads the makers of Secrets if one is missing. Throws READ_STOPPED. */
  readonly compare: () => Promise<ReferenceReport>;
}

export interface ReferenceReport extends ComparedReferences {
  /** The objects that this user may not read, or that could not be read: `jobs in namespace shop`. */
  readonly unread: readonly string[];
  /** None of the objects that read Secrets could be read. */
  readonly isUnknown: boolean;
}

/**
 * Reads the objects that read Secrets. `isWanted` chooses the Secrets; without it, passwords in the objects are
 * findings too. Throws READ_STOPPED.
 */
export async function readClusterReferences(
  cluster: Cluster,
  scope: ClusterScope,
  options: ListOptions = {},
  isWanted?: (secret: string) => boolean,
): Promise<ClusterReferences> {
  const index = new ReferenceIndex();
  const installed = await readApiGroups(cluster);
  const groups = installed ?? new Map();
  const addReader = (object: ClusterObject): void =>
    index.addReader(object, isWanted === undefined ? plainTextFindingsOf(object) : [], isWanted);
  const unread = [...(await visitReaders(cluster, scope, groups, addReader, options))];
  if (installed === undefined) unread.push('the kinds of installed controllers');
  const isUnknown = unread.length >= READERS.length;
  return {
    addSecret: (namespace, name, keys) => index.addSecret(namespace, name, keys),
    compare: async () => {
      if (index.hasAbsent) unread.push(...(await addTokens(index, cluster, scope, options)));
      if (index.hasMissing)
        unread.push(...(await visitMakers(cluster, scope, groups, (one) => index.addMaker(one), options)));
      if (index.isFull) unread.push('a part of the objects, because there are too many');
      return { ...index.compare(), unread, isUnknown };
    },
  };
}

/** A Secret that seems to be absent may be the token of a ServiceAccount, which no other list has. */
async function addTokens(
  index: ReferenceIndex,
  cluster: Cluster,
  { namespace }: ClusterScope,
  options: ListOptions,
): Promise<readonly string[]> {
  try {
    const add = (own: string, name: string): void => index.addSecret(own, name, TOKEN_KEYS);
    await visitTokenSecrets(cluster, namespace, add, options);
    return [];
  } catch (error) {
    if (!(error instanceof LockstepError) || error.code === 'LOCKSTEP_READ_STOPPED') throw error;
    return ['secrets with tokens of ServiceAccounts'];
  }
}
