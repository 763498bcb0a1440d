import type { ChangeFinalizer } from '../../controllers/credential/reconcile-input.ts';
import type { Place } from '../../controllers/record/observed-secret.ts';
import type { FieldManager, Finalizer } from '../../engine/secret/kubernetes-names.ts';
import { LockstepError } from '../../errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { type StoredCredential, writeFinalizers } from '../../kube/objects/postgres-credentials.ts';
import type { WorkedCredentials } from './credentials.ts';

/** A PostgresCredential that bears it is not gone, also while no controller runs: a change of its password is under way. */
export const CHANGE_FINALIZER = 'lockstep.dev/change' satisfies Finalizer;

export interface ChangeFinalizerParts {
  readonly cluster: Cluster;
  readonly credentials: Pick<WorkedCredentials, 'namedBy' | 'put' | 'remove' | 'storedOf'>;
  /** The field manager. */
  readonly manager: FieldManager;
}

/** Keeps a PostgresCredential from being deleted in the middle of a change. */
export function changeFinalizer({ cluster, credentials, manager }: ChangeFinalizerParts): ChangeFinalizer {
  const isStored = (secret: Place, stored: StoredCredential): boolean =>
    credentials.namedBy(secret).includes(stored);

  /** False: it is gone. */
  async function write(
    secret: Place,
    stored: StoredCredential,
    finalizers: readonly string[],
  ): Promise<boolean> {
    const written = await writeFinalizers(cluster, stored, finalizers, manager);
    const isGone = written === undefined || (written.deletedAt !== undefined && finalizers.length === 0);
    // News of the watch is newer, for the write was conditional on what was stored before.
    if (isStored(secret, stored)) {
      if (isGone) credentials.remove(stored);
      // A command may know a proof that it may not write into the status.
      else credentials.put({ ...written, status: stored.status });
    }
    return !isGone;
  }

  return {
    hold: async (credential) => {
      const secret = { namespace: credential.namespace, name: credential.spec.secretName };
      const stored = credentials.storedOf(credential);
      // It may name another Secret by now, whose worker would take the finalizer away again.
      if (stored === undefined || !isStored(secret, stored)) return false;
      const { finalizers, deletedAt } = stored;
      if (finalizers.includes(CHANGE_FINALIZER)) return true;
      return deletedAt === undefined && (await write(secret, stored, [...finalizers, CHANGE_FINALIZER]));
    },
    isHeld: (credential) => credentials.storedOf(credential)?.finalizers.includes(CHANGE_FINALIZER) === true,
    release: async (secret, keep) => {
      let hasGone = false;
      for (const stored of credentials.namedBy(secret)) {
        const { uid, finalizers, deletedAt } = stored;
        if (uid === keep?.uid || !finalizers.includes(CHANGE_FINALIZER)) continue;
        await write(
          secret,
          stored,
          finalizers.filter((name) => name !== CHANGE_FINALIZER),
        );
        hasGone ||= deletedAt !== undefined;
      }
      return hasGone;
    },
    deletedAt: (credential) => credentials.storedOf(credential)?.deletedAt,
  };
}

/** For a person who may not write the PostgresCredential: the command changes the password without it. */
export function changeFinalizerOfPerson(parts: ChangeFinalizerParts): ChangeFinalizer {
  const { hold, release, ...known } = changeFinalizer(parts);
  const unless = (otherwise: boolean) => (error: unknown) => {
    if (error instanceof LockstepError) return otherwise;
    throw error;
  };
  return {
    hold: (credential) => hold(credential).catch(unless(true)),
    release: (secret, keep) => release(secret, keep).catch(unless(false)),
    ...known,
  };
}
