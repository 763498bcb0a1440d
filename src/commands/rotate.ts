import { setTimeout as sleep } from 'node:timers/promises';
import type { CredentialStore } from '../controllers/credential-store.ts';
import { loginChecks } from '../controllers/login-checks.ts';
import { reconcileSecret } from '../controllers/secret-reconciler.ts';
import { askRotation, rehearse, withAsked } from '../engine/asked-rotation.ts';
import type { Surroundings } from '../engine/decision.ts';
import { HISTORY, type SecretRecord } from '../engine/record.ts';
import { previewRollout } from '../engine/rollout-preview.ts';
import type { Rotatable } from '../engine/rotatable.ts';
import { isConflict, LockstepError } from '../errors.ts';
import { type Cluster, connect } from '../kube/connect.ts';
import { isControllerLeading } from '../kube/lease.ts';
import type { StoredCredential } from '../kube/postgres-credentials.ts';
import { writeRecord } from '../kube/records.ts';
import type { SecretPlace } from '../kube/stored-secrets.ts';
import { readWorkloads } from '../kube/workloads.ts';
import { printable } from '../report/printable.ts';
import { previewLines } from '../report/rollout-preview.ts';
import { endLines, stepLine } from '../report/rotation-text.ts';
import { type BegunRotation, beginRotation } from './begin-rotation.ts';
import { type ClusterEngine, readClusterEngine } from './cluster-engine.ts';
import { credentialsIn } from './credentials-in.ts';
import { type FollowRotationNeeds, followRotation } from './follow-rotation.ts';
import { inPostgres } from './login-access.ts';
import { ALONE, inCluster } from './reconciling.ts';
import type { Shell } from './shell.ts';
import { surroundings } from './surroundings.ts';

export interface RotateOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  /** None: every key that a policy rotates. */
  readonly key?: readonly string[];
  readonly dryRun?: boolean;
  /** What one workload may take to become healthy. Milliseconds. */
  readonly timeout: number;
  /** What a changed Secret may take to reach volumes; the controller has a figure of its own. Milliseconds. */
  readonly propagation: number;
  readonly lockstepNamespace: string;
}

interface Run {
  readonly place: SecretPlace;
  readonly cluster: Cluster;
  readonly engine: ClusterEngine;
  readonly credentials: Pick<CredentialStore<StoredCredential>, 'of'>;
  readonly around: Surroundings;
  readonly options: RotateOptions;
  readonly say: (line: string) => void;
}

/**
 * Gives keys of a Secret new values now. Resolves with the exit code: 0 done, 1 stopped in the middle. Throws LockstepError where it could not begin; then
 * nothing was changed.
 */
export async function rotate(place: SecretPlace, options: RotateOptions, shell: Shell): Promise<number> {
  const cluster = connect(options);
  const around = { ...surroundings, ownNamespace: options.lockstepNamespace };
  const engine = await readClusterEngine(cluster, place.namespace, shell);
  const credentials = await credentialsIn(cluster, place.namespace);
  const say = (line: string): void => void shell.stdout.write(`${printable(line)}\n`);
  const run: Run = { place, cluster, engine, credentials, around, options, say };
  const begun = await beginRotation(place, cluster, engine, around);
  const asked = askRotation(begun.mandate, options.key ?? [], around.now());
  if (asked.kind === 'refused')
    throw new LockstepError('ROTATION_REFUSED', [`${place.namespace}/${place.name}`, asked.reason]);
  if (options.dryRun === true) return rehearsal(run, begun, asked.keys);
  const record = await wish(run, begun, asked.keys);
  return follow(run, asked.keys, record);
}

const named = ({ namespace, name }: SecretPlace): string => `Secret ${namespace}/${name}`;

async function rehearsal(run: Run, begun: BegunRotation, keys: readonly Rotatable[]): Promise<number> {
  const { place, cluster, around, say } = run;
  const { held, mandate, record } = begun;
  const steps = rehearse(mandate, record, keys, around);
  const workloads = await readWorkloads(cluster, place.namespace);
  say(`${named(place)} would get new values in ${steps.length} ${steps.length === 1 ? 'step' : 'steps'}`);
  for (const [index, step] of steps.entries()) {
    say(`${index + 1}. ${stepLine(step, keys)}`);
    const previewed = { secret: place.name, immutable: held.secret.immutable, restarts: mandate.restarts };
    const preview = previewRollout({ ...previewed, keys: step.keys }, workloads);
    for (const line of previewLines(preview)) say(`   ${line}`);
  }
  say('nothing was written');
  return 0;
}

/** More than a controller writes about one change. */
const MOST_TRIES = 10;

/** Writes the wish into the record, whoever writes there meanwhile. */
async function wish(run: Run, begun: BegunRotation, keys: readonly Rotatable[]): Promise<SecretRecord> {
  const { place, cluster, engine, around } = run;
  const names = keys.map(({ key }) => key);
  let { record, resourceVersion } = begun;
  for (let tries = 1; ; tries += 1) {
    const asked = withAsked(record, names);
    try {
      await writeRecord(cluster, place, asked, resourceVersion, MANAGER);
      return asked;
    } catch (error) {
      if (!isConflict(error) || tries === MOST_TRIES) throw error;
      ({ record, resourceVersion } = await beginRotation(place, cluster, engine, around));
    }
  }
}

/** The field manager of what a command writes. */
const MANAGER = 'lockstep';
/** A controller that is replaced does nothing until the next one leads. Milliseconds. */
const CHANGE_OF_LEADER = 60_000;

async function follow(run: Run, keys: readonly Rotatable[], record: SecretRecord): Promise<number> {
  const { place, cluster, options, say } = run;
  const needs = needsOf(run);
  const isLed = (await needs.isLed()) === true;
  const names = keys.map(({ key }) => key);
  say(
    isLed
      ? `the controller rotates ${names.join(', ')} in ${named(place)}, also if you do not wait for it`
      : `no controller leads: ${names.join(', ')} in ${named(place)} is rotated from here`,
  );
  if (keys.some(({ keep }) => keep !== undefined))
    say('between two steps some minutes pass, in which volumes take up a value');
  const end = await followRotation(place, names, record, needs);
  for (const line of endLines(
    end,
    keys,
    (await isControllerLeading(cluster, options.lockstepNamespace)) === true,
  ))
    say(line);
  return end.kind === 'rotated' ? 0 : 1;
}

function needsOf({ place, cluster, engine, credentials, around, options, say }: Run): FollowRotationNeeds {
  const inApi = inCluster({ cluster, manager: MANAGER, rolloutTimeout: options.timeout, told: () => {} });
  const needs = {
    ...inApi,
    ...ALONE,
    ...inPostgres(),
    credentialOf: credentials.of,
    checks: loginChecks(() => performance.now()),
    policies: () => engine.policies,
    labelsOf: engine.labelsOf,
    around: { ...around, now: inApi.now },
    history: HISTORY,
    propagation: options.propagation,
    tell: (_: unknown, { type, note }: { readonly type: string; readonly note: string }) => {
      if (type === 'Warning') say(note);
    },
  };
  return {
    readRecord: needs.readRecord,
    isLed: () => isControllerLeading(cluster, options.lockstepNamespace),
    reconcile: () => reconcileSecret(place, needs),
    say,
    pause: (milliseconds) => sleep(milliseconds),
    clock: () => performance.now(),
    patience: options.timeout + options.propagation + CHANGE_OF_LEADER,
  };
}
