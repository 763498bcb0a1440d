import {
  DERIVED_FROM_ANNOTATION,
  DERIVED_SECRET_LABEL,
  derivedSecretNameOf,
} from '../../engine/permissions/derived-secret-marks.ts';
import type { Sensitive } from '../../engine/secret/sensitive.ts';
import { LockstepError } from '../../errors/errors.ts';
import { callApiIfFound, clusterError } from '../client/api-error.ts';
import type { ApiCall, Cluster } from '../client/connect.ts';
import { denialReason, type StoredSecret } from './stored-secrets.ts';

/** The Secret with the base keys. */
type Owner = Pick<StoredSecret, 'secret' | 'uid'>;
type DerivedSecret = Pick<StoredSecret, 'secret' | 'uid' | 'resourceVersion'>;

/**
 * Creates the derived Secret, or replaces its values. The garbage collector deletes it with its Secret. Throws
 * LockstepError, CLUSTER_CONFLICT if it changed since it was read or exists now, SECRET_REFUSED if the API server
 * denies the write.
 */
export async function writeDerivedSecret(
  { server, call }: Cluster,
  owner: Owner,
  data: ReadonlyMap<string, Sensitive>,
  previous: DerivedSecret | undefined,
): Promise<void> {
  const { namespace, name } = owner.secret;
  const secretLabel = `${namespace}/${derivedSecretNameOf(name)}`;
  try {
    await call(previous === undefined ? createCall(owner, data) : replaceCall(owner, data, previous));
  } catch (cause) {
    const reason = denialReason(cause);
    if (reason !== undefined) throw new LockstepError('SECRET_REFUSED', [secretLabel, reason]);
    throw clusterError(cause, server, `writing Secret ${secretLabel}`);
  }
}

/** Deletes the derived Secret if it did not change since it was read. Throws LockstepError. */
export async function deleteDerivedSecret(
  { server, call }: Cluster,
  derivedSecret: DerivedSecret,
): Promise<void> {
  const { secret, uid, resourceVersion } = derivedSecret;
  const { namespace, name } = secret;
  const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid, resourceVersion } };
  await callApiIfFound(server, `deleting Secret ${namespace}/${name}`, () =>
    call({ method: 'DELETE', path: `${pathIn(namespace)}/${encodeURIComponent(name)}`, body }),
  );
}

function createCall(owner: Owner, data: ReadonlyMap<string, Sensitive>): ApiCall {
  const { namespace, name } = owner.secret;
  return {
    method: 'POST',
    path: pathIn(namespace),
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
  return {
    method: 'PATCH',
    path: `${pathIn(secret.namespace)}/${encodeURIComponent(secret.name)}`,
    body: { metadata: { uid, resourceVersion, ...derivedMetadata(owner) }, data: Object.fromEntries(values) },
    contentType: 'application/merge-patch+json',
  };
}

const derivedMetadata = ({ secret: { name }, uid }: Owner): object => ({
  labels: { [DERIVED_SECRET_LABEL]: 'true' },
  annotations: { [DERIVED_FROM_ANNOTATION]: name },
  ownerReferences: [{ apiVersion: 'v1', kind: 'Secret', name, uid }],
});

const pathIn = (namespace: string): string => `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets`;
