import type { Change } from '../../engine/review/evaluation/decision.ts';
import type { ManifestSecret } from '../../manifest/object/manifest-secret.ts';
import { paintIf } from '../../report/paint.ts';
import { printable } from '../../report/printable.ts';

/** One Secret, and the changes that lockstep makes before it is stored. */
export interface StoredChanges {
  readonly manifest: ManifestSecret;
  readonly changes: readonly Change[];
}

/**
 * A unified diff of one file, without context: the lines around a key hold other values. Each value is masked, and the
 * mask of a new value states the reason. Empty if nothing changes.
 */
export function maskedDiff(file: string, stored: readonly StoredChanges[], colour: boolean): string {
  const paint = paintIf(colour);
  let added = 0;
  const hunks = stored.flatMap(({ manifest, changes }) =>
    inOrderOfFile(manifest, changes).map((change) => {
      const { line, column } = manifest.placeOf(change.key);
      const before = manifest.secret.data.get(change.key);
      const isNew = before === undefined;
      const at = isNew ? `-${line},0 +${line + added + 1}` : `-${line} +${line + added}`;
      if (isNew) added += 1;
      const indent = ' '.repeat(isNew ? 2 : Math.min(column - 1, MAX_INDENT));
      const key = `${indent}${printable(change.key)}: `;
      return [
        paint('cyan', `@@ ${at} @@ Secret ${printable(manifest.ref)}`),
        ...(isNew ? [] : [paint('red', `-${key}${before.isEmpty ? '""' : '[redacted]'}`)]),
        paint('green', `+${key}[redacted: ${printable(change.effect)}]`),
      ];
    }),
  );
  if (hunks.length === 0) return '';
  const name = printable(file);
  const heads = [paint('bold', `--- ${name}`), paint('bold', `+++ ${name} (as lockstep stores it)`)];
  return `${[...heads, ...hunks.flat()].join('\n')}\n`;
}

const MAX_INDENT = 40;

const inOrderOfFile = ({ placeOf }: ManifestSecret, changes: readonly Change[]): readonly Change[] =>
  changes.toSorted((a, b) => placeOf(a.key).line - placeOf(b.key).line);
