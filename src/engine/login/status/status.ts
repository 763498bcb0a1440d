import {
  type Condition,
  type ConditionTable,
  conditionsOf,
  conditionsText,
  type DeclaredCondition,
  toKubernetesTime,
} from '../../secret/kubernetes/conditions.ts';
import type { Phase } from '../../secret/record/login-record.ts';
import { type WaitReason, waitText } from './wait-reason.ts';

/**
 * The conditions of a ServerCredential: type, status, reason and meaning. Each reason belongs to one status. Any
 * other reason does not compile.
 */
export const CREDENTIAL_CONDITIONS = {
  Ready: {
    True: { Available: 'lockstep proves the login and changes its password.' },
    False: {
      Invalid: 'The spec cannot be used; no webhook checked it when it was written.',
      SecretNotFound: 'The Secret does not exist.',
      LoginIncomplete: 'The Secret lacks a key, or does not name its server.',
      DuplicateCredential: 'An older object of this kind names the same Secret.',
      ManagedByOther: 'Another controller writes the Secret or manages the account.',
      Excluded: 'lockstep never changes a Secret of this namespace or type.',
      RecordUnreadable: 'The record of the Secret, with its versions and its login, cannot be read.',
      ReferencedSecretNotFound:
        'The Secret with the login of the administrator, or with the CA, does not exist.',
      NotAllowed: 'The login may not do what the spec asks for.',
    },
  },
  Synced: {
    True: { LoginVerified: 'The login of the Secret opens the server.' },
    False: {
      LoginRefused: 'The password is right, and the server refuses the login for another reason.',
      Diverged: 'Secret and server have different passwords, and a person has to decide.',
    },
    Unknown: {
      Unreachable: 'The server gives no answer; lockstep tries again.',
      NotChecked: 'A change is in progress, or the condition Ready is not True.',
    },
  },
  Progressing: {
    True: {
      Changing: 'A change of the password is in progress.',
      RollingBack: 'A change of the password failed, and is being undone.',
      Delayed: 'The login in the Secret was edited too often; the last edit takes effect within a minute.',
    },
    False: {
      Idle: 'No change is in progress.',
      Changed: 'The last change ended with the new password.',
      RolledBack: 'The last change was undone.',
      Refused: 'The last change was not started.',
    },
  },
} as const satisfies ConditionTable;

export type CredentialCondition = DeclaredCondition<typeof CREDENTIAL_CONDITIONS>;

/** `RollbackApply` for `rollback-apply`, as Kubernetes spells it. */
type PascalCase<Name extends string> = Name extends `${infer First}-${infer Rest}`
  ? `${Capitalize<First>}${Capitalize<Rest>}`
  : Capitalize<Name>;
export type StatusPhase = PascalCase<Phase> | 'Idle' | 'Diverged';

export const toStatusPhase = (phase: Phase): StatusPhase =>
  phase.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase()) as StatusPhase;

export interface CredentialReport {
  readonly generation: number;
  /** The version of the Secret in its record. */
  readonly version: number | undefined;
  readonly phase: StatusPhase;
  readonly lastRotation: Date | undefined;
  readonly nextRotation: Date | undefined;
  /** The start of the change in progress. It is no part of the stored status. */
  readonly changingSince?: Date | undefined;
  /** Undefined if no change is in progress, or if it waits for nothing. */
  readonly waitsFor?: WaitReason | undefined;
  readonly conditions: readonly CredentialCondition[];
}

/** The stored form. Undefined fields are absent. */
export interface CredentialStatus {
  readonly observedGeneration: number;
  readonly version: number | undefined;
  readonly phase: StatusPhase;
  readonly lastRotation: string | undefined;
  readonly nextRotation: string | undefined;
  /** The wait reason of a password change, for people. */
  readonly waitingFor: string | undefined;
  /** The message of the most important condition, for people. */
  readonly reason: string;
  readonly conditions: readonly (CredentialCondition & Condition)[];
}

/** Fits into a line of `kubectl get -o wide`. */
const MAX_REASON_LENGTH = 1024;

/** The new stored status. Undefined if it is equal to `before`, the stored one. `before` may hold anything. */
export function statusAfter(
  before: unknown,
  report: CredentialReport,
  now: Date,
): CredentialStatus | undefined {
  const { generation, version, phase, lastRotation, nextRotation, waitsFor, conditions } = report;
  const status: CredentialStatus = {
    observedGeneration: generation,
    version,
    phase,
    lastRotation: lastRotation && toKubernetesTime(lastRotation),
    nextRotation: nextRotation && toKubernetesTime(nextRotation),
    waitingFor: waitsFor && waitText(waitsFor).slice(0, MAX_REASON_LENGTH),
    reason: (mostImportant(conditions)?.message ?? '').slice(0, MAX_REASON_LENGTH),
    conditions: conditionsOf(conditions, generation, before, now),
  };
  return comparisonKey(status) === comparisonKey(before) ? undefined : status;
}

/** The condition that a person must see in a list. */
function mostImportant(conditions: readonly CredentialCondition[]): CredentialCondition | undefined {
  const of = (type: CredentialCondition['type']): CredentialCondition | undefined =>
    conditions.find((one) => one.type === type);
  const [ready, synced, progressing] = [of('Ready'), of('Synced'), of('Progressing')];
  if (ready?.status === 'False') return ready;
  if (progressing?.status === 'True') return progressing;
  if (synced?.status !== 'True') return synced ?? ready;
  const hasFailed = progressing?.reason === 'RolledBack' || progressing?.reason === 'Refused';
  return hasFailed ? progressing : synced;
}

/** Equal for two statuses that say the same. */
function comparisonKey(status: unknown): string {
  const { conditions, ...rest } = (status ?? {}) as Partial<CredentialStatus>;
  const { observedGeneration, version, phase, lastRotation, nextRotation, waitingFor, reason } = rest;
  const fields = [observedGeneration, version, phase, lastRotation, nextRotation, waitingFor, reason];
  return JSON.stringify([...fields, conditionsText(conditions)]);
}
