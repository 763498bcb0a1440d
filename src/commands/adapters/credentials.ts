import { type CredentialStore, credentialStore, secretNameIn } from '../../controllers/credential/store.ts';
import { namedSourceOf, sourceOf } from '../../engine/credential/copies/login-copy.ts';
import { compileCredential, type PostgresCredential } from '../../engine/credential/spec/compile.ts';
import type { Secret } from '../../engine/secret/secret.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import { LockstepError } from '../../errors/errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { type CredentialResource, readCredentials } from '../../kube/objects/credentials.ts';

/** The part of the store that the work on one Secret needs. */
export type CredentialLookup = Pick<
  CredentialStore<CredentialResource>,
  'forSecret' | 'formerForSecret' | 'referencing' | 'provenRolesOf' | 'upsert' | 'remove' | 'resourceOf'
>;

/** The current PostgresCredentials of a namespace, or of all. Throws LockstepError. */
export async function readCredentialStore(
  cluster: Cluster,
  namespace: string | undefined,
): Promise<CredentialStore<CredentialResource>> {
  const store = credentialStore<CredentialResource>(compileCredential);
  store.replace(await readCredentials(cluster, namespace, 'PostgresCredential'));
  return store;
}

/**
 * The PostgresCredential that keeps the Secret in sync, or undefined if the Secret is no login. Throws LOGIN_REFUSED if
 * the only PostgresCredential that names the Secret can't be used.
 */
export function credentialOfSecret(
  credentials: Pick<CredentialStore<CredentialResource>, 'forSecret' | 'reports'>,
  ref: SecretRef,
): PostgresCredential | undefined {
  const credential = credentials.forSecret(ref);
  if (credential !== undefined) return credential;
  const unusable = credentials.reports().find(({ stored }) => secretNameIn(stored.document) === ref.name);
  if (unusable === undefined) return undefined;
  const [ready] = unusable.report.conditions;
  throw new LockstepError('LOGIN_REFUSED', [
    `${ref.namespace}/${ref.name}`,
    `PostgresCredential ${unusable.stored.name}: ${ready?.message}`,
  ]);
}

/** The PostgresCredential whose login the Secret follows as a copy. Throws LockstepError. */
export async function readSourceCredential(
  cluster: Cluster,
  secret: Pick<Secret, 'namespace' | 'name' | 'annotations'>,
): Promise<PostgresCredential | undefined> {
  const source = namedSourceOf(secret);
  if (source === undefined) return undefined;
  return sourceOf(secret, (await readCredentialStore(cluster, source.namespace)).forSecret);
}
