import type { LoginVerdict } from '../../login/login-result.ts';
import type { LoginChange, LoginRecord } from '../../record/login-record.ts';
import { latest, type SecretRecord } from '../../record/record.ts';
import { inSeconds } from '../../secret/conditions.ts';
import type { Standing } from '../change/login-observation.ts';
import { dueRotation } from '../change/next-rotation.ts';
import type { PostgresCredential } from '../spec/compile.ts';
import { type CredentialCondition, type CredentialNews, spelled } from './status.ts';
import { type WaitReason, waitText } from './wait-reason.ts';

/** What was found out of a login, this time. */
export type Finding =
  /** It was looked at; `sentence` is of the verdict. */
  | {
      readonly kind: 'looked';
      readonly standing: Standing['kind'];
      readonly verdict: LoginVerdict;
      readonly sentence: string;
      /** Somebody else may be at it. */
      readonly beware?: string | undefined;
    }
  /** A change is under way. */
  | { readonly kind: 'changing'; readonly change: LoginChange; readonly waitsFor: WaitReason | undefined };

/** What there is to say of a PostgresCredential that is worked by. */
export function newsOf(
  credential: PostgresCredential,
  record: SecretRecord,
  found: Finding,
  now: Date,
  /** It is being deleted, and gone then at the latest. */
  letGo?: Date,
): CredentialNews | undefined {
  const { login } = record;
  if (login === undefined) return undefined;
  return {
    generation: credential.generation,
    version: latest(record).number,
    phase: phaseOf(login),
    lastRotation: login.rotated,
    nextRotation: dueRotation(credential, login, now).next,
    changingSince: login.change?.since,
    waitsFor: found.kind === 'changing' ? found.waitsFor : undefined,
    conditions: [
      { type: 'Ready', status: 'True', reason: 'Available', message: workingOn(found) },
      inStepOf(login, found),
      progressingOf(login, found, letGo),
    ],
  };
}

const workingOn = (found: Finding): string => {
  const beware = found.kind === 'looked' && found.beware !== undefined ? `; ${found.beware}` : '';
  return `Secret and server are kept in step${beware}`;
};

/** The news where it can't be worked by. `half`: a change that waits for it. */
export function notReady(
  { generation }: Pick<PostgresCredential, 'generation'>,
  condition: Extract<CredentialCondition, { type: 'Ready'; status: 'False' }>,
  half?: { readonly change: LoginChange; readonly letGo: Date | undefined },
): CredentialNews {
  return {
    generation,
    version: undefined,
    phase: half === undefined ? 'Idle' : spelled(half.change.phase),
    lastRotation: undefined,
    nextRotation: undefined,
    waitsFor: half && NOT_READY,
    conditions: [
      condition,
      {
        type: 'Synced',
        status: 'Unknown',
        reason: 'NotChecked',
        message: 'nothing is looked at until it is ready',
      },
      half === undefined ? IDLE : changing(half.change, half.letGo, NOT_READY),
    ],
  };
}

const NOT_READY: WaitReason = { kind: 'not-ready' };

const IDLE = {
  type: 'Progressing',
  status: 'False',
  reason: 'Idle',
  message: 'no change is under way',
} as const;

const phaseOf = ({ change, diverged }: LoginRecord): CredentialNews['phase'] => {
  if (change !== undefined) return spelled(change.phase);
  return diverged === undefined ? 'Idle' : 'Diverged';
};

function inStepOf({ diverged }: LoginRecord, found: Finding): CredentialCondition {
  const type = 'Synced';
  if (found.kind === 'changing')
    return {
      type,
      status: 'Unknown',
      reason: 'NotChecked',
      message: 'a change of the password is under way',
    };
  const { standing, verdict, sentence } = found;
  if (diverged !== undefined) return { type, status: 'False', reason: 'Diverged', message: diverged.reason };
  if (standing === 'unknown') return { type, status: 'Unknown', reason: 'Unreachable', message: sentence };
  return verdict.kind === 'ok'
    ? { type, status: 'True', reason: 'LoginVerified', message: 'the login of the Secret opens the server' }
    : { type, status: 'False', reason: 'LoginRefused', message: sentence };
}

function progressingOf(
  { failed, rotated }: LoginRecord,
  found: Finding,
  letGo: Date | undefined,
): CredentialCondition {
  const type = 'Progressing';
  if (found.kind === 'changing') return changing(found.change, letGo, found.waitsFor);
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
    ? IDLE
    : { type, status: 'False', reason: 'Changed', message: 'the last change was brought to its end' };
}

function changing(
  { fault }: LoginChange,
  letGo: Date | undefined,
  waitsFor: WaitReason | undefined,
): CredentialCondition {
  const type = 'Progressing';
  const deletion =
    letGo === undefined
      ? ''
      : `; the PostgresCredential is deleted when this has ended, at ${inSeconds(letGo)} at the latest`;
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
