import { reconcileSecret } from '../../controllers/secret/reconciler.ts';
import type { SecretSession } from '../../controllers/secret-session/open.ts';
import { retryOnConflict } from '../../controllers/secret-session/retry-on-conflict.ts';
import {
  dryRunRotation,
  requestRotation,
  withRequestedKeys,
} from '../../engine/reconcile/requested-rotation.ts';
import type { SecretRecord } from '../../engine/record/record.ts';
import { previewRollout } from '../../engine/rollout/preview.ts';
import type { Rotatable } from '../../engine/rotation/rotatable.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import { LockstepError } from '../../errors/errors.ts';
import { hasActiveController } from '../../kube/client/lease.ts';
import { readWorkloads } from '../../kube/objects/workloads.ts';
import { rolloutPreviewLines } from '../../report/history/rollout-preview.ts';
import { rotationOutcomeLines, rotationStepLine } from '../../report/history/rotation-text.ts';
import type { CredentialLookup } from '../adapters/credentials.ts';
import { LEADER_CHANGE_MS } from '../secret-session/follow-leader.ts';
import { leaderNeeds } from '../secret-session/leader-needs.ts';
import type { PasswordChangeOptions } from '../secret-session/options.ts';
import { reportStopped } from '../secret-session/retry-during-outage.ts';
import { openSession, type SecretRun } from '../secret-session/run.ts';
import { standaloneReconciler } from '../secret-session/standalone-reconciler.ts';
import { type FollowRotationNeeds, followRotation } from './follow-rotation.ts';

export interface RotateRun extends SecretRun<RotateKeysOptions> {
  readonly credentials: CredentialLookup;
}

export interface RotateKeysOptions extends PasswordChangeOptions {
  /** Without a key, every key that a policy rotates. */
  readonly key?: readonly string[];
}

/**
 * Rotates keys of a Secret that a policy generates. Resolves with the exit code: 0 when done, 1 if it stopped in the
 * middle. Throws LockstepError if it can't begin; then nothing was changed.
 */
export async function rotateKeys(run: RotateRun, dryRun: boolean): Promise<number> {
  const { ref, context, options } = run;
  const session = await openSession(run);
  const request = requestRotation(session.permissions, options.key ?? [], context);
  if (request.kind === 'refused')
    throw new LockstepError('ROTATION_REFUSED', [`${ref.namespace}/${ref.name}`, request.reason]);
  if (dryRun) return dryRunKeys(run, session, request.keys);
  const record = await writeRequest(run, session, request.keys);
  return await reportStopped(run.print, () => followAndReport(run, request.keys, record));
}

const refText = ({ namespace, name }: SecretRef): string => `Secret ${namespace}/${name}`;

async function dryRunKeys(
  run: RotateRun,
  session: SecretSession,
  keys: readonly Rotatable[],
): Promise<number> {
  const { ref, cluster, context, print } = run;
  const { observed, permissions } = session;
  const steps = dryRunRotation(permissions, session.record(), keys, context);
  const workloads = await readWorkloads(cluster, ref.namespace);
  print(`${refText(ref)} would get new values in ${steps.length} ${steps.length === 1 ? 'step' : 'steps'}`);
  for (const [index, step] of steps.entries()) {
    print(`${index + 1}. ${rotationStepLine(step, keys)}`);
    const previewed = {
      secret: ref.name,
      immutable: observed.secret.immutable,
      restarts: permissions.mayRestart,
    };
    const preview = previewRollout({ ...previewed, keys: step.keys }, workloads);
    for (const line of rolloutPreviewLines(preview)) print(`   ${line}`);
  }
  print('nothing was written');
  return 0;
}

/** Writes the request into the record, also if another writer changes the record at the same time. */
async function writeRequest(
  run: RotateRun,
  session: SecretSession,
  keys: readonly Rotatable[],
): Promise<SecretRecord> {
  const names = keys.map(({ key }) => key);
  return await retryOnConflict(
    session,
    async (current) => {
      const requested = withRequestedKeys(current.record(), names);
      await current.save(requested);
      return requested;
    },
    () => openSession(run),
  );
}

async function followAndReport(
  run: RotateRun,
  keys: readonly Rotatable[],
  record: SecretRecord,
): Promise<number> {
  const { ref, cluster, options, print } = run;
  const needs = followNeeds(run);
  const isLed = (await needs.isLed()) === true;
  const names = keys.map(({ key }) => key);
  print(
    isLed
      ? `the controller rotates ${names.join(', ')} in ${refText(ref)}, also if you do not wait for it`
      : `no controller leads: ${names.join(', ')} in ${refText(ref)} is rotated from here`,
  );
  if (keys.some(({ previousKey }) => previousKey !== undefined))
    print('between two steps some minutes pass, in which volumes take up a value');
  const end = await followRotation(ref, names, record, needs);
  for (const line of rotationOutcomeLines(
    end,
    keys,
    (await hasActiveController(cluster, options.lockstepNamespace)) === true,
  ))
    print(line);
  return end.kind === 'rotated' ? 0 : 1;
}

function followNeeds(run: RotateRun): FollowRotationNeeds {
  const { ref, credentials, options, print } = run;
  const deps = standaloneReconciler(run, credentials, print);
  const leader = leaderNeeds(run);
  return {
    ...leader,
    timeout: options.timeout + options.propagation + LEADER_CHANGE_MS,
    reconcile: leader.retryDuringOutage(() => reconcileSecret(ref, deps)),
  };
}
