import type { Evaluation } from './evaluation.ts';
import { factByPlan } from './key-plan.ts';

const previousKeys = factByPlan<ReadonlySet<string>>(({ managedKeys, byName }) => {
  const names = [...managedKeys.values()].flatMap(({ entry }) => entry.rotate?.previousKey ?? []);
  return new Set(names.map((name) => byName.get(name)?.key ?? name));
});

/** The keys that hold the previous value of a rotated key. A rotation ends with their removal. */
export const previousKeysOf = ({ plan }: Evaluation): ReadonlySet<string> => previousKeys(plan);
