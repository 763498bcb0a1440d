import type { ClusterSearch } from '../../engine/diagnosis/find-value/cluster-search.ts';
import {
  type Fix,
  type FixNeeds,
  fixInObject,
  fixInRecord,
  fixInSecret,
  type Ownership,
} from '../../engine/diagnosis/find-value/fix.ts';
import { type FoundPlace, fieldText } from '../../engine/diagnosis/find-value/place.ts';
import {
  type ObjectSearch,
  searchObject,
  searchRecord,
  searchSecret,
} from '../../engine/diagnosis/find-value/search-objects.ts';
import type { SoughtValues } from '../../engine/diagnosis/find-value/sought-values.ts';
import { UseIndex } from '../../engine/diagnosis/uses/use-index.ts';
import { mapAlong, type ObjectFields } from '../../engine/workloads/references/object-fields.ts';
import { readingsOf } from '../../engine/workloads/references/object-readings.ts';
import { LockstepError } from '../../errors/errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { listContents } from '../../kube/record/list-contents.ts';
import { visitHolders } from '../../kube/references/holders.ts';
import type { ClusterObject } from '../../kube/references/list-objects.ts';

/** Bounds the memory if a value is nearly everywhere. */
const MAX_PLACES = 100_000;

/**
 * Searches the Secrets of a namespace or of the cluster, their records, the ConfigMaps and the workloads, one object at
 * a time. `fixes` says how a Secret is changed. Throws READ_STOPPED.
 */
export async function searchCluster(
  cluster: Cluster,
  namespace: string | undefined,
  sought: SoughtValues,
  fixes: FixNeeds,
): Promise<ClusterSearch> {
  const found: (FoundPlace & { readonly fix: Fix })[] = [];
  const unread: string[] = [];
  const holders = new Set<string>();
  let [secrets, objects, isFull] = [0, 0, false];

  function add({ places, unsearched }: ObjectSearch, owner: string, fixFor: (place: FoundPlace) => Fix) {
    for (const field of unsearched) unread.push(`${owner}, ${fieldText(field)}: too costly to decode`);
    for (const place of places) {
      isFull ||= found.length === MAX_PLACES;
      if (isFull) return;
      found.push({ ...place, fix: fixFor(place) });
      holders.add(`${place.kind}/${place.namespace}/${place.name}`);
    }
  }

  await addUnreadable(unread, async () => {
    for await (const contents of listContents(cluster, namespace)) {
      if (contents.kind === 'unread') unread.push(contents.what);
      else if (contents.kind === 'record') {
        const { of, record } = contents;
        add(searchRecord(of, record, sought), `Secret ${of.namespace}/${of.name}`, () => fixInRecord(of));
      } else {
        const { secret } = contents;
        secrets += 1;
        add(searchSecret(secret, sought), `Secret ${secret.namespace}/${secret.name}`, (place) =>
          fixInSecret(place, secret, fixes),
        );
      }
    }
  });
  const uses = new UseIndex(({ source, namespace: own, name }) => holders.has(`${source}/${own}/${name}`));
  const scope = { namespace, excludedNamespaces: [] };
  unread.push(
    ...(await visitHolders(cluster, scope, (object, isActive) => {
      const { kind, namespace: own = '', name } = object;
      objects += 1;
      add(searchObject(object, sought), `${kind} ${own}/${name}`, (place) =>
        fixInObject(place, ownershipOf(object)),
      );
      if (isActive) uses.add({ ...object, readings: readingsOf(object), workload: () => undefined });
    })),
  );
  if (isFull) unread.push(`the places after the first ${MAX_PLACES}`);
  if (uses.isFull) unread.push('a part of the workloads that read the values, because there are too many');
  return {
    places: found.map((place) => ({ ...place, readers: readersOf(place, uses) })),
    unread,
    secrets,
    objects,
  };
}

/** Only what this user may not read is left out. */
async function addUnreadable(unread: string[], read: () => Promise<void>): Promise<void> {
  try {
    await read();
  } catch (error) {
    if (!(error instanceof LockstepError) || error.code !== 'LOCKSTEP_READ_FORBIDDEN') throw error;
    unread.push(error.message);
  }
}

function readersOf({ kind, namespace, name, field }: FoundPlace, uses: UseIndex): readonly string[] {
  if ((kind !== 'Secret' && kind !== 'ConfigMap') || field.kind !== 'key') return [];
  const readers = uses.readersOf({ source: kind, namespace, name }, field.key);
  return readers.map((reader) => `${reader.kind}/${reader.name}`);
}

function ownershipOf({ fields }: ClusterObject): Ownership {
  const owners = [...(fields.map('metadata')?.maps('ownerReferences') ?? [])];
  const owner = owners.find((one) => one.isTrue('controller'));
  return {
    labels: textMap(mapAlong(fields, ['metadata', 'labels'])),
    annotations: textMap(mapAlong(fields, ['metadata', 'annotations'])),
    controller: owner && `${owner.text('kind')}/${owner.text('name')}`,
  };
}

const textMap = (map: ObjectFields | undefined): ReadonlyMap<string, string> =>
  new Map([...(map?.keys() ?? [])].map((key) => [key, map?.text(key) ?? '']));
