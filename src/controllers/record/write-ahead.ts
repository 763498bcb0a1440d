import type { EngineContext } from '../../engine/evaluation/decision.ts';
import type { Permissions } from '../../engine/permissions/permissions.ts';
import { withInSyncKeys } from '../../engine/reconcile/drift.ts';
import type { NextSecretWrite } from '../../engine/reconcile/next-write.ts';
import {
  type ChangeReason,
  discardPending,
  hasSameData,
  latestVersion,
  type RetentionOptions,
  type SecretData,
  stagePending,
} from '../../engine/record/record.ts';
import { recordObservation } from '../../engine/record/record-observation.ts';
import type { FieldManager } from '../../engine/secret/kubernetes-names.ts';
import type { Sensitive } from '../../engine/secret/sensitive.ts';
import { LockstepError } from '../../errors.ts';
import { secretWrittenEvent } from './events.ts';
import type { ObservedSecret, SecretEventData, SecretRef } from './observed-secret.ts';
import type { RecordSession } from './record-session.ts';

export interface SecretDataEdit {
  readonly set: ReadonlyMap<string, Sensitive>;
  readonly remove: readonly string[];
}

/**
 * Each function rejects with a LockstepError, and with CLUSTER_CONFLICT if the Secret has changed since it was read.
 */
export interface SecretWriteNeeds {
  readonly context: Pick<EngineContext, 'now'>;
  readonly readSecret: (ref: SecretRef) => Promise<ObservedSecret | undefined>;
  readonly patchSecret: (observed: ObservedSecret, edit: SecretDataEdit) => Promise<ObservedSecret>;
  /** The number of versions to keep. */
  readonly history: number;
  /** The field manager of its writes. */
  readonly fieldManager: FieldManager;
  readonly onWritten: (ref: SecretRef, why: ChangeReason) => void;
  readonly recordEvent: (observed: ObservedSecret, event: SecretEventData) => void;
}

/**
 * Writes the record, then the Secret, then the record. After a crash, the next leader finds the pending version in the
 * record.
 */
export async function writeSecret(
  observed: ObservedSecret,
  session: RecordSession,
  { data, why, by, note, record: before }: Omit<NextSecretWrite, 'kind'>,
  permissions: Permissions,
  needs: SecretWriteNeeds,
): Promise<void> {
  const author = by ?? needs.fieldManager;
  if (before.pending?.data !== data)
    await session.save(
      stagePending(before, data, { time: needs.context.now(), by: author, why }, observed.resourceVersion),
    );
  const after = await needs
    .patchSecret(observed, editBetween(observed.secret.data, data))
    .catch(async (error) => {
      if (await wasNotWritten(error, data, observed, needs))
        await session.save(discardPending(session.current()));
      throw error;
    });
  const written = { ...after.written, why: { kind: 'changed' } } as const;
  const record = recordObservation(
    session.current(),
    after.secret.data,
    written,
    retentionOf(permissions, needs),
  );
  const request = { ...permissions.request, secret: after.secret, old: after.secret };
  await session.save(withInSyncKeys(record, { ...permissions, request }));
  needs.onWritten({ namespace: observed.secret.namespace, name: observed.secret.name }, why);
  const { number } = latestVersion(session.current());
  needs.recordEvent(after, secretWrittenEvent(why, note, number));
}

export const retentionOf = (
  { mayRestart }: Permissions,
  { history }: Pick<SecretWriteNeeds, 'history'>,
): RetentionOptions => ({
  history,
  restarts: mayRestart,
});

/**
 * True if the Secret was certainly not written. A call without an answer may have written it. After a conflict, the
 * first writer may have been an earlier leader with the same data.
 */
async function wasNotWritten(
  error: unknown,
  data: SecretData,
  { secret }: ObservedSecret,
  { readSecret }: Pick<SecretWriteNeeds, 'readSecret'>,
): Promise<boolean> {
  if (!(error instanceof LockstepError)) return false;
  if (error.code !== 'LOCKSTEP_CLUSTER_CONFLICT') return error.code === 'LOCKSTEP_SECRET_REFUSED';
  return !hasSameData((await readSecret(secret))?.secret.data, data);
}

function editBetween(before: SecretData, after: SecretData): SecretDataEdit {
  const set = new Map([...after].filter(([key, value]) => !value.equals(before.get(key))));
  return { set, remove: [...before.keys()].filter((key) => !after.has(key)) };
}
