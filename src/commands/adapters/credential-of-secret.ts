import type { CredentialStore } from '../../controllers/credential/store.ts';
import type { PostgresCredential } from '../../engine/credential/spec/compile.ts';
import { LockstepError } from '../../errors.ts';
import type { StoredCredential } from '../../kube/objects/postgres-credentials.ts';
import type { SecretPlace } from '../../kube/secrets/stored-secrets.ts';

/** The PostgresCredential that a Secret is kept in step by; undefined: it is no login. Throws LOGIN_REFUSED where the only one that names it can't be used. */
export function loginOfSecret(
  credentials: Pick<CredentialStore<StoredCredential>, 'of' | 'said'>,
  place: SecretPlace,
): PostgresCredential | undefined {
  const credential = credentials.of(place);
  if (credential !== undefined) return credential;
  const unfit = credentials.said().find(({ stored }) => secretNameIn(stored.document) === place.name);
  if (unfit === undefined) return undefined;
  const [ready] = unfit.news.conditions;
  throw new LockstepError('LOGIN_REFUSED', [
    `${place.namespace}/${place.name}`,
    `PostgresCredential ${unfit.stored.name}: ${ready?.message}`,
  ]);
}

const secretNameIn = (document: unknown): unknown =>
  (document as { readonly spec?: { readonly secretName?: unknown } | null } | null)?.spec?.secretName;
