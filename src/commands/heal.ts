import { setTimeout as sleep } from 'node:timers/promises';
import { auditStored } from '../engine/audit-stored.ts';
import type { Change } from '../engine/decision.ts';
import { withInStep } from '../engine/drift.ts';
import type { UrlTrial } from '../engine/foresight.ts';
import { correctionsAsked } from '../engine/heal.ts';
import { HISTORY, type SecretRecord } from '../engine/record.ts';
import { type Restoring, whyNotWritten } from '../engine/rollback.ts';
import { previewRollout } from '../engine/rollout-preview.ts';
import { settled } from '../engine/settled.ts';
import { LockstepError } from '../errors.ts';
import { type Cluster, connect } from '../kube/connect.ts';
import { isControllerLeading } from '../kube/lease.ts';
import type { SecretPlace } from '../kube/stored-secrets.ts';
import { readWorkloads } from '../kube/workloads.ts';
import { trialLines } from '../report/foresight-text.ts';
import { printable } from '../report/printable.ts';
import { findingLines } from '../report/rollback-text.ts';
import { previewLines } from '../report/rollout-preview.ts';
import { type BegunRotation, beginRotation } from './begin-rotation.ts';
import { readClusterEngine } from './cluster-engine.ts';
import { followRollout } from './follow-rollout.ts';
import type { TryLogin } from './login-trials.ts';
import { MANAGER } from './reconcile-alone.ts';
import { inCluster } from './reconciling.ts';
import { restore } from './restore.ts';
import type { Shell } from './shell.ts';
import { surroundings } from './surroundings.ts';
import { tryCorrections } from './url-trials.ts';

export interface HealOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly dryRun: boolean;
  /** Try the stored and the corrected URL on the server first. */
  readonly connect: boolean;
  /** What one login may take. Milliseconds. */
  readonly connectTimeout: number;
  /** What one workload may take to become healthy. Milliseconds. */
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
  say(`Secret ${named(place)} ${options.dryRun ? 'would be' : 'is to be'} corrected:`);
  for (const change of changes) say(`  ${planLine(change)}`);
  if (options.connect && !(await isProven(run, changes, tryLogin))) {
    say('nothing was written');
    return 1;
  }
  if (!options.dryRun) return carryOut(run, changes);
  const { restarts } = begun.mandate;
  const keys = changes.map(({ key }) => key);
  const previewed = { secret: place.name, immutable: secret.immutable, restarts, keys };
  for (const line of previewLines(previewRollout(previewed, await readWorkloads(cluster, place.namespace))))
    say(line);
  say('nothing was written');
  return 0;
}

const named = ({ namespace, name }: SecretPlace): string => `${namespace}/${name}`;

/** Names of keys and parts; never their values. */
const planLine = ({ key, warning }: Change): string => `${key}: ${warning ?? 'is missing, and is derived'}`;

/** Nothing can be corrected: either all agrees, or a policy, an exception or an unusable base key is in the way. */
function leave({ place, say, begun }: Run, findings: Parameters<typeof findingLines>[0]['findings']): number {
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
  say('nothing was written');
  return 1;
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

async function carryOut(run: Run, changes: readonly Change[]): Promise<number> {
  const { place, begun, cluster, options, say } = run;
  const needs = inCluster({ cluster, manager: MANAGER, rolloutTimeout: options.timeout, told: () => {} });
  const { held, mandate } = begun;
  const { restarts } = mandate;
  const known: SecretRecord = settled(
    begun.record,
    held.secret.data,
    { ...held.written, why: { kind: 'changed' }, resourceVersion: held.resourceVersion },
    { history: Number.POSITIVE_INFINITY, restarts },
  );
  const keeping = { history: Math.max(HISTORY, begun.record.versions.length), restarts };
  const set = new Map(changes.map(({ key, value }) => [key, value] as const));
  const plan: Restoring = {
    kind: 'write',
    data: new Map([...held.secret.data, ...set]),
    set,
    remove: [],
    keys: [...set.keys()].sort(),
    findings: [],
  };
  const start = {
    place,
    held,
    record: withInStep(known, mandate),
    resourceVersion: begun.resourceVersion,
    keeping,
  };
  try {
    await restore(start, plan, { kind: 'healed' }, needs);
  } catch (error) {
    if (!(error instanceof LockstepError) || error.code !== 'LOCKSTEP_SECRET_REFUSED') throw error;
    say(error.message);
    say('nothing was written');
    return 1;
  }
  say(`Secret ${named(place)} is corrected, as a new version: ${plan.keys.join(', ')}`);
  if (!restarts) {
    say('nobody who reads it is restarted: no policy with restart: true matches it');
    return 0;
  }
  const end = await followRollout(place, {
    ...needs,
    isLed: () => isControllerLeading(cluster, options.lockstepNamespace),
    say,
    pause: (milliseconds) => sleep(milliseconds),
    clock: () => performance.now(),
    timeout: options.timeout,
  });
  say(end.kind === 'finished' ? 'all that read it are rolled out' : `stopped: ${end.sentence}`);
  return end.kind === 'finished' ? 0 : 1;
}
