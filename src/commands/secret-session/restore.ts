import type { Held } from '../../controllers/record/observed-secret.ts';
import type { SecretReconcilerNeeds } from '../../controllers/secret/reconciler.ts';
import type { Restoring } from '../../engine/history/rollback.ts';
import { storedInstead } from '../../engine/record/forced.ts';
import {
  differingKeys,
  holdSame,
  type Keeping,
  ofSecret,
  prepared,
  type RolledBack,
  type SecretRecord,
  withdrawn,
} from '../../engine/record/record.ts';
import { settled } from '../../engine/record/record-observation.ts';
import { LockstepError } from '../../errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { rehearsePatch, type SecretPlace } from '../../kube/secrets/stored-secrets.ts';
import { recordIn } from './require-record.ts';
import { MANAGER } from './standalone-reconciler.ts';

export interface RestoreNeeds
  extends Pick<
    SecretReconcilerNeeds,
    'readSecret' | 'patchSecret' | 'readRecord' | 'writeRecord' | 'manager'
  > {
  readonly now: () => Date;
}

/** A Secret and its record, as they were read; the record has been settled since. */
export interface Begun {
  readonly place: SecretPlace;
  readonly held: Held;
  readonly record: SecretRecord;
  /** The resourceVersion of the record; undefined where there is none yet. */
  readonly resourceVersion: string | undefined;
  readonly keeping: Keeping;
}

/** The request of a person. */
type Purpose = RolledBack | { readonly kind: 'healed' };

/** More than a controller writes about one change. */
const MOST_TRIES = 10;

/**
 * Writes what was planned, as a new version: record, Secret, record. Resolves with the record, and with the Secret as it is now: a webhook may have changed more. Throws
 * LockstepError; then the Secret is as it was, unless the API server could not be reached in the middle: then whoever comes next finishes it.
 */
export async function restore(
  begun: Begun,
  plan: Restoring,
  why: Purpose,
  needs: RestoreNeeds,
): Promise<{ readonly record: SecretRecord; readonly held: Held }> {
  const { place } = begun;
  const { record: pending, resourceVersion: version } = await announced(begun, plan, why, needs);
  const after = await patched(begun, plan, why, needs).catch(async (error: unknown) => {
    if (isOf(error, 'CLUSTER_CONFLICT', 'SECRET_REFUSED'))
      await needs.writeRecord(place, withdrawn(pending), version).catch(() => {});
    throw error;
  });
  return { record: await noted(begun, after, pending, version, why, needs), held: after };
}

/** The keys in which the API server would store something else than planned, or why it would refuse the write. Nothing is written. */
export async function rehearsed(
  cluster: Cluster,
  held: Held,
  plan: Restoring,
): Promise<{ readonly except: readonly string[] } | { readonly reason: string }> {
  try {
    const { secret } = await rehearsePatch(cluster, held, plan, MANAGER);
    if (differingKeys(held.secret.data, secret.data).length === 0)
      return { reason: 'a webhook of the cluster would put everything back' };
    return { except: differingKeys(plan.data, secret.data) };
  } catch (error) {
    if (isOf(error, 'SECRET_REFUSED')) return { reason: error.message };
    throw error;
  }
}

/** The record with what is about to be written. A controller may be writing there too: whatever it has noted of this same Secret is no reason to give up. */
async function announced(
  { place, held, ...found }: Begun,
  { data }: Restoring,
  why: Purpose,
  needs: RestoreNeeds,
): Promise<{ readonly record: SecretRecord; readonly resourceVersion: string }> {
  const { secret, uid, written, resourceVersion: over } = held;
  let { record, resourceVersion } = found;
  for (let tries = 1; ; tries += 1) {
    const pending = prepared(record, data, { time: needs.now(), by: needs.manager, why }, over);
    try {
      return { record: pending, resourceVersion: await needs.writeRecord(place, pending, resourceVersion) };
    } catch (error) {
      if (!isOf(error, 'CLUSTER_CONFLICT') || tries === MOST_TRIES) throw error;
      const again = recordIn(await needs.readRecord(place), place, true);
      if (again.record.pending !== undefined) throw error;
      const seen = { ...written, why: { kind: 'changed' }, resourceVersion: over } as const;
      record = settled(ofSecret(again.record, uid), secret.data, seen, found.keeping);
      resourceVersion = again.resourceVersion;
    }
  }
}

async function patched(
  { place, held }: Begun,
  plan: Restoring,
  why: Purpose,
  needs: RestoreNeeds,
): Promise<Held> {
  try {
    return await needs.patchSecret(held, plan);
  } catch (error) {
    if (!isOf(error, 'CLUSTER_CONFLICT')) throw error;
    // A controller that has seen the record may have been quicker.
    const now = await needs.readSecret(place);
    if (now !== undefined && now.uid === held.uid && holdSame(now.secret.data, plan.data)) return now;
    throw new LockstepError('CLUSTER_CONFLICT', [
      `${DOING[why.kind]} Secret ${place.namespace}/${place.name}`,
    ]);
  }
}

const DOING = { 'rolled-back': 'rolling back', healed: 'correcting' } as const;

/** The record with the new version, whoever writes it. */
async function noted(
  { place, keeping }: Begun,
  { secret: { data }, written: { time, seen }, resourceVersion }: Held,
  pending: SecretRecord,
  version: string,
  why: Purpose,
  needs: RestoreNeeds,
): Promise<SecretRecord> {
  const number = pending.pending?.number ?? 0;
  const except = differingKeys(pending.pending?.data, data);
  const told = except.length === 0 || why.kind === 'healed' ? why : storedInstead(why, except);
  let found = { record: pending, resourceVersion: version };
  for (let tries = 1; ; tries += 1) {
    const { record } = found;
    if (record.versions.some((one) => one.number >= number && holdSame(one.data, data))) return record;
    // What a webhook has made of it is not what was pending, and is ours all the same.
    const before = holdSame(record.pending?.data, data) ? record : withdrawn(record);
    const next = settled(
      before,
      data,
      { time, seen, by: needs.manager, why: told, resourceVersion },
      keeping,
    );
    try {
      await needs.writeRecord(place, next, found.resourceVersion);
      return next;
    } catch (error) {
      if (!isOf(error, 'CLUSTER_CONFLICT') || tries === MOST_TRIES) throw error;
      found = recordIn(await needs.readRecord(place), place, true);
    }
  }
}

const isOf = (
  error: unknown,
  ...codes: readonly ('CLUSTER_CONFLICT' | 'SECRET_REFUSED')[]
): error is LockstepError =>
  error instanceof LockstepError && codes.some((code) => error.code === `LOCKSTEP_${code}`);
