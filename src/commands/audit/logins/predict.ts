import {
  type DryRunResult,
  dryRunChange,
  dryRunInCluster,
  previewChange,
} from '../../../controllers/credential/dry-run.ts';
import {
  loginLabelsOf,
  loginRecordOf,
  type ReconcileInput,
  tryLogin,
} from '../../../controllers/credential/reconcile-input.ts';
import { newChange } from '../../../controllers/credential/reconciler.ts';
import type { SecretSession } from '../../../controllers/secret-session/open.ts';
import type { Effect, Obstacle } from '../../../engine/diagnosis/ready/readiness.ts';
import { nextRole } from '../../../engine/login/change/begin-change.ts';
import { newPassword } from '../../../engine/login/change/new-password.ts';
import { isUnanswered } from '../../../engine/login/result/login-finding.ts';
import { isPasswordCorrect, isRefused, isUnproven } from '../../../engine/login/result/login-result.ts';
import { LockstepError } from '../../../errors/errors.ts';
import { type DryRunDeps, dryRunDeps } from '../../password-change/dry-run-deps.ts';
import { requestedInput } from '../../password-change/requested-input.ts';
import { openLogin, type PasswordChangeRun } from '../../password-change/run.ts';
import { type AskedServer, askRedisAbout, askServerAbout } from './ask-server.ts';

/** The outcome of a change that begins now, as far as it can be seen before. */
export interface Prediction extends AskedServer {
  /** The keys of the Secret that would change. Undefined if no change begins. */
  readonly changing: readonly string[] | undefined;
  /** The time since which the Secret has its password. Undefined without a record. */
  readonly since: { readonly time: Date; readonly isAtLeast: boolean } | undefined;
  /** The login is proven now. */
  readonly isProven: boolean;
}

export interface PredictOptions {
  readonly servers: Pick<DryRunDeps, 'databases' | 'redis'>;
  /** Limits one login, in milliseconds. */
  readonly timeout: number;
  /** Log in, and try the write as a dry run. */
  readonly asks: boolean;
  /** This user may try the write of the Secret. */
  readonly mayDryRun: boolean;
  /** The controller has proven the login, by the status of its PostgresCredential. */
  readonly isSynced: boolean;
}

/**
 * Predicts a change of the password with the functions of the controller. It writes nothing, and without `asks` it logs
 * in nowhere. A part that this user may not read is unknown.
 */
export async function predictChange(run: PasswordChangeRun, options: PredictOptions): Promise<Prediction> {
  try {
    return await predict(run, options);
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    return error.code === 'LOCKSTEP_LOGIN_REFUSED' || error.code === 'LOCKSTEP_RECORD_UNREADABLE'
      ? { ...NOTHING_KNOWN, obstacles: [refused(error.problem)] }
      : { ...NOTHING_KNOWN, unknown: [`not known: ${error.problem}`] };
  }
}

/** Nothing was asked, and nothing speaks against a change. */
export const NOTHING_KNOWN: Prediction = {
  obstacles: [],
  unknown: [],
  hash: undefined,
  manager: undefined,
  changing: undefined,
  since: undefined,
  isProven: false,
};

const refused = (reason: string, effect: Effect = 'does-not-begin'): Obstacle => ({
  code: 'refused',
  effect,
  reason,
});

async function predict(run: PasswordChangeRun, options: PredictOptions): Promise<Prediction> {
  const session = await openLogin(run);
  const since = passwordSince(session, run.credential.spec.keys.password);
  const { change: underWay, diverged } = session.record().login ?? {};
  if (underWay !== undefined)
    return { ...NOTHING_KNOWN, since, obstacles: [refused(`a change is under way, in ${underWay.phase}`)] };
  const all = dryRunDeps(run);
  const deps: DryRunDeps = {
    ...all,
    ...options.servers,
    secrets:
      options.asks && options.mayDryRun ? all.secrets : { ...all.secrets, dryRunPatch: async () => {} },
  };
  const input = await requestedInput(run, session, { kind: 'rotate' }, deps);
  if ('type' in input) return { ...NOTHING_KNOWN, since, obstacles: [refused(input.message)] };
  if (input.copyReason !== undefined)
    return { ...NOTHING_KNOWN, since, obstacles: [refused(input.copyReason)] };
  const predicted = options.asks
    ? await askedPrediction(input, options, deps, async () => {
        // The proof of the role is stored by now.
        const again = await requestedInput(run, session, { kind: 'rotate' }, deps);
        return 'type' in again ? input : again;
      })
    : withDivergence(await readPrediction(input, deps), diverged?.reason);
  const noDryRun = options.asks && !options.mayDryRun ? [NO_DRY_RUN] : [];
  return { ...predicted, since, unknown: [...predicted.unknown, ...noDryRun] };
}

const NO_DRY_RUN =
  'this user may not patch the Secret, so no dry run shows whether webhooks and quotas admit it';

const withDivergence = (prediction: Prediction, reason: string | undefined): Prediction =>
  reason === undefined
    ? prediction
    : { ...prediction, obstacles: [...prediction.obstacles, refused(reason)] };

function passwordSince(session: SecretSession, password: string): Prediction['since'] {
  const { versions } = session.record();
  const version = versions.findLast(({ keys }) => keys.includes(password));
  return version && { time: version.time, isAtLeast: version === versions[0] };
}

/** Without a login: what the cluster alone shows. */
async function readPrediction(input: ReconcileInput, deps: DryRunDeps): Promise<Prediction> {
  const change = newChange(changeWithoutLogin(input, deps), input, deps);
  const result = await dryRunInCluster(input, change, deps);
  return {
    ...NOTHING_KNOWN,
    ...afterDryRun(result),
    unknown: ['no login was tried (--connect)'],
  };
}

function changeWithoutLogin(input: ReconcileInput, { context }: DryRunDeps): Parameters<typeof newChange>[0] {
  const { secretCredential, permissions, credential } = input;
  const { strategy, keys } = credential.spec;
  const role = nextRole({ strategy, login: loginRecordOf(input), secretCredential });
  const to = { role, password: newPassword(permissions, keys.password, context) };
  return { cause: 'requested', from: secretCredential, to, restores: undefined };
}

const afterDryRun = (result: DryRunResult): Pick<Prediction, 'obstacles' | 'changing'> =>
  result.kind === 'fit'
    ? { obstacles: [], changing: result.keys }
    : { obstacles: [refused(result.reason)], changing: undefined };

/** With logins, and a dry run of the write: all that the first step of the change does. */
async function askedPrediction(
  input: ReconcileInput,
  { isSynced, timeout }: PredictOptions,
  deps: DryRunDeps,
  gatherAgain: () => Promise<ReconcileInput>,
): Promise<Prediction> {
  const { secretCredential, target } = input;
  const result = await tryLogin(input, target, secretCredential, deps);
  const sentence = loginLabelsOf(input).sentence(secretCredential.role, result);
  if (!isPasswordCorrect(result) && !isRefused(result)) {
    // The controller has another address, and may reach a server that this machine does not reach.
    const mayDiffer = isUnanswered(result.kind) || result.kind === 'network' || result.kind === 'pg-hba';
    return isSynced && mayDiffer
      ? { ...NOTHING_KNOWN, unknown: [`from this machine: ${sentence}`] }
      : { ...NOTHING_KNOWN, obstacles: [refused(sentence)] };
  }
  const isProven = isPasswordCorrect(result) && !isUnproven(result);
  const refusedNow = isRefused(result) ? [refused(sentence, 'logins-fail')] : [];
  const preview = await previewChange(input, deps);
  if (preview.kind === 'in-sync') return { ...NOTHING_KNOWN, isProven };
  if (preview.kind !== 'begin') return { ...NOTHING_KNOWN, isProven, obstacles: [refused(preview.reason)] };
  const { change } = preview;
  const dryRun = afterDryRun(await dryRunChange(await gatherAgain(), change, deps));
  const asked =
    target.system === 'redis'
      ? await askRedisAbout(input, change, timeout)
      : await askServerAbout(input, change, deps);
  return {
    ...asked,
    changing: dryRun.changing,
    since: undefined,
    isProven,
    obstacles: [...refusedNow, ...dryRun.obstacles, ...asked.obstacles],
  };
}
