import type { CertificateStep } from './rotation-plan.ts';

/** No correct sequence writes the same step this often. */
const UNDO_THRESHOLD = 4;

/** Distinguishes an occasional write from one that another client undoes each time. */
export interface UndoDetector {
  /** True if the write must be logged, because it is not yet a repeated one. */
  readonly recordWrite: (kind: CertificateStep['kind']) => boolean;
  /** An observation without a write ends the sequence. */
  readonly reset: () => void;
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
