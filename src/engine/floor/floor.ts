import type { Action } from '../finding/finding.ts';
import type { Policy } from '../policy/policy.ts';
import { admissionPolicy, type FloorObject, type FloorOptions } from './admission-policy.ts';
import { type LeftOut, leftOutOf } from './left-out.ts';
import { planOf, sharedByAction } from './plan.ts';
import { grouped, sectionsOf } from './sections.ts';
import { variablesOf } from './variables.ts';

/** The floor for some policies: objects for the API server, and the requirements that they do not express. */
export interface Floor {
  readonly objects: readonly FloorObject[];
  readonly leftOut: readonly LeftOut[];
  /** One sentence for each admission policy that was split. */
  readonly notes: readonly string[];
}

const FLOOR_NAME = 'lockstep-floor';

const SUFFIXES: Readonly<Record<Action, string>> = { Enforce: '', Warn: '-warn', Audit: '-audit' };

/**
 * Translates policies into admission policies that the API server evaluates. The floor is never stricter than the
 * engine: where a condition is not exact, the floor lets more pass.
 */
export function floorOf(policies: readonly Policy[], options: FloorOptions): Floor {
  const plan = planOf(policies, options);
  const leftOut: LeftOut[] = [];
  const notes: string[] = [];
  const objects: FloorObject[] = [];
  for (const action of ['Enforce', 'Warn', 'Audit'] as const) {
    const shared = sharedByAction(plan, action);
    leftOut.push(...(shared?.leftOut ?? []));
    const groups = grouped(plan.ordered.flatMap((_, place) => sectionsOf(plan, place, action, leftOut)));
    if (groups.length === 0 && shared !== undefined) groups.push([]);
    const name = `${FLOOR_NAME}${SUFFIXES[action]}`;
    groups.forEach((group, at) => {
      const variables = variablesOf(plan, group, at === 0 ? shared : undefined);
      objects.push(...admissionPolicy(at === 0 ? name : `${name}-${at + 1}`, action, variables, options));
    });
    if (groups.length > 1)
      notes.push(
        `${name} is split into ${groups.length} admission policies, because the API server limits the size and the cost of one`,
      );
  }
  return {
    objects,
    leftOut: plan.ordered.flatMap((policy) => [
      ...leftOutOf(policy, options.now),
      ...leftOut.filter((one) => one.policy === policy.name),
    ]),
    notes,
  };
}
