import type { ObservedSecret, Ports } from '../../controllers/ports.ts';
import type { RollbackWrite } from '../../engine/history/rollback.ts';
import { withExceptedKeys } from '../../engine/record/forced.ts';
import {
  differingKeys,
  discardPending,
  hasSameData,
  type RetentionOptions,
  type RollbackReason,
  recordForUid,
  type SecretRecord,
  stagePending,
} from '../../engine/record/record.ts';
import { recordObservation } from '../../engine/record/record-observation.ts';
import { LockstepError } from '../../errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { dryRunPatch, type SecretRef } from '../../kube/secrets/stored-secrets.ts';
import { requireRecord } from './require-record.ts';
import { retryOnConflict } from './retry-on-conflict.ts';
import { CLI_FIELD_MANAGER } from './standalone-reconciler.ts';

type RestorePorts = Pick<Ports, 'secrets' | 'records' | 'clock'>;

/** A Secret and its record, as read. The record includes the observation of the Secret. */
export interface RestoreInput {
  readonly ref: SecretRef;
  readonly observed: ObservedSecret;
  readonly record: SecretRecord;
  /** The resourceVersion of the record. Undefined if there is no record yet. */
  readonly resourceVersion: string | undefined;
  readonly retention: RetentionOptions;
}

interface StoredRecord {
  readonly record: SecretRecord;
  readonly resourceVersion: string;
}

/** The request of a person. */
type RestoreReason = RollbackReason | { readonly kind: 'healed' };

/**
 * Writes the planned data as a new version: record, Secret, record. Resolves with the record and the stored Secret, which
 * a webhook may have changed further. Throws LockstepError; the Secret is then unchanged. If the API server was
 * unreachable in the middle, the next writer completes the version.
 */
export async function restore(
  loaded: RestoreInput,
  plan: RollbackWrite,
  why: RestoreReason,
  ports: RestorePorts,
): Promise<{ readonly record: SecretRecord; readonly observed: ObservedSecret }> {
  const { ref } = loaded;
  const { record: pending, resourceVersion: version } = await writePending(loaded, plan, why, ports);
  const patchedSecret = await patchOrConfirm(loaded, plan, why, ports).catch(async (error: unknown) => {
    if (hasCode(error, 'CLUSTER_CONFLICT', 'SECRET_REFUSED'))
      await ports.records.write(ref, discardPending(pending), version).catch(() => {});
    throw error;
  });
  return {
    record: await settleRecord(loaded, patchedSecret, pending, version, why, ports),
    observed: patchedSecret,
  };
}

/** The keys that the API server would store with another value than planned, or the reason of its refusal. Writes nothing. */
export async function dryRunRestore(
  cluster: Cluster,
  observed: ObservedSecret,
  plan: RollbackWrite,
): Promise<{ readonly except: readonly string[] } | { readonly reason: string }> {
  try {
    const { secret } = await dryRunPatch(cluster, observed, plan, CLI_FIELD_MANAGER);
    if (differingKeys(observed.secret.data, secret.data).length === 0)
      return { reason: 'a webhook of the cluster would put everything back' };
    return { except: differingKeys(plan.data, secret.data) };
  } catch (error) {
    if (hasCode(error, 'SECRET_REFUSED')) return { reason: error.message };
    throw error;
  }
}

/** Stages the data in the record. A write of the controller about the same Secret is no reason to give up. */
async function writePending(
  { ref, observed, ...found }: RestoreInput,
  { data }: RollbackWrite,
  why: RestoreReason,
  ports: RestorePorts,
): Promise<StoredRecord> {
  const { secret, uid, written, resourceVersion: baseResourceVersion } = observed;
  const observation = { ...written, why: { kind: 'changed' }, resourceVersion: baseResourceVersion } as const;
  return await retryOnConflict(
    { record: found.record, resourceVersion: found.resourceVersion },
    async ({ record, resourceVersion }) => {
      const version = { time: ports.clock.now(), by: ports.secrets.fieldManager, why };
      const pending = stagePending(record, data, version, baseResourceVersion);
      return { record: pending, resourceVersion: await ports.records.write(ref, pending, resourceVersion) };
    },
    async (conflict) => {
      const reread = requireRecord(await ports.records.read(ref), ref, true);
      if (reread.record.pending !== undefined) throw conflict;
      const current = recordForUid(reread.record, uid);
      return { ...reread, record: recordObservation(current, secret.data, observation, found.retention) };
    },
  );
}

async function patchOrConfirm(
  { ref, observed }: RestoreInput,
  plan: RollbackWrite,
  why: RestoreReason,
  ports: RestorePorts,
): Promise<ObservedSecret> {
  try {
    return await ports.secrets.patch(observed, plan);
  } catch (error) {
    if (!hasCode(error, 'CLUSTER_CONFLICT')) throw error;
    // A controller that read the staged record may have written the Secret first.
    const current = await ports.secrets.read(ref);
    if (current !== undefined && current.uid === observed.uid && hasSameData(current.secret.data, plan.data))
      return current;
    throw new LockstepError('CLUSTER_CONFLICT', [
      `${ACTION_TEXT[why.kind]} Secret ${ref.namespace}/${ref.name}`,
    ]);
  }
}

const ACTION_TEXT = { 'rolled-back': 'rolling back', healed: 'correcting' } as const;

/** The record with the new version, which this command or a controller writes. */
async function settleRecord(
  { ref, retention }: RestoreInput,
  { secret: { data }, written: { time, observedAt }, resourceVersion }: ObservedSecret,
  pending: SecretRecord,
  version: string,
  why: RestoreReason,
  ports: RestorePorts,
): Promise<SecretRecord> {
  const number = pending.pending?.number ?? 0;
  const except = differingKeys(pending.pending?.data, data);
  const finalReason = except.length === 0 || why.kind === 'healed' ? why : withExceptedKeys(why, except);
  const observation = { time, observedAt, by: ports.secrets.fieldManager, why: finalReason, resourceVersion };
  return await retryOnConflict<StoredRecord, SecretRecord>(
    { record: pending, resourceVersion: version },
    async (stored) => {
      const { record } = stored;
      if (record.versions.some((one) => one.number >= number && hasSameData(one.data, data))) return record;
      // A webhook may have changed the pending values. The result is still a version of this command.
      const base = hasSameData(record.pending?.data, data) ? record : discardPending(record);
      const next = recordObservation(base, data, observation, retention);
      await ports.records.write(ref, next, stored.resourceVersion);
      return next;
    },
    async () => requireRecord(await ports.records.read(ref), ref, true),
  );
}

const hasCode = (
  error: unknown,
  ...codes: readonly ('CLUSTER_CONFLICT' | 'SECRET_REFUSED')[]
): error is LockstepError =>
  error instanceof LockstepError && codes.some((code) => error.code === `LOCKSTEP_${code}`);
