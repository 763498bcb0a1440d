import { type Action, milder } from '../finding/finding.ts';
import { byPrecedence, type Policy } from '../policy/policy.ts';
import type { FloorOptions } from './admission-policy.ts';
import { isCompared, type SharedValues, sharedValues } from './distinct.ts';
import { type FloorEntry, floorEntry, surelyMatches } from './entry.ts';
import { previousKeysOf } from './value-checks.ts';

/** The parts that all admission policies of a floor share. */
export interface FloorPlan {
  readonly options: FloorOptions;
  /** Highest precedence first. The place of a policy is its number in this list. */
  readonly ordered: readonly Policy[];
  /** The entries of each policy. */
  readonly entries: readonly (readonly FloorEntry[])[];
  readonly previousKeys: ReadonlySet<string>;
  readonly actionOf: (one: { readonly action: Action }) => Action;
}

export function planOf(policies: readonly Policy[], options: FloorOptions): FloorPlan {
  const ordered = policies.toSorted(byPrecedence);
  const context = { ordered, now: options.now };
  return {
    options,
    ordered,
    entries: ordered.map((policy, place) =>
      policy.keys.map((entry, index) => floorEntry(entry, policy, `${place}_${index}`, context)),
    ),
    previousKeys: previousKeysOf(ordered),
    actionOf: ({ action }) => milder(action, options.maxAction),
  };
}

/** Values that two keys share, also keys of two policies. */
export function sharedByAction(plan: FloorPlan, action: Action): SharedValues | undefined {
  const compared = plan.entries.flatMap((entries, place) =>
    entries
      .filter((one) => isCompared(one, plan.previousKeys))
      .map((one) => ({
        one,
        entries,
        isAsked: `variables.${surelyMatches(place)}`,
        action: plan.actionOf(one.entry),
      })),
  );
  return sharedValues(compared, action);
}
