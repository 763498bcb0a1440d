import type { EngineContext } from '../../review/evaluation/decision.ts';
import type { Baseline } from '../../review/own-writes/new-denials.ts';
import { type Permissions, storedEvaluation } from '../../review/own-writes/permissions.ts';
import { type KeyEdit, previousValueKeys, withDerivedKeys } from '../../review/own-writes/with-derived.ts';
import type { ChangeReason, RotationStep, SecretRecord } from '../../secret/record/record.ts';
import { rotationEditOf } from './apply-step.ts';
import { type KeyRotationPlan, planKeyRotation } from './plan.ts';
import { type Obstacle, rotatable } from './rotatable.ts';

/*
 * Rotation of generated keys. A consumer that verifies with KEY and `previousKey` must at every moment understand one
 * that signs with KEY. Yet pods get a changed Secret one after another. So a new value B replaces A in three steps.
 * No step is taken before the last consumer has reached the one before it:
 *
 *     step         (KEY, prev.)  signs with   verifies       while pods are on their way to it
 *                  (A, -)        A            A
 *     introduced   (A, B)        A            A, B           all sign with A, and all know A
 *     switched     (B, A)        B            A, B           some sign with A, some with B, and all know both
 *     retired      (B, -)        B            B              all sign with B, and all know B
 *
 *     ──introduced──┬─ rollout, propagation ─┬─switched──┬─ rollout, propagation ─┬─ gracePeriod ─┬─retired──►
 *     signed with A ══════════════════════════════════════════════════════════════╡               │
 *     A is verified ══════════════════════════════════════════════════════════════════════════════╡
 *     signed with B                          ╞═══════════════════════════════════════════════════════════
 *     B is verified ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄╞═══════════════════════════════════════════════════════════
 *
 * Without `introduced` the first pod would sign with B before the last pod knows B. If `retired` followed `switched` at
 * once, nobody could verify the last pod that signs with A. A key without `previousKey` is switched at once. Data that
 * was signed with its old value is valid only for pods that still hold that value.
 *
 * All state is in the record and in the Secret, so another controller can continue after a crash. If another writer
 * changes KEY or `previousKey`, the rotation ends: see record/advance-rotations.ts.
 */
export type RotationDecision =
  /** `requeueAt` is the earliest time of the next step, unless something changes before. */
  | { readonly kind: 'none'; readonly requeueAt: Date | undefined; readonly obstacles: readonly Obstacle[] }
  | RotationWrite;

export interface RotationWrite extends KeyEdit {
  readonly kind: 'write';
  readonly why: Extract<ChangeReason, { kind: 'rotated' }>;
  /** The text for people, with names only. */
  readonly note: string;
  /** The record to stage together with the new data. */
  readonly record: SecretRecord;
}

/** Rotations in progress go first. */
const STEP_ORDER: readonly RotationStep[] = ['switched', 'retired', 'introduced'];

/**
 * The next step of all keys that are due or in progress. There is none while consumers still wait for an earlier one.
 * Keys that are at the same step go together.
 */
export function nextRotationStep(
  permissions: Permissions,
  record: SecretRecord,
  context: EngineContext,
  propagation: number,
  baseline: Baseline,
): RotationDecision {
  if (!permissions.mayGenerate || record.pending !== undefined)
    return { kind: 'none', requeueAt: undefined, obstacles: [] };
  const { plans, obstacles } = plansFor(permissions, record, context, propagation);
  for (const step of STEP_ORDER) {
    const write = (stepPlans: readonly KeyRotationPlan[]): RotationWrite | undefined =>
      writeStep(step, stepPlans, permissions, record, context, baseline);
    const candidates = plans.filter(({ kind }) => kind === step);
    const accepted = candidates.filter((plan) => write([plan]) !== undefined);
    obstacles.push(...candidates.filter((plan) => !accepted.includes(plan)).map(refusedObstacle));
    const combined = accepted.length === 0 ? undefined : write(accepted);
    if (combined !== undefined) return combined;
  }
  return { kind: 'none', requeueAt: earliest(plans), obstacles };
}

function plansFor(
  permissions: Permissions,
  record: SecretRecord,
  context: EngineContext,
  propagation: number,
): { readonly plans: readonly KeyRotationPlan[]; readonly obstacles: Obstacle[] } {
  const evaluation = storedEvaluation(permissions);
  const now = context.now();
  const timing = { now, propagation, isRollingOut: permissions.mayRestart && record.rollout !== undefined };
  const plans: KeyRotationPlan[] = [];
  const obstacles: Obstacle[] = [];
  for (const managedKey of evaluation.managedKeys.values()) {
    const isRequested = record.requestedKeys.includes(managedKey.key);
    if (managedKey.entry.rotate === undefined && !isRequested) continue;
    const key = rotatable(evaluation, managedKey, now);
    if (!('reason' in key)) plans.push(planKeyRotation(key, record, evaluation.data, timing));
    else if (isRequested || !key.isIntended) obstacles.push(key);
  }
  return { plans, obstacles };
}

/** Undefined if the policies would refuse the Secret after it. */
function writeStep(
  step: RotationStep,
  plans: readonly KeyRotationPlan[],
  permissions: Permissions,
  record: SecretRecord,
  context: EngineContext,
  baseline: Baseline,
): RotationWrite | undefined {
  const edits = plans.map((plan) => rotationEditOf(step, plan, permissions.request.secret.data, context));
  const rotations = new Map(record.rotations);
  for (const { key, rotation } of edits) {
    if (rotation === undefined) rotations.delete(key);
    else rotations.set(key, rotation);
  }
  const edit = {
    set: new Map(edits.flatMap(({ set }) => [...set])),
    remove: edits.flatMap(({ remove }) => remove),
  };
  const { set, remove, refusals } = withDerivedKeys(
    permissions,
    edit,
    previousValueKeys(permissions),
    context,
    baseline,
  );
  if (refusals.length > 0) return undefined;
  const done = step === 'switched' ? edits.map(({ key }) => key) : [];
  const requestedKeys = record.requestedKeys.filter((key) => !done.includes(key));
  return {
    kind: 'write',
    set,
    remove,
    why: { kind: 'rotated', step },
    note: edits.map(({ note }) => note).join('; '),
    record: { ...record, afterPending: { rotations, requestedKeys } },
  };
}

const refusedObstacle = ({ key: { key } }: KeyRotationPlan): Obstacle => ({
  key,
  reason: 'is not rotated: its policies would refuse the value that they ask to be generated',
  isIntended: false,
});

function earliest(plans: readonly KeyRotationPlan[]): Date | undefined {
  const times = plans.flatMap(({ until }) => (until === undefined ? [] : [until.getTime()]));
  return times.length === 0 ? undefined : new Date(Math.min(...times));
}
