import { type CredentialStore, credentialStore } from '../../controllers/credential/store.ts';
import { compileCredential } from '../../engine/credential/spec/compile.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { type CredentialResource, readPostgresCredentials } from '../../kube/objects/postgres-credentials.ts';

/** The part of the store that the work on one Secret needs. */
export type CredentialLookup = Pick<
  CredentialStore<CredentialResource>,
  'forSecret' | 'formerForSecret' | 'referencing' | 'provenRolesOf' | 'upsert' | 'remove' | 'resourceOf'
>;

/** The current PostgresCredentials of a namespace, for the work on one Secret. Throws LockstepError. */
export async function readCredentialStore(
  cluster: Cluster,
  namespace: string,
): Promise<CredentialStore<CredentialResource>> {
  const store = credentialStore<CredentialResource>(compileCredential);
  store.replace(await readPostgresCredentials(cluster, namespace));
  return store;
}
