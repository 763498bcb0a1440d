import type { ObservedSecret } from '../../controllers/ports.ts';
import type { EngineContext } from '../../engine/evaluation/decision.ts';
import { type Permissions, permissionsFor } from '../../engine/permissions/permissions.ts';
import { newRecord, recordForUid, type SecretRecord } from '../../engine/record/record.ts';
import { highestVersion } from '../../engine/rollout/secret-version.ts';
import { LockstepError } from '../../errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { readWorkloads } from '../../kube/objects/workloads.ts';
import { readRecord } from '../../kube/record/records.ts';
import { readSecret, type SecretRef } from '../../kube/secrets/stored-secrets.ts';
import type { PolicySnapshot } from './policy-snapshot.ts';
import { requireRecord } from './require-record.ts';

/** The input of a rotation. */
export interface LoadedSecret {
  readonly observed: ObservedSecret;
  readonly permissions: Permissions;
  readonly record: SecretRecord;
  /** The resourceVersion of the record, or undefined if there is none yet. */
  readonly resourceVersion: string | undefined;
}

/** Nothing is written. Throws LockstepError. */
export async function loadSecret(
  ref: SecretRef,
  cluster: Cluster,
  { policies, labelsOf }: PolicySnapshot,
  context: EngineContext,
): Promise<LoadedSecret> {
  const [observed, lookup] = await Promise.all([readSecret(cluster, ref), readRecord(cluster, ref)]);
  const name = `${ref.namespace}/${ref.name}`;
  if (observed === undefined)
    throw new LockstepError(lookup.kind === 'absent' ? 'SECRET_NOT_FOUND' : 'SECRET_DELETED', [name]);
  const { secret, uid, written } = observed;
  const permissions = permissionsFor(secret, labelsOf(ref.namespace), policies, context);
  if (lookup.kind === 'absent') {
    const highestVersionNumber = highestVersion(await readWorkloads(cluster, ref.namespace), ref.name);
    const record = newRecord(uid, secret.data, { ...written, why: { kind: 'seen' } }, highestVersionNumber);
    return { observed, permissions, record, resourceVersion: undefined };
  }
  const { record, resourceVersion } = requireRecord(lookup, ref, true);
  return { observed, permissions, record: recordForUid(record, uid), resourceVersion };
}
