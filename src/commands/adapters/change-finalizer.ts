import type { ChangeFinalizer } from '../../controllers/credential/reconcile-input.ts';
import type { SecretRef } from '../../controllers/record/observed-secret.ts';
import type { FieldManager, Finalizer } from '../../engine/secret/kubernetes-names.ts';
import { LockstepError } from '../../errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { type CredentialResource, writeFinalizers } from '../../kube/objects/postgres-credentials.ts';
import type { CredentialLookup } from './credentials.ts';

/** A PostgresCredential that bears it is not gone, also while no controller runs: a change of its password is under way. */
export const CHANGE_FINALIZER = 'lockstep.dev/change' satisfies Finalizer;

export interface ChangeFinalizerParts {
  readonly cluster: Cluster;
  readonly credentials: Pick<CredentialLookup, 'referencing' | 'upsert' | 'remove' | 'resourceOf'>;
  /** The field manager. */
  readonly manager: FieldManager;
}

/** Keeps a PostgresCredential from being deleted in the middle of a change. */
export function changeFinalizer({ cluster, credentials, manager }: ChangeFinalizerParts): ChangeFinalizer {
  const isCurrent = (secret: SecretRef, stored: CredentialResource): boolean =>
    credentials.referencing(secret).includes(stored);

  /** False: it is gone. */
  async function write(
    secret: SecretRef,
    stored: CredentialResource,
    finalizers: readonly string[],
  ): Promise<boolean> {
    const written = await writeFinalizers(cluster, stored, finalizers, manager);
    const isGone = written === undefined || (written.deletedAt !== undefined && finalizers.length === 0);
    // News of the watch is newer, for the write was conditional on what was stored before.
    if (isCurrent(secret, stored)) {
      if (isGone) credentials.remove(stored);
      // A command may know a proof that it may not write into the status.
      else credentials.upsert({ ...written, status: stored.status });
    }
    return !isGone;
  }

  return {
    addFinalizer: async (credential) => {
      const secret = { namespace: credential.namespace, name: credential.spec.secretName };
      const stored = credentials.resourceOf(credential);
      // It may name another Secret by now, whose worker would take the finalizer away again.
      if (stored === undefined || !isCurrent(secret, stored)) return false;
      const { finalizers, deletedAt } = stored;
      if (finalizers.includes(CHANGE_FINALIZER)) return true;
      return deletedAt === undefined && (await write(secret, stored, [...finalizers, CHANGE_FINALIZER]));
    },
    hasFinalizer: (credential) =>
      credentials.resourceOf(credential)?.finalizers.includes(CHANGE_FINALIZER) === true,
    removeFinalizer: async (secret, except) => {
      let wasDeleting = false;
      for (const stored of credentials.referencing(secret)) {
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

/** For a person who may not write the PostgresCredential: the command changes the password without it. */
export function bestEffortChangeFinalizer(parts: ChangeFinalizerParts): ChangeFinalizer {
  const { addFinalizer, removeFinalizer, ...rest } = changeFinalizer(parts);
  const fallback = (result: boolean) => (error: unknown) => {
    if (error instanceof LockstepError) return result;
    throw error;
  };
  return {
    addFinalizer: (credential) => addFinalizer(credential).catch(fallback(true)),
    removeFinalizer: (secret, except) => removeFinalizer(secret, except).catch(fallback(false)),
    ...rest,
  };
}
