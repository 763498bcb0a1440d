import type { Step } from './rotation-plan.ts';

/** So often in a row nobody has to write the same. */
const CONTESTED = 4;

/** Tells what has to be written now and then from what somebody undoes each time. */
export interface Contest {
  /** True where it is news: not yet one of a fight. */
  readonly wrote: (kind: Step['kind']) => boolean;
  /** A look had nothing to write: what comes now begins a new row. */
  readonly rested: () => void;
  /** What is undone. */
  readonly undone: () => Step['kind'] | undefined;
}

export function contest(): Contest {
  const row = new Map<Step['kind'], number>();
  return {
    wrote: (kind) => {
      const times = (row.get(kind) ?? 0) + 1;
      row.set(kind, times);
      return times < CONTESTED;
    },
    rested: () => row.clear(),
    undone: () => [...row].find(([, times]) => times >= CONTESTED)?.[0],
  };
}
