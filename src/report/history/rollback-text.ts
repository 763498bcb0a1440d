import { pageUrl } from '../../engine/finding/docs-url.ts';
import { fieldOf, sentence } from '../../engine/finding/finding.ts';
import type { SecretData } from '../../engine/record/record.ts';
import type { RollbackWrite } from '../../engine/rollback/plan.ts';
import { printable } from '../printable.ts';

/** `changes A, B; adds C; removes D`. `before` is the data of the Secret. */
export function changesText(
  { set, remove }: Pick<RollbackWrite, 'set' | 'remove'>,
  before: SecretData,
): string {
  const keys = [...set.keys()].sort();
  const parts = [
    ['changes', keys.filter((key) => before.has(key))],
    ['adds', keys.filter((key) => !before.has(key))],
    ['removes', remove],
  ] as const;
  return parts
    .filter(([, names]) => names.length > 0)
    .map(([what, some]) => `${what} ${printable(some.join(', '))}`)
    .join('; ');
}

/** Denials and warnings in the style of kubectl. */
export const rollbackFindingLines = ({ findings }: Pick<RollbackWrite, 'findings'>): readonly string[] =>
  findings
    .filter(({ action }) => action !== 'Audit')
    .map((finding) =>
      printable(
        `${finding.action === 'Enforce' ? '*' : 'Warning:'} ${fieldOf(finding)}: ${sentence(finding)}`,
      ),
    );

/** Reasons for which a rollback writes nothing. */
export const rollbackRefusalLines = {
  unforced: (to: number, isDenied: boolean, healed: readonly string[]): readonly string[] => [
    ...(isDenied ? [`policies deny what version ${to} was; --force writes it nevertheless`] : []),
    ...(isDenied || healed.length === 0
      ? []
      : [
          `the controller would correct ${printable(healed.join(', '))} in it, as the policies say; --force keeps it`,
        ]),
  ],
  denied: (reason: string, isForced: boolean): readonly string[] => [
    reason,
    ...(isForced ? [`--force does not pass lockstep's webhook; ${BREAK_GLASS}`] : []),
  ],
  corrected: (keys: readonly string[]): readonly string[] => [
    `lockstep's webhook would correct ${printable(keys.join(', '))} in it, as the policies say`,
    `--force does not pass it; ${BREAK_GLASS}`,
  ],
};

const BREAK_GLASS = `break-glass does: ${pageUrl('tasks/break-glass.md')}`;

/** One line, or none. */
export const webhookChangeLine = (keys: readonly string[]): readonly string[] =>
  keys.length === 0 ? [] : [`a webhook makes something else of ${printable(keys.join(', '))}`];
