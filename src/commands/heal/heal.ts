import type { SecretSession } from '../../controllers/secret-session/open.ts';
import { auditStored } from '../../engine/diagnosis/audit/stored.ts';
import { exemptionText } from '../../engine/policy/match/match.ts';
import type { Change } from '../../engine/review/evaluation/decision.ts';
import type { Finding } from '../../engine/secret/finding/finding.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import { withInSyncKeys } from '../../engine/versions/reconcile/drift.ts';
import { requestedCorrections } from '../../engine/versions/reconcile/repair.ts';
import { notWritableReason, type RollbackWrite } from '../../engine/versions/rollback/plan.ts';
import { previewRollout } from '../../engine/workloads/rollout/preview.ts';
import { LockstepError } from '../../errors/errors.ts';
import { readWorkloads } from '../../kube/objects/workloads.ts';
import { findingLines, webhookChangeLine } from '../../report/history/rollback-text.ts';
import { rolloutPreviewLines } from '../../report/history/rollout-preview.ts';
import { printable } from '../../report/printable.ts';
import type { Shell } from '../cli/shell.ts';
import type { TryLogin } from '../login-attempts/attempts.ts';
import { tryCorrections } from '../login-attempts/correction-attempts.ts';
import { dryRunWrite } from '../secret-session/dry-run-write.ts';
import { followWrite, requireRollout } from '../secret-session/follow-write.ts';
import type { SecretChangeOptions } from '../secret-session/options.ts';
import { openRun, openSession, type SecretRun } from '../secret-session/run.ts';
import { confirmedByTrials } from './confirm.ts';

export interface HealOptions extends SecretChangeOptions {
  readonly dryRun: boolean;
  /** Try the stored and the corrected URL on the server first. */
  readonly connect: boolean;
  /** The limit of one login, in milliseconds. */
  readonly connectTimeout: number;
}

interface HealRun extends SecretRun<HealOptions> {
  readonly session: SecretSession;
}

/**
 * Corrects the derived keys of one stored Secret on the request of a person, whatever `heal` says in the policies.
 * Resolves with the exit code: 0 if every derived key agrees, 1 if one does not or a rollout did not finish. Throws
 * LockstepError if it can't begin; the Secret is then unchanged.
 */
export async function heal(
  ref: SecretRef,
  options: HealOptions,
  shell: Shell,
  tryLogin: TryLogin,
): Promise<number> {
  const opened = await openRun(ref, options, shell);
  const session = await openSession(opened);
  const run: HealRun = { ...opened, session };
  const { print, context } = run;
  const { secret } = session.observed;
  const exemption = exemptionText(session.permissions.request, context);
  if (exemption !== undefined) throw new LockstepError('HEAL_REFUSED', [refText(ref), `is ${exemption}`]);
  const changes = requestedCorrections(session.permissions, context);
  if (changes.length === 0)
    return explainNoCorrection(run, auditStored(session.permissions, context).decision.findings);
  const reason = notWritableReason(secret);
  if (reason !== undefined) throw new LockstepError('HEAL_REFUSED', [refText(ref), printable(reason)]);
  const confirmed = options.connect ? await tryFirst(run, changes, tryLogin) : changes;
  if (confirmed.length === 0) return printNothingWritten(run);
  if (!options.dryRun) await requireRollout(run, session);
  const plan = correctionPlan(secret.data, confirmed);
  const dryRunResult = await dryRunWrite(run, session, plan);
  if ('reason' in dryRunResult) {
    print(
      `Secret ${refText(ref)} ${options.dryRun ? 'would not be' : 'is not'} corrected: ${dryRunResult.reason}`,
    );
    return printNothingWritten(run);
  }
  print(`Secret ${refText(ref)} ${options.dryRun ? 'would be' : 'will be'} corrected:`);
  for (const change of confirmed) print(`  ${planLine(change)}`);
  for (const line of webhookChangeLine(dryRunResult.except)) print(line);
  // The exit code says whether every derived key agrees afterwards.
  const leftOver = confirmed.length < changes.length ? 1 : 0;
  if (!options.dryRun) return Math.max(await writeCorrection(run, plan), leftOver);
  const { mayRestart } = session.permissions;
  const previewed = { secret, restarts: mayRestart, keys: plan.keys };
  for (const line of rolloutPreviewLines(
    previewRollout(previewed, await readWorkloads(run.cluster, ref.namespace)),
  ))
    print(line);
  print('nothing was written');
  return leftOver;
}

function printNothingWritten({ print }: HealRun): number {
  print('nothing was written');
  return 1;
}

function correctionPlan(data: RollbackWrite['data'], changes: readonly Change[]): RollbackWrite {
  const set = new Map(changes.map(({ key, value }) => [key, value] as const));
  return {
    kind: 'write',
    data: new Map([...data, ...set]),
    set,
    remove: [],
    keys: [...set.keys()].sort(),
    findings: [],
  };
}

const refText = ({ namespace, name }: SecretRef): string => `${namespace}/${name}`;

/** Names of keys and parts only, never their values. */
const planLine = ({ key, warning }: Change): string => `${key}: ${warning ?? 'is missing, and is derived'}`;

/** Nothing can be corrected. Either all keys agree, or a policy, an exception or an unusable base key prevents it. */
function explainNoCorrection(run: HealRun, findings: readonly Finding[]): number {
  const { ref, print, session } = run;
  const reason = notWritableReason(session.observed.secret);
  const derivedFindings = findings.filter(({ rule }) => DERIVED_KEY_RULES.has(rule));
  if (derivedFindings.length === 0) {
    print(
      `no derived key of Secret ${refText(ref)} disagrees with a usable base key: there is nothing to correct`,
    );
    return 0;
  }
  if (reason !== undefined) throw new LockstepError('HEAL_REFUSED', [refText(ref), printable(reason)]);
  print(`Secret ${refText(ref)} can not be corrected by lockstep alone:`);
  const denials = derivedFindings.map((one) => ({ ...one, action: 'Enforce' as const }));
  for (const line of findingLines(denials, { withFix: true })) print(line);
  return printNothingWritten(run);
}

const DERIVED_KEY_RULES: ReadonlySet<string> = new Set([
  'mismatch',
  'invalid-uri',
  'unescaped-uri',
  'underivable',
]);

/** Tries the logins of the plan. Resolves with the changes that the results support. */
async function tryFirst(
  { ref, session, options, print }: HealRun,
  changes: readonly Change[],
  tryLogin: TryLogin,
): Promise<readonly Change[]> {
  const trials = await tryCorrections(session.observed.secret, changes, tryLogin, options.connectTimeout);
  const confirmation = confirmedByTrials(changes, trials, `lockstep heal ${refText(ref)}`);
  print(`Secret ${refText(ref)} disagrees with its base keys:`);
  for (const change of changes) print(`  ${planLine(change)}`);
  for (const line of confirmation.trialLines) print(`  ${line}`);
  for (const line of confirmation.skippedLines) print(line);
  return confirmation.changes;
}

async function writeCorrection(run: HealRun, plan: RollbackWrite): Promise<number> {
  const { ref, session, print } = run;
  const record = withInSyncKeys(session.record(), session.permissions);
  try {
    await session.execute({ data: plan.data, why: { kind: 'healed' }, record });
  } catch (error) {
    if (!(error instanceof LockstepError) || error.code !== 'LOCKSTEP_SECRET_REFUSED') throw error;
    print(error.message);
    return printNothingWritten(run);
  }
  print(`Secret ${refText(ref)} is corrected, as a new version: ${plan.keys.join(', ')}`);
  return await followWrite(run, session);
}
