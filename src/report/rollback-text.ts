import { fieldOf, sentence } from '../engine/finding.ts';
import type { Values } from '../engine/record.ts';
import type { Restoring } from '../engine/rollback.ts';
import { printable } from './printable.ts';

/** `changes A, B; adds C; removes D`. `before`: what the Secret holds. */
export function changesText({ set, remove }: Pick<Restoring, 'set' | 'remove'>, before: Values): string {
  const keys = [...set.keys()].sort();
  const parts = [
    ['changes', keys.filter((key) => before.has(key))],
    ['adds', keys.filter((key) => !before.has(key))],
    ['removes', remove],
  ] as const;
  return parts
    .filter(([, some]) => some.length > 0)
    .map(([what, some]) => `${what} ${printable(some.join(', '))}`)
    .join('; ');
}

/** As kubectl prints what is denied, and what is warned of. */
export const findingLines = ({ findings }: Pick<Restoring, 'findings'>): readonly string[] =>
  findings
    .filter(({ action }) => action !== 'Audit')
    .map((finding) =>
      printable(
        `${finding.action === 'Enforce' ? '*' : 'Warning:'} ${fieldOf(finding)}: ${sentence(finding)}`,
      ),
    );
