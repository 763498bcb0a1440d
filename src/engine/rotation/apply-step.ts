import type { Surroundings } from '../evaluation/decision.ts';
import { generateValue } from '../evaluation/generate.ts';
import type { KeyEdit } from '../permissions/with-derived.ts';
import type { Rotation, RotationStep, Values } from '../record/record.ts';
import type { Sensitive } from '../secret/sensitive.ts';
import type { Plan } from './plan.ts';
import type { Rotatable } from './rotatable.ts';

/** One step of one key, as it is to be written. */
export interface Act extends KeyEdit {
  readonly key: string;
  /** Where it stands then. */
  readonly rotation: Rotation | undefined;
  /** What to say of it; names only. */
  readonly note: string;
}

export function actOf(step: RotationStep, plan: Plan, data: Values, around: Surroundings): Act {
  switch (step) {
    case 'introduced':
      return introduce(plan, around);
    case 'switched':
      return switchOver(plan, data, around);
    case 'retired':
      return retire(plan);
  }
}

const newValue = ({ key, generate }: Rotatable, { random }: Surroundings): Sensitive =>
  generateValue(key, generate, random);

/** A policy may name another key to keep the value in than it did when this one was rotated last. */
function introduce({ key: rotated, rotation: before }: Plan, around: Surroundings): Act {
  const { key, previousKey = '' } = rotated;
  return {
    key,
    set: new Map([[previousKey, newValue(rotated, around)]]),
    remove: before === undefined || before.previousKey === previousKey ? [] : [before.previousKey],
    rotation: { step: 'introduced', since: around.now(), previousKey },
    note: `${key}: its next value stands in ${previousKey}, before anybody uses it`,
  };
}

function switchOver({ key: rotated, rotation: before }: Plan, data: Values, around: Surroundings): Act {
  const { key } = rotated;
  const now = data.get(key);
  const next = before === undefined ? undefined : data.get(before.previousKey);
  if (before === undefined || now === undefined || next === undefined) {
    const set = new Map([[key, newValue(rotated, around)]]);
    return { key, set, remove: [], rotation: undefined, note: `${key}: has a new value` };
  }
  return {
    key,
    set: new Map([
      [key, next],
      [before.previousKey, now],
    ]),
    remove: [],
    rotation: { ...before, step: 'switched', since: around.now() },
    note: `${key}: has its next value, and ${before.previousKey} the one before`,
  };
}

function retire({ key: { key }, rotation }: Plan): Act {
  const previousKey = rotation?.previousKey ?? '';
  const note = `${key}: its value before this one is removed from ${previousKey}`;
  return { key, set: new Map(), remove: [previousKey], rotation: undefined, note };
}
