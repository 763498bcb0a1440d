import { auditStored } from '../../engine/audit/stored.ts';
import type { Change } from '../../engine/evaluation/decision.ts';
import { notWritableReason, type RollbackWrite } from '../../engine/history/rollback.ts';
import type { UrlTrial } from '../../engine/reconcile/controller-preview.ts';
import { withInSyncKeys } from '../../engine/reconcile/drift.ts';
import { requestedCorrections } from '../../engine/reconcile/repair.ts';
import { DEFAULT_HISTORY_LIMIT, type SecretRecord } from '../../engine/record/record.ts';
import { recordObservation } from '../../engine/record/record-observation.ts';
import { previewRollout } from '../../engine/rollout/preview.ts';
import { LockstepError } from '../../errors.ts';
import { type Cluster, connect } from '../../kube/client/connect.ts';
import { readWorkloads } from '../../kube/objects/workloads.ts';
import type { SecretRef } from '../../kube/secrets/stored-secrets.ts';
import { loginAttemptLines } from '../../report/audit/controller-preview.ts';
import { rollbackFindingLines, webhookChangeLine } from '../../report/history/rollback-text.ts';
import { rolloutPreviewLines } from '../../report/history/rollout-preview.ts';
import { printable } from '../../report/printable.ts';
import { cliContext } from '../cli/cli-context.ts';
import type { Shell } from '../cli/shell.ts';
import type { TryLogin } from '../login-attempts/attempts.ts';
import { tryCorrections } from '../login-attempts/correction-attempts.ts';
import { consumerPorts, followRestore } from '../secret-session/follow-restore.ts';
import { type LoadedSecret, loadSecret } from '../secret-session/load-secret.ts';
import type { SecretChangeOptions } from '../secret-session/options.ts';
import { readPolicySnapshot } from '../secret-session/policy-snapshot.ts';
import { dryRunRestore, restore } from '../secret-session/restore.ts';

export interface HealOptions extends SecretChangeOptions {
  readonly dryRun: boolean;
  /** Try the stored and the corrected URL on the server first. */
  readonly connect: boolean;
  /** The limit of one login, in milliseconds. */
  readonly connectTimeout: number;
}

interface HealRun {
  readonly ref: SecretRef;
  readonly cluster: Cluster;
  readonly loaded: LoadedSecret;
  readonly options: HealOptions;
  readonly print: (line: string) => void;
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
  const cluster = connect(options);
  const context = { ...cliContext(shell), ownNamespace: options.lockstepNamespace };
  const policySnapshot = await readPolicySnapshot(cluster, ref.namespace, shell);
  const loaded = await loadSecret(ref, cluster, policySnapshot, context);
  const print = (line: string): void => void shell.stdout.write(`${printable(line)}\n`);
  const run: HealRun = { ref, cluster, loaded, options, print };
  const { secret } = loaded.observed;
  const changes = requestedCorrections(loaded.permissions, context);
  if (changes.length === 0)
    return explainNoCorrection(run, auditStored(loaded.permissions, context).decision.findings);
  const reason = notWritableReason(secret);
  if (reason !== undefined) throw new LockstepError('HEAL_REFUSED', [refText(ref), reason]);
  const plan = correctionPlan(secret.data, changes);
  const dryRunResult = await dryRunRestore(cluster, loaded.observed, plan);
  if ('reason' in dryRunResult) {
    print(
      `Secret ${refText(ref)} ${options.dryRun ? 'would not be' : 'is not'} corrected: ${dryRunResult.reason}`,
    );
    return printNothingWritten(run);
  }
  print(`Secret ${refText(ref)} ${options.dryRun ? 'would be' : 'will be'} corrected:`);
  for (const change of changes) print(`  ${planLine(change)}`);
  if (options.connect && !(await isConfirmedByServer(run, changes, tryLogin)))
    return printNothingWritten(run);
  for (const line of webhookChangeLine(dryRunResult.except)) print(line);
  if (!options.dryRun) return await writeCorrection(run, plan);
  const { mayRestart } = loaded.permissions;
  const previewed = { secret: ref.name, immutable: secret.immutable, restarts: mayRestart, keys: plan.keys };
  for (const line of rolloutPreviewLines(
    previewRollout(previewed, await readWorkloads(cluster, ref.namespace)),
  ))
    print(line);
  print('nothing was written');
  return 0;
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
function explainNoCorrection(
  run: HealRun,
  findings: Parameters<typeof rollbackFindingLines>[0]['findings'],
): number {
  const { ref, print, loaded } = run;
  const reason = notWritableReason(loaded.observed.secret);
  const derivedFindings = findings.filter(({ rule }) => DERIVED_KEY_RULES.has(rule));
  if (derivedFindings.length === 0) {
    print(
      `no derived key of Secret ${refText(ref)} disagrees with a usable base key: there is nothing to correct`,
    );
    return 0;
  }
  if (reason !== undefined) throw new LockstepError('HEAL_REFUSED', [refText(ref), reason]);
  print(`Secret ${refText(ref)} can not be corrected by lockstep alone:`);
  for (const line of rollbackFindingLines({
    findings: derivedFindings.map((one) => ({ ...one, action: 'Enforce' })),
  }))
    print(line);
  return printNothingWritten(run);
}

const DERIVED_KEY_RULES: ReadonlySet<string> = new Set([
  'mismatch',
  'invalid-uri',
  'unescaped-uri',
  'underivable',
]);

/** True unless a server contradicts. A URL that opens its server is replaced only by one that opens it too. */
async function isConfirmedByServer(
  { loaded, options, print }: HealRun,
  changes: readonly Change[],
  tryLogin: TryLogin,
) {
  const trials = await tryCorrections(loaded.observed.secret, changes, tryLogin, options.connectTimeout);
  for (const line of trials.flatMap(loginAttemptLines)) print(`  ${line}`);
  const regressions = trials.filter(
    ({ stored, corrected }) => stored.kind === 'open' && corrected.kind !== 'open',
  );
  for (const { key, bases } of regressions)
    print(`${key} opens the server as it is stored: set ${bases} to the password that ${key} holds`);
  const isUnknown = trials.some(({ stored, corrected }) => [stored, corrected].every(wasNotTried));
  if (isUnknown) print('which password opens the server is not known: try again, or leave --connect out');
  return regressions.length === 0 && !isUnknown;
}

const wasNotTried = ({ kind }: UrlTrial['stored']): boolean => kind === 'untried';

async function writeCorrection(run: HealRun, plan: RollbackWrite): Promise<number> {
  const { ref, loaded, print } = run;
  const { observed, permissions } = loaded;
  const { mayRestart } = permissions;
  const current: SecretRecord = recordObservation(
    loaded.record,
    observed.secret.data,
    { ...observed.written, why: { kind: 'changed' }, resourceVersion: observed.resourceVersion },
    { history: Number.POSITIVE_INFINITY, restarts: mayRestart },
  );
  const restoreInput = {
    ref,
    observed,
    record: withInSyncKeys(current, permissions),
    resourceVersion: loaded.resourceVersion,
    retention: {
      history: Math.max(DEFAULT_HISTORY_LIMIT, loaded.record.versions.length),
      restarts: mayRestart,
    },
  };
  try {
    await restore(restoreInput, plan, { kind: 'healed' }, consumerPorts(run));
  } catch (error) {
    if (!(error instanceof LockstepError) || error.code !== 'LOCKSTEP_SECRET_REFUSED') throw error;
    print(error.message);
    return printNothingWritten(run);
  }
  print(`Secret ${refText(ref)} is corrected, as a new version: ${plan.keys.join(', ')}`);
  return await followRestore(run);
}
