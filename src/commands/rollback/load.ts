import type { CredentialStore } from '../../controllers/credential/store.ts';
import type { PostgresCredential } from '../../engine/credential/spec/compile.ts';
import type { EngineContext } from '../../engine/evaluation/decision.ts';
import {
  type Permissions,
  permissionsFor,
  withLoginPermissions,
} from '../../engine/permissions/permissions.ts';
import {
  DEFAULT_HISTORY_LIMIT,
  type Pending,
  recordForUid,
  type SecretRecord,
  WRITE_TIMEOUT_MS,
} from '../../engine/record/record.ts';
import { recordObservation } from '../../engine/record/record-observation.ts';
import { LockstepError } from '../../errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import type { CredentialResource } from '../../kube/objects/postgres-credentials.ts';
import { readRecord } from '../../kube/record/records.ts';
import { readSecret, type SecretRef } from '../../kube/secrets/stored-secrets.ts';
import { printable } from '../../report/printable.ts';
import { readCredentialStore } from '../adapters/credentials.ts';
import type { Shell } from '../cli/shell.ts';
import { type PolicySnapshot, readPolicySnapshot } from '../secret-session/policy-snapshot.ts';
import { requireRecord } from '../secret-session/require-record.ts';
import type { RestoreInput } from '../secret-session/restore.ts';

export interface LoadedRollback extends RestoreInput {
  readonly permissions: Permissions;
  readonly policySnapshot: PolicySnapshot;
  /** Undefined if the user has no right to read them, and the record holds no login. */
  readonly credentials: CredentialStore<CredentialResource> | undefined;
  /** The PostgresCredential that names the Secret, even if the server need not follow. */
  readonly credential: PostgresCredential | undefined;
}

/**
 * Reads the input of a rollback. The record includes the current data of the Secret as a version. Writes nothing.
 * Throws LockstepError.
 */
export async function loadRollback(
  ref: SecretRef,
  cluster: Cluster,
  context: EngineContext,
  shell: Shell,
): Promise<LoadedRollback> {
  const [observed, lookup] = await Promise.all([readSecret(cluster, ref), readRecord(cluster, ref)]);
  const { record, resourceVersion } = requireRecord(lookup, ref, observed !== undefined);
  if (observed === undefined) throw new LockstepError('SECRET_DELETED', [`${ref.namespace}/${ref.name}`]);
  const policySnapshot = await readPolicySnapshot(cluster, ref.namespace, shell);
  const { policies, labelsOf } = policySnapshot;
  const credentials = await readCredentials(cluster, ref, record);
  const credential = credentials?.forSecret(ref);
  const policyPermissions = permissionsFor(observed.secret, labelsOf(ref.namespace), policies, context);
  const permissions =
    credential === undefined
      ? policyPermissions
      : withLoginPermissions(policyPermissions, credential.spec.consumers);
  const { mayRestart } = permissions;
  const { secret, uid, written } = observed;
  const current = recordObservation(
    recordForUid(record, uid),
    secret.data,
    { ...written, why: { kind: 'changed' }, resourceVersion: observed.resourceVersion },
    // The target may be the oldest version, so all of them stay until the rollback is written.
    { history: Number.POSITIVE_INFINITY, restarts: mayRestart },
  );
  if (current.pending !== undefined) refuseIfPending(current.pending, ref, context.now());
  // The controller may be configured to keep more versions.
  const retention = {
    history: Math.max(DEFAULT_HISTORY_LIMIT, record.versions.length),
    restarts: mayRestart,
  };
  return {
    ref,
    observed,
    record: current,
    resourceVersion,
    retention,
    permissions,
    policySnapshot,
    credentials,
    credential,
  };
}

async function readCredentials(
  cluster: Cluster,
  { namespace }: SecretRef,
  { login }: SecretRecord,
): Promise<LoadedRollback['credentials']> {
  return await readCredentialStore(cluster, namespace).catch((error: unknown) => {
    // The rollback of a Secret that was never a login does not need this right.
    if (login === undefined && isForbidden(error)) return undefined;
    throw error;
  });
}

const isForbidden = (error: unknown): boolean =>
  error instanceof LockstepError && error.code === 'LOCKSTEP_READ_FORBIDDEN';

function refuseIfPending({ number, by, time }: Pending, { namespace, name }: SecretRef, now: Date): void {
  if (now.getTime() - time.getTime() > WRITE_TIMEOUT_MS) return;
  throw new LockstepError('RECORD_CHANGE_PENDING', [printable(by), number, `${namespace}/${name}`]);
}
