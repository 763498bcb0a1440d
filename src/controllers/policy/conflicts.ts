import { type SystemConflict, systemConflictsAmong } from '../../engine/policy/system-conflicts.ts';
import { type Tie, tiesAmong } from '../../engine/policy/ties.ts';
import type { PolicyStore } from './store.ts';

export interface PolicyConflicts {
  readonly ties: readonly Tie[];
  readonly systemConflict: SystemConflict | undefined;
}

/** Finds all conflicts once, and then those of a policy by its name. */
export function conflictsIn(
  store: Pick<PolicyStore, 'policies' | 'states'>,
): (name: string) => PolicyConflicts {
  const ties = tiesAmong(store.policies());
  // A built-in policy gives way to any other, so it is in no conflict.
  const systemConflicts = systemConflictsAmong(store.states().flatMap(({ policy }) => policy ?? []));
  return (name) => ({ ties: ties.get(name) ?? [], systemConflict: systemConflicts.get(name) });
}
