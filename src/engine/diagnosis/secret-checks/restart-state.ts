import { provenCredential } from '../../login/change/superseded.ts';
import { isRefused } from '../../login/result/login-result.ts';
import { isSameCredential } from '../../secret/record/credential.ts';
import { type LoginChange, loginsOf, type Phase } from '../../secret/record/login-record.ts';
import type { SecretRecord } from '../../secret/record/record.ts';
import type { LoginEvidence } from './login-evidence.ts';

/** The answers that decide whether lockstep, or a person, restarts consumers now. */
export interface RestartState {
  /** lockstep may restart the consumers. Undefined if no policy could be read. */
  readonly mayRestart: boolean | undefined;
  /** A controller leads. Undefined if that is unknown. */
  readonly isLed: boolean | undefined;
  /** The present phase of a password change. */
  readonly phase: Phase | undefined;
  /** The workload at which the rollout has stopped. */
  readonly stoppedAt: string | undefined;
  /** False if the managed login does not open its server, or not yet. */
  readonly isLoginProven: boolean;
  readonly refusedKeys: readonly string[];
}

export function restartState(
  { mayRestart, isLed }: Pick<RestartState, 'mayRestart' | 'isLed'>,
  record: SecretRecord | undefined,
  logins: readonly LoginEvidence[],
): RestartState {
  const { change, system } = loginsOf(record ?? {}).find((one) => one.change !== undefined) ?? {};
  const specified = logins.filter(({ isSpecified }) => isSpecified);
  return {
    mayRestart,
    isLed,
    phase: change?.phase,
    stoppedAt: record?.rollout?.stopped?.workload,
    isLoginProven:
      change === undefined
        ? specified.every(({ managed }) => managed === undefined)
        : isProvenIn(
            change,
            specified.find(({ target }) => target.system === system),
          ),
    refusedKeys: logins.filter(({ result }) => isRefused(result)).map(({ key }) => key),
  };
}

/** As the controller decides before each restart. */
const isProvenIn = (change: LoginChange, login: LoginEvidence | undefined): boolean =>
  login !== undefined && isSameCredential(provenCredential(change), login);

/** In these phases the controller restarts consumers. In the others it waits for the server or for the Secret. */
const ROLLOUT_PHASES: ReadonlySet<Phase> = new Set([
  'preflight',
  'rollout',
  'drain',
  'rollback-rollout',
  'rollback-drain',
]);

export const allowsRestart = ({ phase }: RestartState): boolean =>
  phase === undefined || ROLLOUT_PHASES.has(phase);
