import type { Permissions } from '../../engine/permissions/permissions.ts';
import { withInSyncKeys } from '../../engine/reconcile/drift.ts';
import type { NextSecretWrite } from '../../engine/reconcile/next-write.ts';
import {
  discardPending,
  hasSameData,
  latestVersion,
  type RetentionOptions,
  type SecretData,
  stagePending,
} from '../../engine/record/record.ts';
import { recordObservation } from '../../engine/record/record-observation.ts';
import { LockstepError } from '../../errors.ts';
import type { ObservedSecret, SecretDataEdit, SecretPort } from '../ports.ts';
import type { Deps, ReconcilerSettings } from '../reconciler-deps.ts';
import { secretWrittenEvent } from './events.ts';
import type { RecordSession } from './record-session.ts';

/**
 * Writes the record, then the Secret, then the record. After a crash, the next leader finds the pending version in the
 * record.
 */
export async function writeSecret(
  observed: ObservedSecret,
  session: RecordSession,
  { data, why, by, note, record: before }: Omit<NextSecretWrite, 'kind'>,
  permissions: Permissions,
  { secrets, clock, settings, reports }: Deps<'secrets' | 'clock' | 'settings' | 'reports'>,
): Promise<void> {
  const author = by ?? secrets.fieldManager;
  if (before.pending?.data !== data)
    await session.save(
      stagePending(before, data, { time: clock.now(), by: author, why }, observed.resourceVersion),
    );
  const after = await secrets
    .patch(observed, editBetween(observed.secret.data, data))
    .catch(async (error) => {
      if (await wasNotWritten(error, data, observed, secrets))
        await session.save(discardPending(session.current()));
      throw error;
    });
  const written = { ...after.written, why: { kind: 'changed' } } as const;
  const record = recordObservation(
    session.current(),
    after.secret.data,
    written,
    retentionOf(permissions, settings),
  );
  const request = { ...permissions.request, secret: after.secret, old: after.secret };
  await session.save(withInSyncKeys(record, { ...permissions, request }));
  reports.onWritten({ namespace: observed.secret.namespace, name: observed.secret.name }, why);
  const { number } = latestVersion(session.current());
  reports.recordEvent(after, secretWrittenEvent(why, note, number));
}

export const retentionOf = (
  { mayRestart }: Permissions,
  { history }: Pick<ReconcilerSettings, 'history'>,
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
  { read }: Pick<SecretPort, 'read'>,
): Promise<boolean> {
  if (!(error instanceof LockstepError)) return false;
  if (error.code !== 'LOCKSTEP_CLUSTER_CONFLICT') return error.code === 'LOCKSTEP_SECRET_REFUSED';
  return !hasSameData((await read(secret))?.secret.data, data);
}

function editBetween(before: SecretData, after: SecretData): SecretDataEdit {
  const set = new Map([...after].filter(([key, value]) => !value.equals(before.get(key))));
  return { set, remove: [...before.keys()].filter((key) => !after.has(key)) };
}
