import type { OwnWhy } from '../../engine/record/record.ts';
import type { Obstacle } from '../../engine/rotation/rotatable.ts';
import type { EventReason } from '../../engine/secret/event-reasons.ts';
import type { News } from './observed-secret.ts';

/** The Secret has been written: `version` is the number that it has by now. */
export const writtenNews = (why: OwnWhy, note: string, version: number): News => ({
  reason: REASONS[why.kind],
  note,
  identity: `version ${version}`,
});

const REASONS: Readonly<Record<OwnWhy['kind'], EventReason>> = {
  healed: 'SecretHealed',
  generated: 'SecretGenerated',
  rotated: 'SecretRotated',
  'rolled-back': 'SecretRolledBack',
  login: 'PasswordPublished',
};

export const unreadableNews = (reason: string): News => ({
  reason: 'RecordUnreadable',
  note: `The record of this Secret can't be read (${reason}), and lockstep changes nothing here until it can: put it back from a backup, or delete it.`,
  identity: reason,
});

export const leftNews = ({ key, reason }: Obstacle): News => ({
  reason: 'KeySkipped',
  note: `${key} ${reason}.`,
  identity: `${key} ${reason}`,
});
