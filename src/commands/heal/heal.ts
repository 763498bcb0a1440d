import { auditStored } from '../../engine/audit/stored.ts';
import type { Change } from '../../engine/evaluation/decision.ts';
import { type Restoring, whyNotWritten } from '../../engine/history/rollback.ts';
import type { UrlTrial } from '../../engine/reconcile/controller-preview.ts';
import { withInStep } from '../../engine/reconcile/drift.ts';
import { correctionsAsked } from '../../engine/reconcile/repair.ts';
import { HISTORY, type SecretRecord } from '../../engine/record/record.ts';
import { settled } from '../../engine/record/record-observation.ts';
import { previewRollout } from '../../engine/rollout/preview.ts';
import { LockstepError } from '../../errors.ts';
import { type Cluster, connect } from '../../kube/client/connect.ts';
import { readWorkloads } from '../../kube/objects/workloads.ts';
import type { SecretPlace } from '../../kube/secrets/stored-secrets.ts';
import { trialLines } from '../../report/audit/controller-preview.ts';
import { exceptLine, findingLines } from '../../report/history/rollback-text.ts';
import { previewLines } from '../../report/history/rollout-preview.ts';
import { printable } from '../../report/printable.ts';
import { surroundings } from '../cli/cli-context.ts';
import type { Shell } from '../cli/shell.ts';
import type { TryLogin } from '../login-attempts/attempts.ts';
import { tryCorrections } from '../login-attempts/correction-attempts.ts';
import { followRestored, readersNeeds } from '../secret-session/follow-restore.ts';
import { type BegunRotation, beginRotation } from '../secret-session/load-secret.ts';
import { readClusterEngine } from '../secret-session/policy-snapshot.ts';
import { rehearsed, restore } from '../secret-session/restore.ts';

export interface HealOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly dryRun: boolean;
  /** Try the stored and the corrected URL on the server first. */
  readonly connect: boolean;
  /** The longest time of one login. Milliseconds. */
  readonly connectTimeout: number;
  /** How long one workload may take to become healthy. Milliseconds. */
  readonly timeout: number;
  readonly lockstepNamespace: string;
}

interface Run {
  readonly place: SecretPlace;
  readonly cluster: Cluster;
  readonly begun: BegunRotation;
  readonly options: HealOptions;
  readonly say: (line: string) => void;
}

/**
 * Corrects the derived keys of one stored Secret, whatever the policies say about `heal`: a person has asked. Resolves with the exit code: 0 where every derived
 * key agrees now, 1 where one is left, or not all readers are rolled out. Throws LockstepError where it could not begin; then the Secret is as it was.
 */
export async function heal(
  place: SecretPlace,
  options: HealOptions,
  shell: Shell,
  tryLogin: TryLogin,
): Promise<number> {
  const cluster = connect(options);
  const around = { ...surroundings(shell), ownNamespace: options.lockstepNamespace };
  const engine = await readClusterEngine(cluster, place.namespace, shell);
  const begun = await beginRotation(place, cluster, engine, around);
  const say = (line: string): void => void shell.stdout.write(`${printable(line)}\n`);
  const run: Run = { place, cluster, begun, options, say };
  const { secret } = begun.held;
  const changes = correctionsAsked(begun.mandate, around);
  if (changes.length === 0) return leave(run, auditStored(begun.mandate, around).decision.findings);
  const reason = whyNotWritten(secret);
  if (reason !== undefined) throw new LockstepError('HEAL_REFUSED', [named(place), reason]);
  const plan = planOf(secret.data, changes);
  const stored = await rehearsed(cluster, begun.held, plan);
  if ('reason' in stored) {
    say(`Secret ${named(place)} ${options.dryRun ? 'would not be' : 'is not'} corrected: ${stored.reason}`);
    return nothingWritten(run);
  }
  say(`Secret ${named(place)} ${options.dryRun ? 'would be' : 'is to be'} corrected:`);
  for (const change of changes) say(`  ${planLine(change)}`);
  if (options.connect && !(await isProven(run, changes, tryLogin))) return nothingWritten(run);
  for (const line of exceptLine(stored.except)) say(line);
  if (!options.dryRun) return await carryOut(run, plan);
  const { restarts } = begun.mandate;
  const previewed = { secret: place.name, immutable: secret.immutable, restarts, keys: plan.keys };
  for (const line of previewLines(previewRollout(previewed, await readWorkloads(cluster, place.namespace))))
    say(line);
  say('nothing was written');
  return 0;
}

function nothingWritten({ say }: Run): number {
  say('nothing was written');
  return 1;
}

function planOf(data: Restoring['data'], changes: readonly Change[]): Restoring {
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

const named = ({ namespace, name }: SecretPlace): string => `${namespace}/${name}`;

/** Names of keys and parts; never their values. */
const planLine = ({ key, warning }: Change): string => `${key}: ${warning ?? 'is missing, and is derived'}`;

/** Nothing can be corrected: either all agrees, or a policy, an exception or an unusable base key is in the way. */
function leave(run: Run, findings: Parameters<typeof findingLines>[0]['findings']): number {
  const { place, say, begun } = run;
  const reason = whyNotWritten(begun.held.secret);
  const left = findings.filter(({ rule }) => ABOUT_DERIVED.has(rule));
  if (left.length === 0) {
    say(
      `no derived key of Secret ${named(place)} disagrees with a usable base key: there is nothing to correct`,
    );
    return 0;
  }
  if (reason !== undefined) throw new LockstepError('HEAL_REFUSED', [named(place), reason]);
  say(`Secret ${named(place)} can not be corrected by lockstep alone:`);
  for (const line of findingLines({ findings: left.map((one) => ({ ...one, action: 'Enforce' })) }))
    say(line);
  return nothingWritten(run);
}

const ABOUT_DERIVED: ReadonlySet<string> = new Set([
  'mismatch',
  'invalid-uri',
  'unescaped-uri',
  'underivable',
]);

/** Whether the servers say nothing against it. A URL that opens its server is not replaced by one that is not known to. */
async function isProven({ begun, options, say }: Run, changes: readonly Change[], tryLogin: TryLogin) {
  const trials = await tryCorrections(begun.held.secret, changes, tryLogin, options.connectTimeout);
  for (const line of trials.flatMap(trialLines)) say(`  ${line}`);
  const worse = trials.filter(({ stored, corrected }) => stored.kind === 'open' && corrected.kind !== 'open');
  for (const { key, bases } of worse)
    say(`${key} opens the server as it is stored: set ${bases} to the password that ${key} holds`);
  const isUnknown = trials.some(({ stored, corrected }) => [stored, corrected].every(isUntried));
  if (isUnknown) say('which password opens the server is not known: try again, or leave --connect out');
  return worse.length === 0 && !isUnknown;
}

const isUntried = ({ kind }: UrlTrial['stored']): boolean => kind === 'untried';

async function carryOut(run: Run, plan: Restoring): Promise<number> {
  const { place, begun, say } = run;
  const { held, mandate } = begun;
  const { restarts } = mandate;
  const known: SecretRecord = settled(
    begun.record,
    held.secret.data,
    { ...held.written, why: { kind: 'changed' }, resourceVersion: held.resourceVersion },
    { history: Number.POSITIVE_INFINITY, restarts },
  );
  const start = {
    place,
    held,
    record: withInStep(known, mandate),
    resourceVersion: begun.resourceVersion,
    keeping: { history: Math.max(HISTORY, begun.record.versions.length), restarts },
  };
  try {
    await restore(start, plan, { kind: 'healed' }, readersNeeds(run));
  } catch (error) {
    if (!(error instanceof LockstepError) || error.code !== 'LOCKSTEP_SECRET_REFUSED') throw error;
    say(error.message);
    return nothingWritten(run);
  }
  say(`Secret ${named(place)} is corrected, as a new version: ${plan.keys.join(', ')}`);
  return await followRestored(run);
}
