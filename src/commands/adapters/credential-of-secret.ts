import type { CredentialStore } from '../../controllers/credential/store.ts';
import type { PostgresCredential } from '../../engine/credential/spec/compile.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import { LockstepError } from '../../errors/errors.ts';
import type { CredentialResource } from '../../kube/objects/postgres-credentials.ts';

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

const secretNameIn = (document: unknown): unknown =>
  (document as { readonly spec?: { readonly secretName?: unknown } | null } | null)?.spec?.secretName;
