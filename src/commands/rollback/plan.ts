import type { Surroundings } from '../../engine/evaluation/decision.ts';
import { denies } from '../../engine/finding/finding.ts';
import {
  correctionsOf,
  planRollback,
  type Restoring,
  type RollbackPlan,
} from '../../engine/history/rollback.ts';
import { isForcing } from '../../engine/record/forced.ts';
import type { RolledBack } from '../../engine/record/record.ts';
import { previewRollout, type RolloutPreview } from '../../engine/rollout/preview.ts';
import { LockstepError } from '../../errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { readWorkloads } from '../../kube/objects/workloads.ts';
import type { SecretPlace } from '../../kube/secrets/stored-secrets.ts';
import { findingLines, refusalLines } from '../../report/history/rollback-text.ts';
import type { Shell } from '../cli/shell.ts';
import { rehearsed } from '../secret-session/restore.ts';
import type { BegunRollback } from './load.ts';
import { type LoginRollback, loginToGoBack } from './password.ts';

export interface RollbackOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  /** The number of a version. */
  readonly to: number;
  readonly dryRun: boolean;
  readonly force: boolean;
  /** How long one workload may take to become healthy. Milliseconds. */
  readonly timeout: number;
  /** For a login: how long a changed Secret may take to reach volumes, where no controller leads. Milliseconds. */
  readonly propagation: number;
  readonly lockstepNamespace: string;
}

export interface RollbackRun {
  readonly place: SecretPlace;
  readonly begun: BegunRollback;
  readonly cluster: Cluster;
  readonly around: Surroundings;
  readonly options: RollbackOptions;
  readonly shell: Shell;
  readonly say: (line: string) => void;
}

/** The plan of a rollback: found out once, printed by a dry run, carried out by the real one. */
export type PlannedRollback =
  /** The Secret holds that version. Those that are still to be brought to it are. */
  | { readonly kind: 'unchanged'; readonly preview: RolloutPreview }
  /** Nothing is written. `reasons` say why, and what it takes. */
  | { readonly kind: 'refused'; readonly plan: Restoring; readonly reasons: readonly string[] }
  | PlannedWrite
  /** Server and Secret go back together. */
  | { readonly kind: 'login'; readonly login: LoginRollback; readonly warnings: readonly string[] };

export interface PlannedWrite {
  readonly kind: 'write';
  readonly plan: Restoring;
  readonly why: RolledBack;
  /** Keys that a webhook of the cluster stores something else in. */
  readonly except: readonly string[];
  readonly warnings: readonly string[];
  readonly preview: RolloutPreview;
}

/** Nothing is written. Throws LockstepError where the version can't be gone back to at all. */
export async function plannedRollback(run: RollbackRun): Promise<PlannedRollback> {
  const { begun, around, options } = run;
  const { mandate, record, engine } = begun;
  const plan = planRollback(mandate, record, options.to, engine.policies, around);
  if (plan.kind !== 'write' && plan.kind !== 'unchanged') throw refusal(plan, run);
  const login = loginToGoBack(run, plan);
  if (plan.kind === 'unchanged')
    return login === undefined
      ? { kind: 'unchanged', preview: await previewOf(run, []) }
      : { kind: 'login', login, warnings: [] };
  const warnings = findingLines(plan);
  const { healed, mended } = correctionsOf(mandate, plan, engine.policies, around);
  const isDenied = plan.findings.some(denies);
  const needsForce = isDenied || (login === undefined && healed.length > 0);
  const refused = (reasons: readonly string[]): PlannedRollback => ({
    kind: 'refused',
    plan,
    reasons: [...warnings, ...reasons],
  });
  if (needsForce && !options.force) return refused(refusalLines.unforced(options.to, isDenied, healed));
  if (login !== undefined) {
    // The controller may write it, and is asked by no webhook: whoever forces it passes them here, or not at all.
    const asked = needsForce ? await rehearsed(run.cluster, begun.held, plan) : undefined;
    if (asked !== undefined && 'reason' in asked) return refused(refusalLines.denied(asked.reason, true));
    return { kind: 'login', login: forcedOnly(login, needsForce), warnings };
  }
  const why: RolledBack = { kind: 'rolled-back', to: options.to, ...(needsForce && { forced: true }) };
  const stored = await rehearsed(run.cluster, begun.held, plan);
  if ('reason' in stored) return refused(refusalLines.denied(stored.reason, isForcing(why)));
  const byLockstep = stored.except.filter((key) => mended.includes(key));
  if (byLockstep.length > 0) return refused(refusalLines.corrected(byLockstep));
  const { except } = stored;
  return { kind: 'write', plan, why, except, warnings, preview: await previewOf(run, plan.keys) };
}

/** A version that nobody denies is not forced, though it was allowed to be. */
function forcedOnly(login: LoginRollback, needsForce: boolean): LoginRollback {
  const { kind, to } = login.wish;
  return needsForce ? login : { ...login, wish: { kind, to } };
}

async function previewOf({ place, begun, cluster }: RollbackRun, keys: readonly string[]) {
  const { mandate, held, record } = begun;
  const { restarts } = mandate;
  const rollout = restarts ? record.rollout : undefined;
  return previewRollout(
    { secret: place.name, immutable: held.secret.immutable, restarts, keys, rollout },
    await readWorkloads(cluster, place.namespace),
  );
}

function refusal(
  plan: Exclude<RollbackPlan, { kind: 'write' | 'unchanged' }>,
  { place, options: { to } }: { readonly place: SecretPlace; readonly options: { readonly to: number } },
): LockstepError {
  const secret = `${place.namespace}/${place.name}`;
  switch (plan.kind) {
    case 'unknown':
      return new LockstepError('VERSION_NOT_FOUND', [secret, to, plan.known.join(', ')]);
    case 'lost':
      return new LockstepError('VERSION_NOT_RESTORABLE', [to, secret]);
    case 'refused':
      return new LockstepError('ROLLBACK_REFUSED', [secret, plan.reason]);
  }
}
