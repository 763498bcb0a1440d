import { type CredentialStore, credentialStore } from '../../controllers/credential/store.ts';
import { compileCredential } from '../../engine/credential/spec/compile.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { readPostgresCredentials, type StoredCredential } from '../../kube/objects/postgres-credentials.ts';

/** The part of the store that work on one Secret needs. */
export type WorkedCredentials = Pick<
  CredentialStore<StoredCredential>,
  'of' | 'formerOf' | 'namedBy' | 'provenOf' | 'put' | 'remove' | 'storedOf'
>;

/** The PostgresCredentials of a namespace, as they are now, for somebody who works on one Secret. Throws LockstepError. */
export async function credentialsIn(
  cluster: Cluster,
  namespace: string,
): Promise<CredentialStore<StoredCredential>> {
  const store = credentialStore<StoredCredential>(
    compileCredential,
    () => {},
    () => {},
  );
  store.replace(await readPostgresCredentials(cluster, namespace));
  return store;
}
