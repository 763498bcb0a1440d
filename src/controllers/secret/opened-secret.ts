import type { PostgresCredential } from '../../engine/credential/spec/compile.ts';
import {
  type Permissions,
  permissionsFor,
  withLoginPermissions,
} from '../../engine/permissions/permissions.ts';
import { isExempt } from '../../engine/policy/match.ts';
import { withInSyncKeys } from '../../engine/reconcile/drift.ts';
import {
  newRecord,
  type RetentionOptions,
  recordForUid,
  type SecretRecord,
} from '../../engine/record/record.ts';
import { recordObservation } from '../../engine/record/record-observation.ts';
import type { ObservedSecret, RecordLookup, SecretRef } from '../ports.ts';
import type { Deps } from '../reconciler-deps.ts';
import { openRecordSession, type RecordSession } from '../record/record-session.ts';
import { retentionOf } from '../record/write-ahead.ts';

/** A Secret with its record, as one reconcile has read them, and the actions that are allowed on it. */
export interface OpenedSecret<Lookup extends RecordLookup = RecordLookup> {
  readonly ref: SecretRef;
  readonly observed: ObservedSecret;
  readonly lookup: Lookup;
  /** If --max-action does not allow changes, a login is treated like any other Secret. */
  readonly credential: PostgresCredential | undefined;
  readonly permissions: Permissions;
}

export function openSecret(
  ref: SecretRef,
  observed: ObservedSecret,
  lookup: RecordLookup,
  credential: PostgresCredential | undefined,
  { policies, context }: Deps<'policies' | 'context'>,
): OpenedSecret {
  const labels = policies.labelsOf(ref.namespace);
  const permissions = permissionsFor(observed.secret, labels, policies.current(), context);
  const managed = context.maxAction === 'Enforce' ? credential : undefined;
  const isLogin = managed !== undefined && !isExempt(permissions.request, context.ownNamespace);
  return {
    ref,
    observed,
    lookup,
    credential: managed,
    permissions: isLogin ? withLoginPermissions(permissions, managed.spec.consumers) : permissions,
  };
}

/** Opens the record for writing, and adds the current data of the Secret to it. */
export async function openRecord(
  { ref, observed, lookup, permissions }: OpenedSecret<Exclude<RecordLookup, { kind: 'unreadable' }>>,
  { records, workloads, settings }: Deps<'records' | 'workloads' | 'settings'>,
): Promise<RecordSession> {
  const { secret, uid, written } = observed;
  const mayHaveVersion = lookup.kind === 'absent' && permissions.mayRestart;
  const highestVersion = mayHaveVersion ? await workloads.highestVersion(ref) : 0;
  const initial = newRecord(uid, secret.data, { ...written, why: { kind: 'seen' } }, highestVersion);
  const session = openRecordSession(initial, lookup, (record, version) =>
    records.write(ref, record, version),
  );
  const updated = withCurrentData(session.current(), observed, retentionOf(permissions, settings));
  await session.save(withInSyncKeys(updated, permissions));
  return session;
}

/** The record after the current data of the Secret is added to it. */
export function withCurrentData(
  record: SecretRecord,
  { secret, uid, written, resourceVersion }: ObservedSecret,
  retention: RetentionOptions,
): SecretRecord {
  const observation = { ...written, why: { kind: 'changed' }, resourceVersion } as const;
  return recordObservation(recordForUid(record, uid), secret.data, observation, retention);
}
