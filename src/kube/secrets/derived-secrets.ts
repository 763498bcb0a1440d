import {
  DERIVED_FROM_ANNOTATION,
  DERIVED_SECRET_LABEL,
  derivedSecretNameOf,
} from '../../engine/review/own-writes/derived-secret-marks.ts';
import type { Sensitive } from '../../engine/secret/sensitive.ts';
import { callApiIfFound, deletion, mergePatch } from '../client/call.ts';
import type { ApiCall, Cluster } from '../client/connect.ts';
import { type StoredSecret, secretPath, secretsPath, writeSecret } from './stored-secrets.ts';

/** The Secret with the base keys. */
type Owner = Pick<StoredSecret, 'secret' | 'uid'>;
type DerivedSecret = Pick<StoredSecret, 'secret' | 'uid' | 'resourceVersion'>;

/**
 * Creates the derived Secret, or replaces its values. The garbage collector deletes it with its Secret. Throws
 * LockstepError, CLUSTER_CONFLICT if it changed since it was read or exists now, SECRET_REFUSED if the API server
 * denies the write.
 */
export async function writeDerivedSecret(
  cluster: Cluster,
  owner: Owner,
  data: ReadonlyMap<string, Sensitive>,
  previous: DerivedSecret | undefined,
): Promise<void> {
  const { namespace, name } = owner.secret;
  const call = previous === undefined ? createCall(owner, data) : replaceCall(owner, data, previous);
  await writeSecret(cluster, { namespace, name: derivedSecretNameOf(name) }, call);
}

/** Deletes the derived Secret if it did not change since it was read. Throws LockstepError. */
export async function deleteDerivedSecret(
  cluster: Cluster,
  { secret, uid, resourceVersion }: DerivedSecret,
): Promise<void> {
  const call = deletion(secretPath(secret), { uid, resourceVersion });
  await callApiIfFound(cluster, `deleting Secret ${secret.namespace}/${secret.name}`, call);
}

function createCall(owner: Owner, data: ReadonlyMap<string, Sensitive>): ApiCall {
  const { namespace, name } = owner.secret;
  return {
    method: 'POST',
    path: secretsPath(namespace),
    body: {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: derivedSecretNameOf(name), ...derivedMetadata(owner) },
      type: 'Opaque',
      data: Object.fromEntries([...data].map(([key, value]) => [key, value.reveal()])),
    },
  };
}

function replaceCall(
  owner: Owner,
  data: ReadonlyMap<string, Sensitive>,
  { secret, uid, resourceVersion }: DerivedSecret,
): ApiCall {
  const values = new Map<string, string | null>([...secret.data.keys()].map((key) => [key, null]));
  for (const [key, value] of data) values.set(key, value.reveal());
  const metadata = { uid, resourceVersion, ...derivedMetadata(owner) };
  return mergePatch(secretPath(secret), { metadata, data: Object.fromEntries(values) });
}

const derivedMetadata = ({ secret: { name }, uid }: Owner): object => ({
  labels: { [DERIVED_SECRET_LABEL]: 'true' },
  annotations: { [DERIVED_FROM_ANNOTATION]: name },
  ownerReferences: [{ apiVersion: 'v1', kind: 'Secret', name, uid }],
});
