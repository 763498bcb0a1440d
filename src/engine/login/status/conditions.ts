import { toKubernetesTime } from '../../secret/kubernetes/conditions.ts';
import type { LoginChange, LoginRecord } from '../../secret/record/login-record.ts';
import { latestVersion, type SecretRecord } from '../../secret/record/record.ts';
import type { LoginEvaluation } from '../change/login-observation.ts';
import { nextRotation } from '../change/next-rotation.ts';
import type { ServerCredential } from '../credential-schema/compile.ts';
import type { LoginResult } from '../result/login-result.ts';
import { serverKindOf } from '../server-kinds/kinds.ts';
import { type CredentialCondition, type CredentialReport, toStatusPhase } from './status.ts';
import { EDITED_OFTEN, type WaitReason, waitText } from './wait-reason.ts';

/** The observation of a login in this reconcile. */
export type CredentialObservation =
  /** The login was checked. `sentence` states the result. */
  | {
      readonly kind: 'looked';
      readonly state: LoginEvaluation['kind'];
      readonly result: LoginResult;
      readonly sentence: string;
      /** There may be another manager. */
      readonly warning?: string | undefined;
    }
  /** The Secret was edited too often, so the last edit waits. */
  | { readonly kind: 'delayed' }
  /** A change is in progress. */
  | { readonly kind: 'changing'; readonly change: LoginChange; readonly waitsFor: WaitReason | undefined };

/** The status of a ServerCredential that the controller works on. */
export function credentialReportOf(
  credential: ServerCredential,
  record: SecretRecord,
  observation: CredentialObservation,
  now: Date,
  /** The object is being deleted. This is the latest time of its deletion. */
  releaseAt?: Date,
): CredentialReport | undefined {
  const { login } = record;
  if (login === undefined) return undefined;
  return {
    generation: credential.generation,
    // Each edit is a version, and the status must not change with each of them.
    version: observation.kind === 'delayed' ? undefined : latestVersion(record).number,
    phase: statusPhaseOf(login),
    lastRotation: login.rotated,
    nextRotation: nextRotation(credential, login, now).next,
    changingSince: login.change?.since,
    waitsFor: waitReasonOf(observation),
    conditions: [
      { type: 'Ready', status: 'True', reason: 'Available', message: readyMessage(observation) },
      syncedConditionOf(login, observation),
      progressingConditionOf(login, observation, deletionText(credential, releaseAt)),
    ],
  };
}

function waitReasonOf(observation: CredentialObservation): WaitReason | undefined {
  switch (observation.kind) {
    case 'looked':
      return undefined;
    case 'delayed':
      return { kind: 'edits' };
    case 'changing':
      return observation.waitsFor;
  }
}

const readyMessage = (observation: CredentialObservation): string => {
  const warning =
    observation.kind === 'looked' && observation.warning !== undefined ? `; ${observation.warning}` : '';
  return `lockstep keeps this login in sync; the condition Synced has the result${warning}`;
};

/** The reason why a ServerCredential can't be reconciled. */
export type NotReadyCondition = Extract<CredentialCondition, { type: 'Ready'; status: 'False' }>;

export const notReadyCondition = (
  reason: NotReadyCondition['reason'],
  message: string,
): NotReadyCondition => ({
  type: 'Ready',
  status: 'False',
  reason,
  message,
});

/** The status of a ServerCredential that the controller can't work on. `half` is a change that waits for it. */
export function notReadyReport(
  credential: Pick<ServerCredential, 'generation'> & Partial<Pick<ServerCredential, 'spec'>>,
  condition: NotReadyCondition,
  unfinished?: { readonly change: LoginChange; readonly letGo: Date | undefined },
): CredentialReport {
  return {
    generation: credential.generation,
    version: undefined,
    phase: unfinished === undefined ? 'Idle' : toStatusPhase(unfinished.change.phase),
    lastRotation: undefined,
    nextRotation: undefined,
    waitsFor: unfinished && NOT_READY,
    conditions: [
      condition,
      {
        type: 'Synced',
        status: 'Unknown',
        reason: 'NotChecked',
        message: 'nothing is looked at until it is ready',
      },
      unfinished === undefined
        ? IDLE_CONDITION
        : changingCondition(unfinished.change, deletionText(credential, unfinished.letGo), NOT_READY),
    ],
  };
}

const NOT_READY: WaitReason = { kind: 'not-ready' };

const IDLE_CONDITION = {
  type: 'Progressing',
  status: 'False',
  reason: 'Idle',
  message: 'no change is under way',
} as const;

const statusPhaseOf = ({ change, diverged }: LoginRecord): CredentialReport['phase'] => {
  if (change !== undefined) return toStatusPhase(change.phase);
  return diverged === undefined ? 'Idle' : 'Diverged';
};

function syncedConditionOf(
  { diverged }: LoginRecord,
  observation: CredentialObservation,
): CredentialCondition {
  const type = 'Synced';
  if (observation.kind === 'delayed')
    return { type, status: 'Unknown', reason: 'NotChecked', message: EDITED_OFTEN };
  if (observation.kind === 'changing')
    return {
      type,
      status: 'Unknown',
      reason: 'NotChecked',
      message: 'a change of the password is under way',
    };
  const { state, result, sentence } = observation;
  if (diverged !== undefined) return { type, status: 'False', reason: 'Diverged', message: diverged.reason };
  if (state === 'unknown') return { type, status: 'Unknown', reason: 'Unreachable', message: sentence };
  return result.kind === 'ok'
    ? { type, status: 'True', reason: 'LoginVerified', message: 'the login of the Secret opens the server' }
    : { type, status: 'False', reason: 'LoginRefused', message: sentence };
}

function progressingConditionOf(
  { failed, rotated }: LoginRecord,
  observation: CredentialObservation,
  deletion: string,
): CredentialCondition {
  const type = 'Progressing';
  if (observation.kind === 'delayed')
    return { type, status: 'True', reason: 'Delayed', message: EDITED_OFTEN };
  if (observation.kind === 'changing')
    return changingCondition(observation.change, deletion, observation.waitsFor);
  if (failed !== undefined)
    return failed.undone
      ? {
          type,
          status: 'False',
          reason: 'RolledBack',
          message: `the last change was undone: ${failed.reason}`,
        }
      : {
          type,
          status: 'False',
          reason: 'Refused',
          message: `the last change was not begun: ${failed.reason}`,
        };
  return rotated === undefined
    ? IDLE_CONDITION
    : { type, status: 'False', reason: 'Changed', message: 'the last change was completed' };
}

const deletionText = ({ spec }: Partial<Pick<ServerCredential, 'spec'>>, latest: Date | undefined): string =>
  latest === undefined
    ? ''
    : `; the ${serverKindOf(spec?.keys ?? {}).object} is deleted when this has ended, at ${toKubernetesTime(latest)} at the latest`;

function changingCondition(
  { fault }: LoginChange,
  deletion: string,
  waitsFor: WaitReason | undefined,
): CredentialCondition {
  const type = 'Progressing';
  const waits = deletion + (waitsFor === undefined ? '' : `; waiting: ${waitText(waitsFor)}`);
  return fault === undefined
    ? { type, status: 'True', reason: 'Changing', message: `the password is being changed${waits}` }
    : {
        type,
        status: 'True',
        reason: 'RollingBack',
        message: `the change is undone, because ${fault}${waits}`,
      };
}
