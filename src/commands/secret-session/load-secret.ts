import type { Held } from '../../controllers/record/observed-secret.ts';
import type { Surroundings } from '../../engine/evaluation/decision.ts';
import { type Mandate, mandateOver } from '../../engine/permissions/permissions.ts';
import { beginRecord, ofSecret, type SecretRecord } from '../../engine/record/record.ts';
import { highestVersion } from '../../engine/rollout/secret-version.ts';
import { LockstepError } from '../../errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { readWorkloads } from '../../kube/objects/workloads.ts';
import { readRecord } from '../../kube/record/records.ts';
import { readSecret, type SecretPlace } from '../../kube/secrets/stored-secrets.ts';
import type { ClusterEngine } from './policy-snapshot.ts';
import { recordIn } from './require-record.ts';

/** All that a rotation goes by. */
export interface BegunRotation {
  readonly held: Held;
  readonly mandate: Mandate;
  readonly record: SecretRecord;
  /** Of the record; undefined where there is none yet. */
  readonly resourceVersion: string | undefined;
}

/** Nothing is written. Throws LockstepError. */
export async function beginRotation(
  place: SecretPlace,
  cluster: Cluster,
  { policies, labelsOf }: ClusterEngine,
  around: Surroundings,
): Promise<BegunRotation> {
  const [held, found] = await Promise.all([readSecret(cluster, place), readRecord(cluster, place)]);
  const name = `${place.namespace}/${place.name}`;
  if (held === undefined)
    throw new LockstepError(found.kind === 'absent' ? 'SECRET_NOT_FOUND' : 'SECRET_DELETED', [name]);
  const { secret, uid, written } = held;
  const mandate = mandateOver(secret, labelsOf(place.namespace), policies, around);
  if (found.kind === 'absent') {
    const after = highestVersion(await readWorkloads(cluster, place.namespace), place.name);
    const record = beginRecord(uid, secret.data, { ...written, why: { kind: 'seen' } }, after);
    return { held, mandate, record, resourceVersion: undefined };
  }
  const { record, resourceVersion } = recordIn(found, place, true);
  return { held, mandate, record: ofSecret(record, uid), resourceVersion };
}
