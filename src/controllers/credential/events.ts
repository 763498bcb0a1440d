import type { LoginChange, LoginRecord } from '../../engine/record/login-record.ts';
import type { SecretEventData } from '../reconciler-deps.ts';

/** The Event for a Secret after the record of its login changes from `before` to `after`. */
export function loginEvent(before: LoginRecord, after: LoginRecord): SecretEventData | undefined {
  if (before === after) return undefined;
  return (
    changeStartedEvent(before, after) ??
    rollbackStartedEvent(before, after) ??
    changeEndedEvent(before, after) ??
    divergenceEvent(before, after)
  );
}

/** The PostgresCredential was deleted, and disappeared before the change ended. */
export const changeAbandonedEvent = ({ id, phase }: LoginChange): SecretEventData => ({
  reason: 'PasswordChangeAbandoned',
  note: `The PostgresCredential was deleted before the password change ended, in phase ${phase}. To complete the change, create a PostgresCredential for this Secret again.`,
  identity: id,
});

function changeStartedEvent(before: LoginRecord, { change }: LoginRecord): SecretEventData | undefined {
  if (change === undefined || before.change?.id === change.id) return undefined;
  return {
    reason: 'PasswordChangeStarted',
    note: `${CAUSE_NOTES[change.cause]}.`,
    identity: change.id,
  };
}

const CAUSE_NOTES = {
  schedule: 'The schedule requires a new password',
  requested: 'A user has requested a new password',
  edited: 'The password in the Secret was edited: lockstep sets it on the server',
  'rolled-back': 'A user has requested an earlier version: lockstep sets its password on the server',
  restored: 'The server was restored to an earlier state: lockstep sets the password of the Secret again',
} as const;

function rollbackStartedEvent(before: LoginRecord, { change }: LoginRecord): SecretEventData | undefined {
  if (change?.fault === undefined || before.change?.fault !== undefined) return undefined;
  const note = `lockstep rolls the password back, on the server and in the Secret: ${change.fault}.`;
  return { reason: 'PasswordChangeRolledBack', note, identity: change.id };
}

function changeEndedEvent(
  before: LoginRecord,
  { change, failed, rotated }: LoginRecord,
): SecretEventData | undefined {
  if (before.change === undefined || change !== undefined) return undefined;
  const { id } = before.change;
  if (rotated !== before.rotated)
    return {
      reason: 'PasswordChangeComplete',
      note: 'Secret, server and consumers have the password.',
      identity: id,
    };
  if (failed === undefined || failed === before.failed || failed.undone) return undefined;
  return {
    reason: 'PasswordChangeRefused',
    note: `The password was not changed: ${failed.reason}.`,
    identity: id,
  };
}

function divergenceEvent(
  before: LoginRecord,
  { diverged, failed }: LoginRecord,
): SecretEventData | undefined {
  if (diverged !== undefined && before.diverged?.reason !== diverged.reason)
    return {
      reason: 'Diverged',
      note: `${diverged.reason}.`,
      identity: diverged.since.toISOString(),
    };
  if (diverged === undefined && before.diverged !== undefined)
    return {
      reason: 'Synced',
      note: 'Secret and server agree again.',
      identity: before.diverged.since.toISOString(),
    };
  // The Event of a rollback was recorded when the rollback started.
  if (failed === undefined || failed === before.failed || failed.undone) return undefined;
  return {
    reason: 'PasswordChangeRefused',
    note: `The password was not changed: ${failed.reason}.`,
    identity: failed.time.toISOString(),
  };
}
