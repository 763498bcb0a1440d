import { EDITED_OFTEN } from '../../engine/login/status/wait-reason.ts';
import type { EventReason } from '../../engine/secret/kubernetes/event-reasons.ts';
import type { ChangeCause } from '../../engine/secret/record/login-record.ts';
import type { OwnChangeReason } from '../../engine/secret/record/record.ts';
import type { DomainEvent } from '../domain-event.ts';

/** A Kubernetes Event about a Secret. It contains names only. */
export interface SecretEvent {
  readonly reason: EventReason;
  readonly note: string;
  /** Equal identities are reported once. */
  readonly identity: string;
}

/** The Kubernetes Event for one write of a Secret, for its login, or for an obstacle. Most domain events have none. */
export function secretEventOf(event: DomainEvent): SecretEvent | undefined {
  switch (event.kind) {
    case 'secret-written':
      return {
        reason: WRITE_REASONS[event.why.kind],
        note: event.note,
        identity: `version ${event.version}`,
      };
    case 'record-unreadable':
      return {
        reason: 'RecordUnreadable',
        note: `lockstep can't read the record of this Secret (${event.reason}), and changes nothing here. Restore the record from a backup, or delete it.`,
        identity: event.reason,
      };
    case 'break-glass':
      return {
        reason: 'BreakGlass',
        note: 'With the annotation lockstep.dev/break-glass, a write by a user with that right is not validated. See the audit log of the API server, and remove the annotation after the incident.',
        identity: event.writtenAt.toISOString(),
      };
    case 'copy-not-named':
      return {
        reason: 'CopyNotNamed',
        note: 'The Secret has the annotation lockstep.dev/copy-of, and does not follow: no PostgresCredential of the Secret in that annotation names this one under copies.',
        identity: 'copy-not-named',
      };
    case 'key-skipped':
      return {
        reason: 'KeySkipped',
        note: `${event.key} ${event.reason}.`,
        identity: `${event.key} ${event.reason}`,
      };
    case 'derived-secret-written':
      return {
        reason: 'DerivedSecretUpdated',
        note: `${event.keys.join(', ')}: derived from this Secret, and kept in Secret ${event.derivedName}`,
        identity: `${event.versions.owner} ${event.versions.before}`,
      };
    case 'derived-secret-failed':
      return {
        reason: 'DerivedSecretFailed',
        note: `lockstep can't write the derived Secret: ${event.reason}`,
        identity: event.reason,
      };
    case 'change-started':
      return { reason: 'PasswordChangeStarted', note: `${CAUSE_NOTES[event.cause]}.`, identity: event.id };
    case 'password-not-saved':
      return {
        reason: 'PasswordNotSaved',
        note: 'The server has the password, and can not save its users. A restart brings the password from before back, until lockstep sets this one again. Give it an aclfile or a redis.conf that it may write.',
        identity: event.id,
      };
    case 'change-completed':
      return {
        reason: 'PasswordChangeComplete',
        note: completedNote(event.outdated),
        identity: event.id,
      };
    case 'change-rolled-back':
      return {
        reason: 'PasswordChangeRolledBack',
        note: `lockstep rolls the password back, on the server and in the Secret: ${event.fault}.`,
        identity: event.id,
      };
    case 'change-refused':
      return {
        reason: 'PasswordChangeRefused',
        note: `The password was not changed: ${event.reason}.`,
        identity: event.id,
      };
    case 'change-delayed':
      return { reason: 'PasswordChangeDelayed', note: `${EDITED_OFTEN}.`, identity: 'delayed' };
    case 'change-abandoned':
      return {
        reason: 'PasswordChangeAbandoned',
        note: `The PostgresCredential or RedisCredential was deleted before the password change ended, in phase ${event.phase}. To complete the change, create it for this Secret again.`,
        identity: event.id,
      };
    case 'login-diverged':
      return { reason: 'Diverged', note: `${event.reason}.`, identity: event.since.toISOString() };
    case 'login-synced':
      return {
        reason: 'Synced',
        note: 'Secret and server agree again.',
        identity: event.divergedSince.toISOString(),
      };
    default:
      return undefined;
  }
}

/** The number of consumers that an Event has room for. */
const MAX_CONSUMERS = 5;

function completedNote(outdated: readonly string[] | undefined): string {
  if (outdated === undefined) return 'Secret and server have the password.';
  if (outdated.length === 0) return 'Secret, server and consumers have the password.';
  const rest = outdated.length - MAX_CONSUMERS;
  const named = [...outdated.slice(0, MAX_CONSUMERS), ...(rest > 0 ? [`And ${rest} more`] : [])];
  return `Secret and server have the password, and not all consumers are rolled out. ${named.join('. ')}.`;
}

const WRITE_REASONS: Readonly<Record<OwnChangeReason['kind'], EventReason>> = {
  healed: 'SecretHealed',
  generated: 'SecretGenerated',
  rotated: 'SecretRotated',
  'rolled-back': 'SecretRolledBack',
  login: 'PasswordPublished',
};

const CAUSE_NOTES: Readonly<Record<ChangeCause, string>> = {
  schedule: 'The schedule requires a new password',
  requested: 'A user has requested a new password',
  edited: 'The password in the Secret was edited: lockstep sets it on the server',
  'from-secret':
    'A user has requested that the server follows the Secret: lockstep sets its password on the server',
  'rolled-back': 'A user has requested an earlier version: lockstep sets its password on the server',
  restored: 'The server was restored to an earlier state: lockstep sets the password of the Secret again',
};
