import type { OwnChangeReason } from '../../engine/record/record.ts';
import type { Obstacle } from '../../engine/rotation/rotatable.ts';
import type { EventReason } from '../../engine/secret/event-reasons.ts';
import type { SecretEventData } from '../reconciler-deps.ts';

/** `version` is the number of the written version. */
export const secretWrittenEvent = (why: OwnChangeReason, note: string, version: number): SecretEventData => ({
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
