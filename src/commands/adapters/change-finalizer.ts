import { systemOfObject } from '../../controllers/credential/store.ts';
import type { ChangeFinalizer } from '../../controllers/reconciler-deps.ts';
import type { CredentialResource } from '../../engine/login/credential-schema/compile.ts';
import type { Finalizer } from '../../engine/secret/kubernetes/kubernetes-names.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { writeFinalizers } from '../../kube/objects/credentials.ts';
import type { CredentialLookup } from './credentials.ts';

/**
 * Delays the deletion of a credential while its password changes, also while no controller runs.
 *
 * @internal Exported for tests.
 */
export const CHANGE_FINALIZER = 'lockstep.dev/change' satisfies Finalizer;

export interface ChangeFinalizerParts {
  readonly cluster: Cluster;
  readonly credentials: Pick<CredentialLookup, 'referencing' | 'upsert' | 'remove' | 'resourceOf'>;
}

/** Keeps a credential from being deleted in the middle of a change. */
export function changeFinalizer({ cluster, credentials }: ChangeFinalizerParts): ChangeFinalizer {
  const isCurrent = (secret: SecretRef, stored: CredentialResource): boolean =>
    credentials.referencing(secret, systemOfObject(stored.kind)).includes(stored);

  /** False if the credential is gone. */
  async function write(
    secret: SecretRef,
    stored: CredentialResource,
    finalizers: readonly string[],
  ): Promise<boolean> {
    const written = await writeFinalizers(cluster, stored, finalizers);
    const isGone = written === undefined || (written.deletedAt !== undefined && finalizers.length === 0);
    // The watch may be ahead: the write was conditional on the object as it was stored before.
    if (isCurrent(secret, stored)) {
      if (isGone) credentials.remove(stored);
      // A command may know a proof that it has no right to write into the status.
      else credentials.upsert({ ...written, status: stored.status });
    }
    return !isGone;
  }

  return {
    add: async (credential) => {
      const secret = { namespace: credential.namespace, name: credential.spec.secretName };
      const stored = credentials.resourceOf(credential);
      // The credential may name another Secret by now. That Secret's worker would remove the finalizer again.
      if (stored === undefined || !isCurrent(secret, stored)) return false;
      const { finalizers, deletedAt } = stored;
      if (finalizers.includes(CHANGE_FINALIZER)) return true;
      return deletedAt === undefined && (await write(secret, stored, [...finalizers, CHANGE_FINALIZER]));
    },
    isSet: (credential) => credentials.resourceOf(credential)?.finalizers.includes(CHANGE_FINALIZER) === true,
    remove: async (secret, system, except) => {
      let wasDeleting = false;
      for (const stored of credentials.referencing(secret, system)) {
        const { uid, finalizers, deletedAt } = stored;
        if (uid === except?.uid || !finalizers.includes(CHANGE_FINALIZER)) continue;
        await write(
          secret,
          stored,
          finalizers.filter((name) => name !== CHANGE_FINALIZER),
        );
        wasDeleting ||= deletedAt !== undefined;
      }
      return wasDeleting;
    },
    deletedAt: (credential) => credentials.resourceOf(credential)?.deletedAt,
  };
}
