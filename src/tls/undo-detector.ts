import type { CertificateStep } from './rotation-plan.ts';

/** So often in a row nobody has to write the same. */
const UNDO_THRESHOLD = 4;

/** Tells what has to be written now and then from what somebody undoes each time. */
export interface UndoDetector {
  /** True where it is news: not yet one of a fight. */
  readonly recordWrite: (kind: CertificateStep['kind']) => boolean;
  /** A look had nothing to write: what comes now begins a new row. */
  readonly reset: () => void;
  /** What is undone. */
  readonly undoneStep: () => CertificateStep['kind'] | undefined;
}

export function undoDetector(): UndoDetector {
  const writeCounts = new Map<CertificateStep['kind'], number>();
  return {
    recordWrite: (kind) => {
      const count = (writeCounts.get(kind) ?? 0) + 1;
      writeCounts.set(kind, count);
      return count < UNDO_THRESHOLD;
    },
    reset: () => writeCounts.clear(),
    undoneStep: () => [...writeCounts].find(([, times]) => times >= UNDO_THRESHOLD)?.[0],
  };
}
