import type { UnusedKeys } from '../../engine/diagnosis/uses/unused.ts';
import { inColumns, nameList } from '../lines.ts';
import { printable } from '../printable.ts';
import { plural } from '../wording.ts';
import { jsonText, notSeen, unreadLine } from './uses-words.ts';

export interface UnusedReport {
  /** Undefined for all namespaces. */
  readonly namespace: string | undefined;
  readonly secrets: number;
  readonly unused: readonly UnusedKeys[];
  readonly unread: readonly string[];
}

/**
 * The text for people:
 *
 *       Secret     unused
 *       shop/old   the whole Secret
 *       shop/app   JWT_SECRET
 *     12 Secrets: 1 without a reader, 1 with keys without a reader
 */
export function unusedText({ namespace, secrets, unused, unread }: UnusedReport, isWide: boolean): string {
  const isSure = unread.length === 0;
  const rows = unused.map((row) => [printable(`${row.namespace}/${row.name}`), unusedCell(row, isWide)]);
  const heading = ['Secret', isSure ? 'unused' : 'perhaps unused'];
  const table = rows.length === 0 ? [] : inColumns([heading, ...rows]).map((line) => `  ${line}`);
  return [...table, summary(secrets, unused, isSure), ...unreadLine(unread), notSeen(namespace)]
    .map((line) => `${line}\n`)
    .join('');
}

const unusedCell = ({ isWhole, keys, keyCount }: UnusedKeys, isWide: boolean): string =>
  [
    ...(isWhole ? ['the whole Secret'] : []),
    ...(isWhole && !isWide ? [] : [nameList(keys, { isWide, count: keyCount })]),
  ]
    .filter((part) => part !== '')
    .join(': ');

function summary(secrets: number, unused: readonly UnusedKeys[], isSure: boolean): string {
  const whole = unused.filter(({ isWhole }) => isWhole).length;
  const rest = unused.length - whole;
  const counts = `${plural(secrets, 'Secret')}: ${whole} without a reader, ${rest} with keys without a reader`;
  return isSure ? counts : `${counts}, among the objects that could be read`;
}

/** The JSON that docs/reference/uses.md describes. */
export const unusedJson = ({ namespace, secrets, unused, unread }: UnusedReport): string =>
  jsonText({
    namespace: namespace ?? null,
    secrets,
    verdict: unread.length === 0 ? 'unused' : 'unknown',
    unused: unused.map(({ keys, keyCount, isWhole, ...place }) => ({
      ...place,
      whole: isWhole,
      keys,
      moreKeys: keyCount - keys.length,
    })),
    unread,
    notSeen: notSeen(namespace),
  });
