import { ReadKeys, type UnusedKeys } from '../../engine/uses/unused.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { TOO_MANY, visitUses } from '../../kube/references/uses.ts';
import { listSecrets } from '../../kube/secrets/list-secrets.ts';

/** The Secrets and keys of a namespace or of the cluster that no object reads. */
export interface UnusedSecrets {
  /** Undefined for all namespaces. */
  readonly namespace: string | undefined;
  /** The number of Secrets that were looked at. */
  readonly secrets: number;
  readonly unused: readonly UnusedKeys[];
  /** The objects that could not be read. While there is one, a Secret may still be in use. */
  readonly unread: readonly string[];
}

/** Reads the objects, and then the names and keys of the Secrets. Throws LockstepError. */
export async function findUnused(cluster: Cluster, namespace: string | undefined): Promise<UnusedSecrets> {
  // Without a right or an answer, the command ends at once.
  for await (const _ of listSecrets(cluster, { namespace })) break;
  const read = new ReadKeys();
  const scope = { namespace, excludedNamespaces: [] };
  const unread = [...(await visitUses(cluster, scope, (object) => read.add(object)))];
  if (read.isFull) unread.push(TOO_MANY);
  const unused: UnusedKeys[] = [];
  let secrets = 0;
  for await (const secret of listSecrets(cluster, { namespace })) {
    secrets += 1;
    const { place, keys } =
      'unread' in secret
        ? { place: secret.unread, keys: [] }
        : { place: secret, keys: [...secret.data.keys()] };
    const found = read.unusedOf(place.namespace, place.name, keys);
    if (found !== undefined) unused.push(found);
  }
  return { namespace, secrets, unused, unread };
}
