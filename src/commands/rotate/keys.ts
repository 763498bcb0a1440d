import type { SecretSession } from '../../controllers/secret-session/open.ts';
import { retryOnConflict } from '../../controllers/secret-session/retry-on-conflict.ts';
import type { SecretRecord } from '../../engine/secret/record/record.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import type { Rotatable } from '../../engine/versions/key-rotation/rotatable.ts';
import {
  dryRunRotation,
  requestRotation,
  withRequestedKeys,
} from '../../engine/versions/reconcile/requested-rotation.ts';
import { previewRollout } from '../../engine/workloads/rollout/preview.ts';
import { LockstepError } from '../../errors/errors.ts';
import { readWorkloads } from '../../kube/objects/workloads.ts';
import { rolloutPreviewLines } from '../../report/history/rollout-preview.ts';
import { rotationOutcomeLines, rotationStepLine } from '../../report/history/rotation-text.ts';
import { PROPAGATION } from '../cli/duration.ts';
import { LEADER_CHANGE_MS, leaderNeeds, reportStopped } from '../secret-session/follow-leader.ts';
import type { SecretChangeOptions } from '../secret-session/options.ts';
import { requireController } from '../secret-session/require-controller.ts';
import { openSession, type SecretRun } from '../secret-session/run.ts';
import { followRotation } from './follow-rotation.ts';

export interface RotateKeysOptions extends SecretChangeOptions {
  /** Without a key, every key that a policy rotates. */
  readonly key?: readonly string[];
}

type RotateRun = SecretRun<RotateKeysOptions>;

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
  await requireController(run);
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
    const { secret } = observed;
    const previewed = { secret, restarts: permissions.mayRestart, keys: step.keys };
    const preview = previewRollout(previewed, workloads);
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
  const { ref, options, print } = run;
  const names = keys.map(({ key }) => key);
  print(`the controller rotates ${names.join(', ')} in ${refText(ref)}, also if you do not wait for it`);
  if (keys.some(({ previousKey }) => previousKey !== undefined))
    print('between two steps some minutes pass, in which volumes take up a value');
  const timeout = options.timeout + PROPAGATION + LEADER_CHANGE_MS;
  const end = await followRotation(ref, names, record, { ...leaderNeeds(run), timeout });
  for (const line of rotationOutcomeLines(end, keys, `${ref.namespace}/${ref.name}`)) print(line);
  return end.kind === 'rotated' ? 0 : 1;
}
