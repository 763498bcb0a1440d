import type { UnreadableSecret } from '../../engine/diagnosis/audit/audit.ts';
import { type Exclusions, SYSTEM_NAMESPACES } from '../../engine/policy/match/match.ts';
import type { Secret } from '../../engine/secret/secret.ts';
import { LockstepError } from '../../errors/errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import type { ListOptions } from '../../kube/client/list.ts';
import {
  type ClusterReferences,
  type ReferenceReport,
  readClusterReferences,
} from '../references/cluster-references.ts';

/** The objects that read Secrets, except in the namespaces that lockstep never validates. */
export async function readReferences(
  cluster: Cluster,
  namespace: string | undefined,
  exclusions: Exclusions,
  options: ListOptions,
): Promise<ClusterReferences> {
  const excludedNamespaces = [
    ...SYSTEM_NAMESPACES,
    exclusions.ownNamespace,
    ...exclusions.excludedNamespaces,
  ];
  if (namespace !== undefined && excludedNamespaces.includes(namespace)) return NO_REFERENCES;
  return await readClusterReferences(cluster, { namespace, excludedNamespaces }, options);
}

const NOTHING_COMPARED: ReferenceReport = { readers: 0, objects: [], made: [], unread: [], isUnknown: false };

export const NO_REFERENCES: ClusterReferences = {
  addSecret: () => {},
  compare: async () => NOTHING_COMPARED,
};

/** The Secrets, after the references know their keys. */
export async function* rememberKeys(
  secrets: AsyncIterable<Secret | UnreadableSecret>,
  { addSecret }: ClusterReferences,
): AsyncGenerator<Secret | UnreadableSecret> {
  for await (const secret of secrets) {
    if ('unread' in secret) addSecret(secret.unread.namespace, secret.unread.name, undefined);
    else addSecret(secret.namespace, secret.name, new Set(secret.data.keys()));
    yield secret;
  }
}

/** A signal after the last Secret ends only the comparison. */
export async function compareUntilStopped(references: ClusterReferences): Promise<ReferenceReport> {
  try {
    return await references.compare();
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    return { ...NOT_COMPARED, unread: ['the objects that make Secrets'] };
  }
}

/** Without all Secrets, it is unknown which are missing. */
export const NOT_COMPARED: ReferenceReport = {
  ...NOTHING_COMPARED,
  unread: ['some Secrets'],
  isUnknown: true,
};
