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
  /** Undefined where this user may not read them, and the record knows of no login. */
  readonly credentials: CredentialStore<CredentialResource> | undefined;
  /** The one that the Secret is kept in sync by, whether or not the server has to follow. */
  readonly credential: PostgresCredential | undefined;
}

/** All that a rollback goes by, with the record as it is once what the Secret holds now is in it; nothing is written. Throws LockstepError. */
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
    // One is to be gone back to: nothing is let go yet.
    { history: Number.POSITIVE_INFINITY, restarts: mayRestart },
  );
  if (current.pending !== undefined) refuseIfPending(current.pending, ref, context.now());
  // A controller may have been told to keep more.
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
    // A Secret that was never a login is rolled back without that right.
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
