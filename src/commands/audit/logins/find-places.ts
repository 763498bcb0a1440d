import {
  type ObjectSearch,
  searchObject,
  searchSecret,
} from '../../../engine/diagnosis/find-value/search-objects.ts';
import type { Surroundings } from '../../../engine/diagnosis/ready/consumer-obstacles.ts';
import type { LoginSubject } from '../../../engine/diagnosis/ready/login-subject.ts';
import { PasswordPlaces } from '../../../engine/diagnosis/ready/password-places.ts';
import { PoolerFiles } from '../../../engine/diagnosis/ready/pooler-obstacles.ts';
import { newPassword } from '../../../engine/login/change/new-password.ts';
import { agreedCopy, copyEdit, sourceOf } from '../../../engine/login/copies/login-copy.ts';
import type { ServerCredential } from '../../../engine/login/credential-schema/compile.ts';
import { runsPostgres } from '../../../engine/login/new-credential/server-workload.ts';
import type { EngineContext } from '../../../engine/review/evaluation/decision.ts';
import { sourceOfDerivedSecret } from '../../../engine/review/own-writes/derived-secret-marks.ts';
import type { Permissions } from '../../../engine/review/own-writes/permissions.ts';
import type { Secret } from '../../../engine/secret/secret.ts';
import type { SecretRef } from '../../../engine/secret/secret-ref.ts';
import { mapAlong } from '../../../engine/workloads/references/object-fields.ts';
import { containersOf, podOf } from '../../../engine/workloads/references/secret-references.ts';
import type { Cluster } from '../../../kube/client/connect.ts';
import { visitHolders } from '../../../kube/references/holders.ts';
import { type ClusterObject, type ListedKind, visitObjects } from '../../../kube/references/list-objects.ts';
import { listSecrets } from '../../../kube/secrets/list-secrets.ts';

export interface FoundPlaces {
  readonly places: PasswordPlaces;
  readonly poolers: PoolerFiles;
  readonly surroundings: Surroundings;
  readonly unread: readonly string[];
}

export interface PlaceNeeds {
  readonly permissionsOf: (secret: Secret) => Permissions;
  readonly credentialOf: (secret: SecretRef) => ServerCredential | undefined;
  readonly context: EngineContext;
}

/** Reads the Secrets, the ConfigMaps and the workloads again, one at a time, for the passwords of all logins. */
export async function findPlaces(
  cluster: Cluster,
  namespace: string | undefined,
  subjects: readonly LoginSubject[],
  needs: PlaceNeeds,
): Promise<FoundPlaces> {
  const [places, poolers, servers] = [new PasswordPlaces(subjects), new PoolerFiles(), new Set<string>()];
  let reloaders = 0;
  const { sought } = places;
  const unread: string[] = [];

  function add({ places: found, unsearched }: ObjectSearch, owner: string, follows: Follows): void {
    if (unsearched.length > 0) unread.push(`a part of ${owner}`);
    for (const place of found) {
      const { value, field } = place;
      if (field.kind === 'annotation') continue;
      places.add(value, { ...place, follows: field.kind === 'key' ? follows(field.key) : undefined });
    }
  }

  for await (const secret of listSecrets(cluster, { namespace })) {
    if ('unread' in secret) {
      unread.push(`Secret ${secret.unread.namespace}/${secret.unread.name}`);
      continue;
    }
    const { namespace: own, name, data } = secret;
    if (sought !== undefined)
      add(searchSecret(secret, sought), `Secret ${own}/${name}`, followsOf(secret, needs));
    for (const [key, value] of data)
      poolers.add({ kind: 'Secret', namespace: own, name, key }, () =>
        value.withPlaintext(({ text = '' }) => text),
      );
  }
  const scope = { namespace, excludedNamespaces: [] };
  const missing = await visitHolders(cluster, scope, (object) => {
    const { kind, namespace: own = '', name } = object;
    if (sought !== undefined) add(searchObject(object, sought), `${kind} ${own}/${name}`, NOTHING_FOLLOWS);
    const images = imagesOf(object);
    if (images.some((image) => runsPostgres({ image, ports: [] }))) servers.add(`${own}/${kind}/${name}`);
    if (images.some((image) => image.includes('reloader'))) reloaders += 1;
    const texts = kind === 'ConfigMap' ? object.fields.map('data') : undefined;
    for (const key of texts?.keys() ?? [])
      poolers.add({ kind, namespace: own, name, key }, () => texts?.text(key) ?? '');
  });
  const quotas = await fullQuotas(cluster, namespace, unread);
  return {
    places,
    poolers,
    surroundings: {
      isServer: ({ namespace: own, kind, name }) => servers.has(`${own}/${kind}/${name}`),
      // It may run in a namespace that was not read.
      hasReloader: reloaders > 0 || (namespace === undefined && missing.length === 0 ? false : undefined),
      fullQuota: (own) => quotas.get(own),
    },
    unread: [...unread, ...missing],
  };
}

/** The Secret whose login the value under a key follows, as `namespace/name`. */
type Follows = (key: string) => string | undefined;

const NOTHING_FOLLOWS: Follows = () => undefined;

function followsOf(secret: Secret, { permissionsOf, credentialOf, context }: PlaceNeeds): Follows {
  const derivedFrom = sourceOfDerivedSecret(secret);
  if (derivedFrom !== undefined) return () => `${secret.namespace}/${derivedFrom}`;
  const credential = sourceOf(secret, credentialOf);
  const copy = credential && agreedCopy(secret, credential);
  const role = copy && secret.data.get(copy.keys.user)?.withPlaintext(({ text }) => text);
  if (credential === undefined || copy === undefined) return NOTHING_FOLLOWS;
  const permissions = permissionsOf(secret);
  const to = { role: role ?? '', password: newPassword(permissions, copy.keys.password, context) };
  const followed = copyEdit(permissions, copy, to, [], context)?.set;
  const source = `${credential.namespace}/${credential.spec.secretName}`;
  return (key) => (followed?.has(key) === true ? source : undefined);
}

function imagesOf(object: ClusterObject): readonly string[] {
  const pod = podOf(object);
  return pod === undefined ? [] : [...containersOf(pod)].map((container) => container.text('image') ?? '');
}

const QUOTA: ListedKind = {
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  plural: 'resourcequotas',
  isNamespaced: true,
};

/** The names of the quotas that admit no further pod, by namespace. */
async function fullQuotas(
  cluster: Cluster,
  namespace: string | undefined,
  unread: string[],
): Promise<ReadonlyMap<string, string>> {
  const full = new Map<string, string>();
  const reason = await visitObjects(
    cluster,
    { namespace, excludedNamespaces: [] },
    QUOTA,
    ({ namespace: own = '', name, fields }) => {
      const [hard, used] = ['hard', 'used'].map((part) => mapAlong(fields, ['status', part]));
      for (const resource of ['pods', 'count/pods']) {
        const limit = hard?.text(resource);
        if (limit !== undefined && Number(used?.text(resource)) >= Number(limit)) full.set(own, name);
      }
    },
    {},
  );
  if (reason !== undefined) unread.push(reason);
  return full;
}
