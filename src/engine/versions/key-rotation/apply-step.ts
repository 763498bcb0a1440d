import { generateValue } from '../../review/decide/generate-value.ts';
import type { EngineContext } from '../../review/evaluation/decision.ts';
import type { KeyEdit } from '../../review/own-writes/with-derived.ts';
import type { Rotation, RotationStep, SecretData } from '../../secret/record/record.ts';
import type { Sensitive } from '../../secret/sensitive.ts';
import type { KeyRotationPlan } from './plan.ts';
import type { Rotatable } from './rotatable.ts';

/** One step of one key, as lockstep will write it. */
export interface RotationEdit extends KeyEdit {
  readonly key: string;
  /** The state of the rotation after the step. Undefined if it ends. */
  readonly rotation: Rotation | undefined;
  /** The text for people, with names only. */
  readonly note: string;
}

export function rotationEditOf(
  step: RotationStep,
  plan: KeyRotationPlan,
  data: SecretData,
  context: EngineContext,
): RotationEdit {
  switch (step) {
    case 'introduced':
      return introduce(plan, context);
    case 'switched':
      return switchOver(plan, data, context);
    case 'retired':
      return retire(plan);
  }
}

const newValue = ({ key, generate }: Rotatable, { random }: EngineContext): Sensitive =>
  generateValue(key, generate, random);

/** The policy may name another previous key than at the last rotation. */
function introduce(
  { key: rotated, rotation: before }: KeyRotationPlan,
  context: EngineContext,
): RotationEdit {
  const { key, previousKey = '' } = rotated;
  return {
    key,
    set: new Map([[previousKey, newValue(rotated, context)]]),
    remove: before === undefined || before.previousKey === previousKey ? [] : [before.previousKey],
    rotation: { step: 'introduced', since: context.now(), previousKey },
    note: `${key}: its next value stands in ${previousKey}, before anybody uses it`,
  };
}

function switchOver(
  { key: rotated, rotation: before }: KeyRotationPlan,
  data: SecretData,
  context: EngineContext,
): RotationEdit {
  const { key } = rotated;
  const now = data.get(key);
  const next = before === undefined ? undefined : data.get(before.previousKey);
  if (before === undefined || now === undefined || next === undefined) {
    const set = new Map([[key, newValue(rotated, context)]]);
    return { key, set, remove: [], rotation: undefined, note: `${key}: has a new value` };
  }
  return {
    key,
    set: new Map([
      [key, next],
      [before.previousKey, now],
    ]),
    remove: [],
    rotation: { ...before, step: 'switched', since: context.now() },
    note: `${key}: has its next value, and ${before.previousKey} the one before`,
  };
}

function retire({ key: { key }, rotation }: KeyRotationPlan): RotationEdit {
  const previousKey = rotation?.previousKey ?? '';
  const note = `${key}: its value before this one is removed from ${previousKey}`;
  return { key, set: new Map(), remove: [previousKey], rotation: undefined, note };
}
