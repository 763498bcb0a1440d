import { withinBudget } from '../evaluation/budget.ts';
import type { Surroundings } from '../evaluation/decision.ts';
import { openCase } from '../evaluation/evaluation.ts';
import type { Mandate } from '../permissions/permissions.ts';
import { type KeyEdit, kept, withFollowers } from '../permissions/with-derived.ts';
import type { RotationStep, SecretRecord, Why } from '../record/record.ts';
import { actOf } from './apply-step.ts';
import { type Plan, planOf } from './plan.ts';
import { type Obstacle, rotatable } from './rotatable.ts';

/*
 * Rotation of generated keys. Whoever signs with KEY must at every moment be understood by whoever verifies with KEY and `previousKey`, though pods take up a changed
 * Secret one after another. So a new value B takes the place of A in three steps, and none is taken before the last consumer has reached the one before it:
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
 * Without `introduced` the first pod would sign with B while the last had never heard of it; a retirement right after the switch would leave the last that signs
 * with A alone. A key without `previousKey` is switched at once, and what was signed with its old value counts only where that is still held.
 *
 * All state is in the record and in the Secret, so whoever takes over after a crash goes on. What somebody else makes of KEY or of previousKey ends the rotation:
 * see rotations-after.ts.
 */
export type RotationMove =
  /** `again`: not before then, unless something changes. */
  | { readonly kind: 'none'; readonly again: Date | undefined; readonly obstacles: readonly Obstacle[] }
  | RotationWrite;

export interface RotationWrite extends KeyEdit {
  readonly kind: 'write';
  readonly why: Extract<Why, { kind: 'rotated' }>;
  /** What to say of it; names only. */
  readonly note: string;
  /** To be prepared with the new data. */
  readonly record: SecretRecord;
}

/** What a kubelet takes at most to bring a changed Secret into a volume: a sync each minute, and the lifetime of what it has cached. Milliseconds. */
const PROPAGATION = 120_000;

/** What was begun goes first. */
const ORDER: readonly RotationStep[] = ['switched', 'retired', 'introduced'];

/** The next step of what is due or was begun; none while consumers are on their way to an earlier one. Keys that are at the same step go together. */
export function rotationStep(
  mandate: Mandate,
  record: SecretRecord,
  around: Surroundings,
  propagation: number = PROPAGATION,
): RotationMove {
  if (!mandate.generates || record.pending !== undefined) return NONE;
  return withinBudget<RotationMove>(
    mandate.request.secret,
    around,
    (metered) => stepOf(mandate, record, metered, propagation),
    () => NONE,
  );
}

const NONE: RotationMove = { kind: 'none', again: undefined, obstacles: [] };

function stepOf(
  mandate: Mandate,
  record: SecretRecord,
  around: Surroundings,
  propagation: number,
): RotationMove {
  const { plans, obstacles } = plansFor(mandate, record, around, propagation);
  for (const step of ORDER) {
    const meant = plans.filter(({ kind }) => kind === step);
    const fit = meant.filter((plan) => write(step, [plan], mandate, record, around) !== undefined);
    obstacles.push(...meant.filter((plan) => !fit.includes(plan)).map(refused));
    const together = fit.length === 0 ? undefined : write(step, fit, mandate, record, around);
    if (together !== undefined) return together;
  }
  return { kind: 'none', again: earliest(plans), obstacles };
}

function plansFor(
  { request, matched, restarts }: Mandate,
  record: SecretRecord,
  around: Surroundings,
  propagation: number,
): { readonly plans: readonly Plan[]; readonly obstacles: Obstacle[] } {
  const aCase = openCase(request, matched);
  const now = around.now();
  const settling = { now, propagation, isRollingOut: restarts && record.rollout !== undefined };
  const plans: Plan[] = [];
  const obstacles: Obstacle[] = [];
  for (const governed of aCase.governed.values()) {
    const isAsked = record.asked.includes(governed.key);
    if (governed.entry.rotate === undefined && !isAsked) continue;
    const key = rotatable(aCase, governed, now);
    if (!('reason' in key)) plans.push(planOf(key, record, aCase.data, settling));
    else if (isAsked || !key.isMeant) obstacles.push(key);
  }
  return { plans, obstacles };
}

/** Undefined where the policies would refuse what the Secret held then. */
function write(
  step: RotationStep,
  plans: readonly Plan[],
  mandate: Mandate,
  record: SecretRecord,
  around: Surroundings,
): RotationWrite | undefined {
  const acts = plans.map((plan) => actOf(step, plan, mandate.request.secret.data, around));
  const rotations = new Map(record.rotations);
  for (const { key, rotation } of acts) {
    if (rotation === undefined) rotations.delete(key);
    else rotations.set(key, rotation);
  }
  const edit = {
    set: new Map(acts.flatMap(({ set }) => [...set])),
    remove: acts.flatMap(({ remove }) => remove),
  };
  const { set, remove, refusals } = withFollowers(mandate, edit, kept(mandate), around);
  if (refusals.length > 0) return undefined;
  const done = step === 'switched' ? acts.map(({ key }) => key) : [];
  const asked = record.asked.filter((key) => !done.includes(key));
  return {
    kind: 'write',
    set,
    remove,
    why: { kind: 'rotated', step },
    note: acts.map(({ note }) => note).join('; '),
    record: { ...record, ahead: { rotations, asked } },
  };
}

const refused = ({ key: { key } }: Plan): Obstacle => ({
  key,
  reason: 'is not rotated: its policies would refuse the value that they ask to be generated',
  isMeant: false,
});

function earliest(plans: readonly Plan[]): Date | undefined {
  const times = plans.flatMap(({ until }) => (until === undefined ? [] : [until.getTime()]));
  return times.length === 0 ? undefined : new Date(Math.min(...times));
}
