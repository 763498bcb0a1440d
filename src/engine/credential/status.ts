import { type Condition, conditionsOf, inSeconds } from '../conditions.ts';
import type { Phase } from './login-record.ts';

/** What is said of a PostgresCredential. Of a condition each reason is one word, and belongs to one status. */
export type CredentialCondition =
  | About<'Ready', 'True', 'Working'>
  | About<
      'Ready',
      'False',
      /** The spec can't be worked by: nobody has judged it when it was written. */
      | 'Invalid'
      | 'SecretMissing'
      /** The Secret lacks a key, or the server can't be told from it. */
      | 'LoginIncomplete'
      /** Another PostgresCredential, an older one, means the same Secret. */
      | 'SecretShared'
      /** Somebody else writes it, or the role. */
      | 'OwnedElsewhere'
      /** Its namespace or its type is never touched. */
      | 'Excluded'
      /** What is known of its versions and its login; nothing is done without. */
      | 'RecordUnreadable'
      /** The Secret with the administrator's login, or with the CA. */
      | 'HelperMissing'
      /** The login that is there may not do what is asked. */
      | 'NotAllowed'
    >
  | About<'InStep', 'True', 'LoginProven'>
  | About<'InStep', 'False', 'LoginRefused' | 'Diverged'>
  | About<'InStep', 'Unknown', 'Unreachable' | 'NotChecked'>
  | About<'Progressing', 'True', 'Changing' | 'GoingBack'>
  | About<'Progressing', 'False', 'Idle' | 'Changed' | 'WentBack' | 'Refused'>;

interface About<Type extends string, Status extends Condition['status'], Reason extends string> {
  readonly type: Type;
  readonly status: Status;
  readonly reason: Reason;
  /** The same for people: what is wrong, and what to do. */
  readonly message: string;
}

/** `undo-apply` as Kubernetes spells it, `UndoApply`. */
type Spelled<Name extends string> = Name extends `${infer First}-${infer Rest}`
  ? `${Capitalize<First>}${Capitalize<Rest>}`
  : Capitalize<Name>;
export type StatusPhase = Spelled<Phase> | 'Idle' | 'Diverged';

export const spelled = (phase: Phase): StatusPhase =>
  phase.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase()) as StatusPhase;

export interface CredentialNews {
  readonly generation: number;
  /** Of the Secret, as in its record. */
  readonly version: number | undefined;
  readonly phase: StatusPhase;
  readonly lastRotation: Date | undefined;
  readonly nextRotation: Date | undefined;
  /** Since when a change is under way; no part of the status. */
  readonly changingSince?: Date | undefined;
  readonly conditions: readonly CredentialCondition[];
}

/** As it is stored; what is undefined is not there. */
export interface CredentialStatus {
  readonly observedGeneration: number;
  readonly version: number | undefined;
  readonly phase: StatusPhase;
  readonly lastRotation: string | undefined;
  readonly nextRotation: string | undefined;
  /** The most important news of it, for people. */
  readonly reason: string;
  readonly conditions: readonly (CredentialCondition & Condition)[];
}

/** A line of `kubectl get -o wide`. */
const LONGEST_REASON = 1024;

/** The status that says so; undefined where `before`, the one that is stored, whatever it holds, says the same. */
export function statusAfter(before: unknown, news: CredentialNews, now: Date): CredentialStatus | undefined {
  const { generation, version, phase, lastRotation, nextRotation, conditions } = news;
  const status: CredentialStatus = {
    observedGeneration: generation,
    version,
    phase,
    lastRotation: lastRotation && inSeconds(lastRotation),
    nextRotation: nextRotation && inSeconds(nextRotation),
    reason: (foremost(conditions)?.message ?? '').slice(0, LONGEST_REASON),
    conditions: conditionsOf(conditions, generation, before, now),
  };
  return gistOf(status) === gistOf(before) ? undefined : status;
}

/** The condition that somebody who looks at a list has to see. */
function foremost(conditions: readonly CredentialCondition[]): CredentialCondition | undefined {
  const of = (type: CredentialCondition['type']): CredentialCondition | undefined =>
    conditions.find((one) => one.type === type);
  const [ready, inStep, progressing] = [of('Ready'), of('InStep'), of('Progressing')];
  if (ready?.status === 'False') return ready;
  if (progressing?.status === 'True') return progressing;
  if (inStep?.status !== 'True') return inStep ?? ready;
  const hasFailed = progressing?.reason === 'WentBack' || progressing?.reason === 'Refused';
  return hasFailed ? progressing : inStep;
}

/** Text that is the same where the same is said. */
function gistOf(status: unknown): string {
  const { conditions, ...rest } = (status ?? {}) as Partial<CredentialStatus>;
  const { observedGeneration, version, phase, lastRotation, nextRotation, reason } = rest;
  const each = (Array.isArray(conditions) ? conditions : []).map((one: Partial<Condition> | null) =>
    JSON.stringify([one?.type, one?.status, one?.observedGeneration, one?.reason, one?.message]),
  );
  const fields = [observedGeneration, version, phase, lastRotation, nextRotation, reason];
  return JSON.stringify([...fields, ...each.sort()]);
}
