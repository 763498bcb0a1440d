import type { LoginRecord } from './login-record.ts';

export const CHANGE_ENDS = ['done', 'undone', 'refused', 'diverged', 'overtaken'] as const;
export type ChangeEnd = (typeof CHANGE_ENDS)[number];

/** How the change of `before` has ended by `after`; undefined where none was under way, or it still is. */
export function changeEnd(before: LoginRecord, after: LoginRecord): ChangeEnd | undefined {
  if (before.change === undefined || after.change?.id === before.change.id) return undefined;
  if (after.diverged !== undefined) return 'diverged';
  if (isLater(before.rotated, after.rotated)) return 'done';
  if (!isLater(before.failed?.time, after.failed?.time)) return 'overtaken';
  return after.failed?.undone === true ? 'undone' : 'refused';
}

const isLater = (before: Date | undefined, after: Date | undefined): boolean =>
  after !== undefined && after.getTime() > (before?.getTime() ?? Number.NEGATIVE_INFINITY);
