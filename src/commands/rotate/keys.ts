import { setTimeout as sleep } from 'node:timers/promises';
import { reconcileSecret } from '../../controllers/secret/reconciler.ts';
import type { Surroundings } from '../../engine/evaluation/decision.ts';
import { askRotation, rehearse, withAsked } from '../../engine/reconcile/requested-rotation.ts';
import type { SecretRecord } from '../../engine/record/record.ts';
import { settled } from '../../engine/record/record-observation.ts';
import { previewRollout } from '../../engine/rollout/preview.ts';
import type { Rotatable } from '../../engine/rotation/rotatable.ts';
import { isConflict, LockstepError } from '../../errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { isControllerLeading } from '../../kube/client/lease.ts';
import { readWorkloads } from '../../kube/objects/workloads.ts';
import { writeRecord } from '../../kube/record/records.ts';
import type { SecretPlace } from '../../kube/secrets/stored-secrets.ts';
import { previewLines } from '../../report/history/rollout-preview.ts';
import { endLines, stepLine } from '../../report/history/rotation-text.ts';
import type { WorkedCredentials } from '../adapters/credentials.ts';
import type { LoginRunOptions } from '../password-change/run.ts';
import { type BegunRotation, beginRotation } from '../secret-session/load-secret.ts';
import type { ClusterEngine } from '../secret-session/policy-snapshot.ts';
import { outlasting, toldEnd } from '../secret-session/retry-during-outage.ts';
import { aloneIn, MANAGER } from '../secret-session/standalone-reconciler.ts';
import { type FollowRotationNeeds, followRotation } from './follow-rotation.ts';

export interface RotateRun {
  readonly place: SecretPlace;
  readonly cluster: Cluster;
  readonly engine: ClusterEngine;
  readonly credentials: WorkedCredentials;
  readonly around: Surroundings;
  readonly options: RotateKeysOptions;
  readonly say: (line: string) => void;
}

export interface RotateKeysOptions extends LoginRunOptions {
  /** None: every key that a policy rotates. */
  readonly key?: readonly string[];
}

/**
 * Gives keys of a Secret new values that a policy generates. Resolves with the exit code: 0 done, 1 stopped in the middle. Throws LockstepError where it could not begin;
 * then nothing was changed.
 */
export async function rotateKeys(run: RotateRun, dryRun: boolean): Promise<number> {
  const { place, cluster, engine, around, options } = run;
  const begun = await beginRotation(place, cluster, engine, around);
  const asked = askRotation(begun.mandate, options.key ?? [], around.now());
  if (asked.kind === 'refused')
    throw new LockstepError('ROTATION_REFUSED', [`${place.namespace}/${place.name}`, asked.reason]);
  if (dryRun) return rehearsal(run, begun, asked.keys);
  const record = await wish(run, begun, asked.keys);
  return await toldEnd(run.say, () => follow(run, asked.keys, record));
}

const named = ({ namespace, name }: SecretPlace): string => `Secret ${namespace}/${name}`;

async function rehearsal(run: RotateRun, begun: BegunRotation, keys: readonly Rotatable[]): Promise<number> {
  const { place, cluster, around, say } = run;
  const { held, mandate, record } = begun;
  const found = { ...held.written, why: { kind: 'changed' }, resourceVersion: held.resourceVersion } as const;
  const keeping = { history: Number.POSITIVE_INFINITY, restarts: mandate.restarts };
  const steps = rehearse(mandate, settled(record, held.secret.data, found, keeping), keys, around);
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
async function wish(run: RotateRun, begun: BegunRotation, keys: readonly Rotatable[]): Promise<SecretRecord> {
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

/** A controller that is replaced does nothing until the next one leads. Milliseconds. */
const CHANGE_OF_LEADER = 60_000;

async function follow(run: RotateRun, keys: readonly Rotatable[], record: SecretRecord): Promise<number> {
  const { place, cluster, options, say } = run;
  const needs = needsOf(run);
  const isLed = (await needs.isLed()) === true;
  const names = keys.map(({ key }) => key);
  say(
    isLed
      ? `the controller rotates ${names.join(', ')} in ${named(place)}, also if you do not wait for it`
      : `no controller leads: ${names.join(', ')} in ${named(place)} is rotated from here`,
  );
  if (keys.some(({ previousKey }) => previousKey !== undefined))
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

function needsOf({
  place,
  cluster,
  engine,
  credentials,
  around,
  options,
  say,
}: RotateRun): FollowRotationNeeds {
  const { timeout, propagation } = options;
  const needs = aloneIn({ cluster, engine, credentials, around, timeout, propagation, warn: say });
  const waiting = {
    say,
    pause: (milliseconds: number) => sleep(milliseconds),
    clock: () => performance.now(),
    patience: options.timeout + options.propagation + CHANGE_OF_LEADER,
  };
  const outlast = outlasting({ ...waiting, patience: options.timeout });
  return {
    ...waiting,
    readRecord: outlast(needs.readRecord),
    isLed: outlast(() => isControllerLeading(cluster, options.lockstepNamespace)),
    reconcile: outlast(() => reconcileSecret(place, needs)),
  };
}
