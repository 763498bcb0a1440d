import { type CredentialStore, credentialStore, secretNameIn } from '../../controllers/credential/store.ts';
import { namedSourceOf, sourceOf } from '../../engine/login/copies/login-copy.ts';
import {
  CREDENTIAL_KINDS,
  compileCredential,
  type ServerCredential,
} from '../../engine/login/credential-schema/compile.ts';
import { LOGIN_SYSTEMS } from '../../engine/login/server-kinds/kinds.ts';
import type { Secret } from '../../engine/secret/secret.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import { LockstepError } from '../../errors/errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { readCredentials } from '../../kube/objects/credentials.ts';

/** The part of the store that the work on one Secret needs. */
export type CredentialLookup = Pick<
  CredentialStore,
  'forSecret' | 'formerForSecret' | 'referencing' | 'provenRolesOf' | 'upsert' | 'remove' | 'resourceOf'
>;

/** The current credentials of a namespace, or of all. Throws LockstepError. */
export async function readCredentialStore(
  cluster: Cluster,
  namespace: string | undefined,
): Promise<CredentialStore> {
  const store = credentialStore(compileCredential);
  const read = CREDENTIAL_KINDS.map(async (kind) =>
    store.replace(kind, await readCredentials(cluster, namespace, kind)),
  );
  await Promise.all(read);
  return store;
}

/** The credentials that keep the logins of the Secret in sync. */
export const credentialsOfSecret = (
  { forSecret }: Pick<CredentialLookup, 'forSecret'>,
  ref: SecretRef,
): readonly ServerCredential[] => LOGIN_SYSTEMS.flatMap((system) => forSecret(ref, system) ?? []);

/** Throws LOGIN_REFUSED if the only credential that names the Secret can't be used. */
export function refuseUnusable(credentials: Pick<CredentialStore, 'reports'>, ref: SecretRef): void {
  const unusable = credentials.reports().find(({ stored }) => secretNameIn(stored.document) === ref.name);
  if (unusable === undefined) return;
  const [ready] = unusable.report.conditions;
  throw new LockstepError('LOGIN_REFUSED', [
    `${ref.namespace}/${ref.name}`,
    `${unusable.stored.kind} ${unusable.stored.name}: ${ready?.message}`,
  ]);
}

/** The PostgresCredential whose login the Secret follows as a copy. Throws LockstepError. */
export async function readSourceCredential(
  cluster: Cluster,
  secret: Pick<Secret, 'namespace' | 'name' | 'annotations'>,
): Promise<ServerCredential | undefined> {
  const source = namedSourceOf(secret);
  if (source === undefined) return undefined;
  const { forSecret } = await readCredentialStore(cluster, source.namespace);
  return sourceOf(secret, (place) => forSecret(place, undefined));
}
