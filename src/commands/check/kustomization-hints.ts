import { resolve } from 'node:path';
import type { ManifestFileContent } from '../../manifest/read/read.ts';
import type { CheckHint } from '../../report/check-report.ts';

/** Finds the kustomization that most others are built from: its folder is the best one to begin with. */
export interface KustomizationHints {
  readonly addFile: (file: ManifestFileContent) => void;
  /** The hints, with that of this kustomization before those of the others. */
  readonly inOrder: (hints: readonly CheckHint[]) => readonly CheckHint[];
}

export function kustomizationHints(): KustomizationHints {
  const bases = new Map<string, readonly string[]>();
  return {
    addFile: ({ hints, references }) => {
      const folder = hints.find(({ kind }) => kind === 'kustomization')?.target;
      if (folder === undefined) return;
      bases.set(
        resolve(folder),
        (references?.bases ?? []).map((base) => resolve(folder, base)),
      );
    },
    inOrder: (hints) => {
      const [folder, dependents] = mostBuiltFrom(bases);
      const isBase = ({ kind, target }: CheckHint): boolean =>
        kind === 'kustomization' && target !== undefined && resolve(target) === folder;
      const first = hints.filter(isBase).map((hint) => ({ ...hint, dependents }));
      return first.length === 0 ? hints : [...first, ...hints.filter((hint) => !isBase(hint))];
    },
  };
}

/** Bounds the search: each kustomization can name all others. Beyond it, no number would be true. */
const MAX_STEPS = 500_000;

/** The folder that most kustomizations reach, directly or through others, and their number. */
function mostBuiltFrom(
  bases: ReadonlyMap<string, readonly string[]>,
): readonly [folder: string | undefined, dependents: number] {
  const dependents = new Map<string, number>();
  let steps = 0;
  for (const folder of bases.keys()) {
    const reached = new Set([folder]);
    for (const next of reached) {
      for (const base of bases.get(next) ?? []) if (bases.has(base)) reached.add(base);
      steps += 1 + (bases.get(next)?.length ?? 0);
      if (steps > MAX_STEPS) return [undefined, 0];
    }
    reached.delete(folder);
    for (const base of reached) dependents.set(base, (dependents.get(base) ?? 0) + 1);
  }
  let most: readonly [string | undefined, number] = [undefined, 0];
  for (const one of dependents) if (one[1] > most[1]) most = one;
  return most;
}
