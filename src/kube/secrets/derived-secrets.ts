import { SIBLING_LABEL, SIBLING_OF, siblingNameOf } from '../../engine/permissions/derived-secret-marks.ts';
import type { Sensitive } from '../../engine/secret/sensitive.ts';
import { LockstepError } from '../../errors.ts';
import { askFor, failure } from '../client/api-error.ts';
import type { Call, Cluster } from '../client/connect.ts';
import { CONTROLLER } from '../client/field-manager.ts';
import { refusalOf, type StoredSecret } from './stored-secrets.ts';

/** The Secret whose sibling it is. */
type Owner = Pick<StoredSecret, 'secret' | 'uid'>;
/** One as it was read. */
type Sibling = Pick<StoredSecret, 'secret' | 'uid' | 'resourceVersion'>;

/**
 * Makes the sibling, or has it hold these values and no others. It goes when its Secret goes: the garbage collector sees to that. Throws LockstepError,
 * CLUSTER_CONFLICT where it is no longer what was read, or is there after all, SECRET_REFUSED where somebody does not let it be written.
 */
export async function writeSibling(
  { server, call }: Cluster,
  owner: Owner,
  data: ReadonlyMap<string, Sensitive>,
  before: Sibling | undefined,
): Promise<void> {
  const { namespace, name } = owner.secret;
  const place = `${namespace}/${siblingNameOf(name)}`;
  try {
    await call(before === undefined ? creationOf(owner, data) : replacementOf(owner, data, before));
  } catch (cause) {
    const reason = refusalOf(cause);
    if (reason !== undefined) throw new LockstepError('SECRET_REFUSED', [place, reason]);
    throw failure(cause, server, `writing Secret ${place}`);
  }
}

/** Deletes that very sibling, as it was read. Throws LockstepError. */
export async function deleteSibling({ server, call }: Cluster, sibling: Sibling): Promise<void> {
  const { secret, uid, resourceVersion } = sibling;
  const { namespace, name } = secret;
  const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid, resourceVersion } };
  await askFor(server, `deleting Secret ${namespace}/${name}`, () =>
    call({ method: 'DELETE', path: `${pathIn(namespace)}/${encodeURIComponent(name)}`, body }),
  );
}

function creationOf(owner: Owner, data: ReadonlyMap<string, Sensitive>): Call {
  const { namespace, name } = owner.secret;
  return {
    method: 'POST',
    path: pathIn(namespace),
    query: { fieldManager: CONTROLLER },
    body: {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: siblingNameOf(name), ...marksOf(owner) },
      type: 'Opaque',
      data: Object.fromEntries([...data].map(([key, value]) => [key, value.reveal()])),
    },
  };
}

function replacementOf(
  owner: Owner,
  data: ReadonlyMap<string, Sensitive>,
  { secret, uid, resourceVersion }: Sibling,
): Call {
  const values = new Map<string, string | null>([...secret.data.keys()].map((key) => [key, null]));
  for (const [key, value] of data) values.set(key, value.reveal());
  return {
    method: 'PATCH',
    path: `${pathIn(secret.namespace)}/${encodeURIComponent(secret.name)}`,
    query: { fieldManager: CONTROLLER },
    body: { metadata: { uid, resourceVersion, ...marksOf(owner) }, data: Object.fromEntries(values) },
    contentType: 'application/merge-patch+json',
  };
}

const marksOf = ({ secret: { name }, uid }: Owner): object => ({
  labels: { [SIBLING_LABEL]: 'true' },
  annotations: { [SIBLING_OF]: name },
  ownerReferences: [{ apiVersion: 'v1', kind: 'Secret', name, uid }],
});

const pathIn = (namespace: string): string => `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets`;
