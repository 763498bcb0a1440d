import type { LoginChange, LoginRecord } from '../../engine/record/login-record.ts';
import type { SecretEventData } from '../record/observed-secret.ts';

/** What there is to tell of a Secret when the record of its login has come from `before` to `after`. */
export function loginEvent(before: LoginRecord, after: LoginRecord): SecretEventData | undefined {
  if (before === after) return undefined;
  return (
    changeStartedEvent(before, after) ??
    rollbackStartedEvent(before, after) ??
    changeEndedEvent(before, after) ??
    divergenceEvent(before, after)
  );
}

/** Its PostgresCredential was deleted, and gone before the change had ended. */
export const changeAbandonedEvent = ({ id, phase }: LoginChange): SecretEventData => ({
  reason: 'PasswordChangeAbandoned',
  note: `The PostgresCredential is gone before the change of the password has ended, in ${phase}. To have it ended, make one for this Secret again.`,
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
  schedule: 'It is time for another password',
  requested: 'Somebody has asked for another password',
  edited: 'Somebody has written another password into the Secret: it is brought to the server',
  'rolled-back': 'Somebody has asked for an earlier version: its password is brought to the server',
  restored: 'The server was put back to an earlier state: it gets the password of the Secret again',
} as const;

function rollbackStartedEvent(before: LoginRecord, { change }: LoginRecord): SecretEventData | undefined {
  if (change?.fault === undefined || before.change?.fault !== undefined) return undefined;
  const note = `The change of the password is undone, in the server and in the Secret: ${change.fault}.`;
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
  // Of what was undone it was told when it turned back.
  if (failed === undefined || failed === before.failed || failed.undone) return undefined;
  return {
    reason: 'PasswordChangeRefused',
    note: `The password was not changed: ${failed.reason}.`,
    identity: failed.time.toISOString(),
  };
}
