import { setTimeout as sleep } from 'node:timers/promises';
import { denies } from '../engine/finding.ts';
import { differingKeys } from '../engine/record.ts';
import { planRollback, type Restoring, type RollbackPlan } from '../engine/rollback.ts';
import { previewRollout, type RolloutPreview } from '../engine/rollout-preview.ts';
import { LockstepError } from '../errors.ts';
import { type Cluster, connect } from '../kube/connect.ts';
import { isControllerLeading } from '../kube/lease.ts';
import type { SecretPlace } from '../kube/stored-secrets.ts';
import { readWorkloads } from '../kube/workloads.ts';
import { printable } from '../report/printable.ts';
import { changesText, findingLines } from '../report/rollback-text.ts';
import { previewLines } from '../report/rollout-preview.ts';
import { type BegunRollback, beginRollback } from './begin-rollback.ts';
import { followRollout } from './follow-rollout.ts';
import { MANAGER } from './reconcile-alone.ts';
import { inCluster } from './reconciling.ts';
import { restore } from './restore.ts';
import { loginToGoBack, nothingWritten, rollbackLogin, serverLine } from './rollback-login.ts';
import type { Shell } from './shell.ts';
import { surroundings } from './surroundings.ts';

export interface RollbackOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  /** The number of a version. */
  readonly to: number;
  readonly dryRun: boolean;
  readonly force: boolean;
  /** What one workload may take to become healthy. Milliseconds. */
  readonly timeout: number;
  /** Of a login: what a changed Secret may take to reach volumes, where no controller leads. Milliseconds. */
  readonly propagation: number;
  readonly lockstepNamespace: string;
}

/**
 * Has a Secret hold again what a version of it was. Resolves with the exit code: 0 done, 1 denied or not rolled out. Throws LockstepError where
 * it could not begin; then the Secret is as it was.
 */
export async function rollback(place: SecretPlace, options: RollbackOptions, shell: Shell): Promise<number> {
  const cluster = connect(options);
  const around = { ...surroundings(shell), ownNamespace: options.lockstepNamespace };
  const begun = await beginRollback(place, cluster, around, shell);
  const plan = planRollback(begun.mandate, begun.record, options.to, begun.engine.policies, around);
  const say = (line: string): void => void shell.stdout.write(`${printable(line)}\n`);
  const run: Run = { place, begun, cluster, options, say };
  const login = await loginToGoBack({ ...run, shell, around }, plan);
  switch (plan.kind) {
    case 'unchanged':
      if (login !== undefined)
        return options.dryRun ? nothingWritten(login) : rollbackLogin(login, plan, false);
      say(`${named(place)} holds what version ${options.to} was: there is nothing to change`);
      return follow(run);
    case 'write':
      break;
    default:
      throw refusal(plan, run);
  }
  for (const line of findingLines(plan)) say(line);
  if (options.dryRun) await rehearse(run, plan);
  if (options.dryRun && login !== undefined) say(serverLine(login));
  const isDenied = plan.findings.some(denies) && !options.force;
  if (isDenied) say(`policies deny what version ${options.to} was; --force has it written all the same`);
  if (!isDenied && !options.dryRun)
    return login === undefined ? carryOut(run, plan) : rollbackLogin(login, plan, options.force);
  say('nothing was written');
  return isDenied ? 1 : 0;
}

interface Run {
  readonly place: SecretPlace;
  readonly begun: BegunRollback;
  readonly cluster: Cluster;
  readonly options: RollbackOptions;
  readonly say: (line: string) => void;
}

const named = ({ namespace, name }: SecretPlace): string => `Secret ${namespace}/${name}`;

function refusal(
  plan: Exclude<RollbackPlan, { kind: 'write' | 'unchanged' }>,
  { place, options: { to } }: Run,
): LockstepError {
  const secret = `${place.namespace}/${place.name}`;
  switch (plan.kind) {
    case 'unknown':
      return new LockstepError('VERSION_UNKNOWN', [secret, to, plan.known.join(', ')]);
    case 'lost':
      return new LockstepError('VERSION_LOST', [to, secret]);
    case 'refused':
      return new LockstepError('ROLLBACK_REFUSED', [secret, plan.reason]);
  }
}

async function rehearse({ place, begun, cluster, options, say }: Run, plan: Restoring): Promise<void> {
  const { secret } = begun.held;
  say(`${named(place)} would be rolled back to version ${options.to}: ${changesText(plan, secret.data)}`);
  const { restarts } = begun.mandate;
  const previewed = { secret: place.name, immutable: secret.immutable, restarts, keys: plan.keys };
  const preview: RolloutPreview = previewRollout(previewed, await readWorkloads(cluster, place.namespace));
  for (const line of previewLines(preview)) say(line);
}

async function carryOut(run: Run, plan: Restoring): Promise<number> {
  const { place, begun, options, say } = run;
  const { to } = options;
  const needs = needsOf(run);
  try {
    const { held } = await restore(begun, plan, { kind: 'rolled-back', to }, needs);
    const changes = changesText(plan, begun.held.secret.data);
    say(`${named(place)} is rolled back to version ${to}, as a new version: ${changes}`);
    const others = differingKeys(plan.data, held.secret.data);
    if (others.length > 0) say(`a webhook has made something else of ${others.join(', ')}`);
    return await follow(run);
  } catch (error) {
    if (!(error instanceof LockstepError) || error.code !== 'LOCKSTEP_SECRET_REFUSED') throw error;
    say(error.message);
    say('nothing was written');
    return 1;
  }
}

const needsOf = ({ cluster, options: { timeout } }: Run) =>
  inCluster({ cluster, manager: MANAGER, rolloutTimeout: timeout, told: () => {} });

/** Resolves with the exit code, once all that read the Secret are brought to what it holds. */
async function follow(run: Run): Promise<number> {
  const { place, begun, cluster, options, say } = run;
  if (!begun.mandate.restarts) {
    say('nobody who reads it is restarted: no policy with restart: true matches it');
    return 0;
  }
  const end = await followRollout(place, {
    ...needsOf(run),
    isLed: () => isControllerLeading(cluster, options.lockstepNamespace),
    say,
    pause: (milliseconds) => sleep(milliseconds),
    clock: () => performance.now(),
    timeout: options.timeout,
  });
  say(end.kind === 'finished' ? 'all that read it are rolled out' : `stopped: ${end.sentence}`);
  return end.kind === 'finished' ? 0 : 1;
}
