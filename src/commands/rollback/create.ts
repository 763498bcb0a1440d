import type { RecordRead } from '../../controllers/secret-session/record-session.ts';
import { retryOnConflict } from '../../controllers/secret-session/retry-on-conflict.ts';
import {
  discardPending,
  type RetentionOptions,
  type RollbackReason,
  recordForUid,
  type SecretRecord,
  stagePending,
} from '../../engine/secret/record/record.ts';
import { recordObservation } from '../../engine/secret/record/record-observation.ts';
import type { Secret } from '../../engine/secret/secret.ts';
import { isConflict, LockstepError } from '../../errors/errors.ts';
import { createSecret, type StoredSecret } from '../../kube/secrets/stored-secrets.ts';
import type { SecretRun } from '../secret-session/run.ts';

/**
 * Creates a deleted Secret again. A controller that sees it first finds the pending version, and completes the record.
 *
 *     record: pending ── Secret: created ── record: version
 *
 * Throws LockstepError, CLUSTER_CONFLICT if there is such a Secret by now.
 */
export async function createFromRecord(
  { ref, cluster, ports: { secrets, records, clock } }: Pick<SecretRun, 'ref' | 'cluster' | 'ports'>,
  lookup: RecordRead,
  { secret, why }: { readonly secret: Secret; readonly why: RollbackReason },
  retention: RetentionOptions,
): Promise<StoredSecret> {
  const reread = async (conflict: unknown): Promise<RecordRead> => {
    const found = await records.read(ref);
    if (found.kind !== 'read') throw conflict;
    return found;
  };
  /** Resolves with the record as it is stored then. */
  const save = (from: RecordRead, change: (record: SecretRecord) => SecretRecord): Promise<RecordRead> =>
    retryOnConflict(
      from,
      async ({ record, resourceVersion }) => {
        const next = change(record);
        if (next === record) return { kind: 'read', record, resourceVersion };
        return {
          kind: 'read',
          record: next,
          resourceVersion: await records.write(ref, next, resourceVersion),
        };
      },
      reread,
    );
  const version = { time: clock.now(), by: secrets.writer, why };
  const staged = await save(lookup, (record) => stagePending(record, secret.data, version));
  try {
    const stored = await createSecret(cluster, secret);
    const { written, resourceVersion, uid } = stored;
    const observation = { ...written, why, resourceVersion };
    await save(staged, (record) =>
      recordObservation(recordForUid(record, uid), stored.secret.data, observation, retention),
    );
    return stored;
  } catch (error) {
    if (isNotCreated(error)) await save(staged, discardPending).catch(ignoreLockstepError);
    throw error;
  }
}

const isNotCreated = (error: unknown): boolean =>
  isConflict(error) || (error instanceof LockstepError && error.code === 'LOCKSTEP_SECRET_REFUSED');

function ignoreLockstepError(error: unknown): void {
  if (!(error instanceof LockstepError)) throw error;
}
