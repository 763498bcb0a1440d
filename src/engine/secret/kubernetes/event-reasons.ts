interface EventText {
  readonly type: 'Normal' | 'Warning';
  /** The kind of the object that the Event is about. */
  readonly about: string;
  /** One line for the reference of the public surface. */
  readonly meaning: string;
}

const CREDENTIAL = 'PostgresCredential or RedisCredential';
const SECRET_AND_CREDENTIAL = `Secret and ${CREDENTIAL}`;

/** Every Event that lockstep writes, by its reason. An Event with an undeclared reason does not compile. */
export const EVENT_REASONS = {
  SecretHealed: {
    type: 'Normal',
    about: 'Secret',
    meaning: 'The controller corrected derived keys.',
  },
  SecretGenerated: {
    type: 'Normal',
    about: 'Secret',
    meaning: 'The controller made values for keys that were missing.',
  },
  SecretRotated: {
    type: 'Normal',
    about: 'Secret',
    meaning: 'The controller gave generated keys new values, or removed a previous value.',
  },
  SecretRolledBack: {
    type: 'Normal',
    about: 'Secret',
    meaning: 'The Secret has the values of an earlier version again.',
  },
  PasswordPublished: {
    type: 'Normal',
    about: 'Secret',
    meaning: 'The new password of a login was written to the Secret.',
  },
  CopyNotNamed: {
    type: 'Warning',
    about: 'Secret',
    meaning: 'The Secret has the annotation of a copy, and no PostgresCredential names it as one.',
  },
  RecordUnreadable: {
    type: 'Warning',
    about: 'Secret',
    meaning: 'The record of the Secret cannot be read, so lockstep does not change the Secret.',
  },
  KeySkipped: {
    type: 'Warning',
    about: 'Secret',
    meaning: 'A key is due for a value and gets none; the message says why.',
  },
  KeyOverdue: {
    type: 'Warning',
    about: 'Secret',
    meaning: 'A key is older than the maxAge of its policy.',
  },
  ReconcileSuspended: {
    type: 'Warning',
    about: 'Secret',
    meaning: 'Another writer undoes each correction; lockstep pauses for one hour.',
  },
  ReconcileFailed: {
    type: 'Warning',
    about: 'Secret',
    meaning: 'A permission, a quota or another webhook prevents the work on the Secret.',
  },
  SecretViolation: {
    type: 'Warning',
    about: 'Secret',
    meaning: 'The stored Secret has a finding with the action Enforce.',
  },
  SecretWarning: {
    type: 'Warning',
    about: 'Secret',
    meaning: 'The stored Secret has a finding with the action Warn.',
  },
  ValueReplaced: {
    type: 'Warning',
    about: 'Secret',
    meaning:
      'The Secret was created again, and a sensitive key has another value; the message has the command that restores it.',
  },
  ValueReverted: {
    type: 'Warning',
    about: 'Secret',
    meaning:
      'A writer set a sensitive key back to the value of an earlier version; the message names the writer, and how the value stays.',
  },
  SecretDenied: {
    type: 'Warning',
    about: 'ExternalSecret',
    meaning: 'The webhook denied a write of the Secret that this ExternalSecret owns.',
  },
  DerivedSecretUpdated: {
    type: 'Normal',
    about: 'Secret',
    meaning: 'The Secret with the derived keys, NAME-derived, was written.',
  },
  DerivedSecretFailed: {
    type: 'Warning',
    about: 'Secret',
    meaning: 'The Secret with the derived keys, NAME-derived, cannot be written.',
  },
  ConsumerRestarted: {
    type: 'Normal',
    about: 'workload',
    meaning: 'lockstep or Reloader restarted the workload for a new version of the Secret.',
  },
  ConsumerLeftToReloader: {
    type: 'Normal',
    about: 'workload',
    meaning: 'lockstep waits until Reloader has restarted the workload for a new version of the Secret.',
  },
  RolloutComplete: {
    type: 'Normal',
    about: 'Secret',
    meaning: 'The consumers of the Secret that could be restarted have its new version.',
  },
  RolloutStopped: {
    type: 'Warning',
    about: 'workload and Secret',
    meaning: 'A workload did not become healthy, so no other consumer is restarted.',
  },
  ConsumerNotRestarted: {
    type: 'Warning',
    about: 'workload',
    meaning: 'The workload was not restarted; the message says why.',
  },
  PasswordChangeStarted: {
    type: 'Normal',
    about: SECRET_AND_CREDENTIAL,
    meaning: 'A change of the password has started; the message says what started it.',
  },
  PasswordNotSaved: {
    type: 'Warning',
    about: SECRET_AND_CREDENTIAL,
    meaning: 'A restart of the Redis server brings the password from before back, because it saves no users.',
  },
  PasswordChangeComplete: {
    type: 'Normal',
    about: SECRET_AND_CREDENTIAL,
    meaning: 'Secret and server have the new password; the message names the consumers that lack it.',
  },
  PasswordChangeRolledBack: {
    type: 'Warning',
    about: SECRET_AND_CREDENTIAL,
    meaning: 'The change failed; Secret and server get the previous password back.',
  },
  PasswordChangeRefused: {
    type: 'Warning',
    about: SECRET_AND_CREDENTIAL,
    meaning: 'The password was not changed; the message says what prevents it.',
  },
  PasswordChangeDelayed: {
    type: 'Warning',
    about: SECRET_AND_CREDENTIAL,
    meaning: 'The login in the Secret was edited too often; the last edit takes effect within a minute.',
  },
  PasswordChangeAbandoned: {
    type: 'Warning',
    about: SECRET_AND_CREDENTIAL,
    meaning: 'The object was removed before the change of its password ended.',
  },
  Diverged: {
    type: 'Warning',
    about: SECRET_AND_CREDENTIAL,
    meaning: 'Secret and server have different passwords, and a person has to decide.',
  },
  Synced: {
    type: 'Normal',
    about: SECRET_AND_CREDENTIAL,
    meaning: 'Secret and server agree again.',
  },
  CredentialReady: {
    type: 'Normal',
    about: CREDENTIAL,
    meaning: 'lockstep accepts the object, and keeps its login in sync.',
  },
  CredentialNotReady: {
    type: 'Warning',
    about: CREDENTIAL,
    meaning: 'The object cannot be used; the message says why.',
  },
  PolicyAccepted: {
    type: 'Normal',
    about: 'SecretPolicy',
    meaning: 'The webhook validates Secrets with this version of the policy.',
  },
  PolicyInvalid: {
    type: 'Warning',
    about: 'SecretPolicy',
    meaning: 'This version cannot be used; the last valid version stays in effect.',
  },
  PolicyConflict: {
    type: 'Warning',
    about: 'SecretPolicy',
    meaning: 'Another policy decides about the same key; the message names both.',
  },
  ExceptionExpiresSoon: {
    type: 'Warning',
    about: 'SecretPolicy',
    meaning: 'The last day of an exception comes within 14 days.',
  },
  ExceptionExpired: {
    type: 'Warning',
    about: 'SecretPolicy',
    meaning: 'The last day of an exception has passed; it is ignored.',
  },
  BreakGlass: {
    type: 'Warning',
    about: 'Secret',
    meaning:
      'The Secret has the annotation lockstep.dev/break-glass, and may have been written without validation.',
  },
} as const satisfies Record<string, EventText>;

export type EventReason = keyof typeof EVENT_REASONS;

export const eventType = (reason: EventReason): EventText['type'] => EVENT_REASONS[reason].type;
