import type { NextSecretWrite } from '../../engine/reconcile/next-write.ts';
import { latestVersion, type OwnChangeReason } from '../../engine/record/record.ts';
import type { Obstacle } from '../../engine/rotation/rotatable.ts';
import type { EventReason } from '../../engine/secret/event-reasons.ts';
import type { Deps, SecretEventData } from '../reconciler-deps.ts';
import type { SecretSession } from './open.ts';

/** Executes a write of the controller, and reports it. */
export async function executeAndReport(
  session: SecretSession,
  write: Omit<NextSecretWrite, 'kind'>,
  { reports }: Deps<'reports'>,
): Promise<void> {
  const stored = await session.execute(write);
  const { namespace, name } = session.ref;
  reports.onWritten({ namespace, name }, write.why);
  const { number } = latestVersion(session.record());
  reports.recordEvent(stored, secretWrittenEvent(write.why, write.note, number));
}

/** `version` is the number of the written version. */
const secretWrittenEvent = (why: OwnChangeReason, note: string, version: number): SecretEventData => ({
  reason: REASONS[why.kind],
  note,
  identity: `version ${version}`,
});

const REASONS: Readonly<Record<OwnChangeReason['kind'], EventReason>> = {
  healed: 'SecretHealed',
  generated: 'SecretGenerated',
  rotated: 'SecretRotated',
  'rolled-back': 'SecretRolledBack',
  login: 'PasswordPublished',
};

export const recordUnreadableEvent = (reason: string): SecretEventData => ({
  reason: 'RecordUnreadable',
  note: `lockstep can't read the record of this Secret (${reason}), and changes nothing here. Restore the record from a backup, or delete it.`,
  identity: reason,
});

export const keySkippedEvent = ({ key, reason }: Obstacle): SecretEventData => ({
  reason: 'KeySkipped',
  note: `${key} ${reason}.`,
  identity: `${key} ${reason}`,
});
