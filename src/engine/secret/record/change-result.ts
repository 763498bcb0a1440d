import type { LoginRecord } from './login-record.ts';

export const CHANGE_RESULTS = ['succeeded', 'rolled-back', 'refused', 'diverged', 'superseded'] as const;
export type ChangeResult = (typeof CHANGE_RESULTS)[number];

/**
 * The result of the change of `before`, as `after` shows it. Undefined if no change was in progress, or if it still is.
 */
export function changeResult(before: LoginRecord, after: LoginRecord): ChangeResult | undefined {
  if (before.change === undefined || after.change?.id === before.change.id) return undefined;
  if (after.diverged !== undefined) return 'diverged';
  if (isLater(before.rotated, after.rotated)) return 'succeeded';
  if (!isLater(before.failed?.time, after.failed?.time)) return 'superseded';
  return after.failed?.undone === true ? 'rolled-back' : 'refused';
}

const isLater = (before: Date | undefined, after: Date | undefined): boolean =>
  after !== undefined && after.getTime() > (before?.getTime() ?? Number.NEGATIVE_INFINITY);
