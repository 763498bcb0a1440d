import { type Evaluation, keyByName } from './evaluation.ts';
import { factsByKey } from './facts-by-key.ts';

const previousKeys = factsByKey<ReadonlySet<string>>();

/** The keys that hold the previous value of a rotated key. A rotation ends with their removal. */
export const previousKeysOf = (evaluation: Evaluation): ReadonlySet<string> =>
  previousKeys(evaluation, '', () => {
    const names = [...evaluation.managedKeys.values()].flatMap(
      ({ entry }) => entry.rotate?.previousKey ?? [],
    );
    return new Set(names.map((name) => keyByName(evaluation, name)));
  });
