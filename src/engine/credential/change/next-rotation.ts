import { nextTime } from '../../policy/schema/cron.ts';
import type { LoginRecord } from '../../record/login-record.ts';
import type { PostgresCredential } from '../spec/compile.ts';

/** When the password is to be changed by its schedule. */
export interface NextRotation {
  /** Undefined: never. In the past where it is due now. */
  readonly next: Date | undefined;
  readonly isDue: boolean;
}

/**
 * A time counts from the last attempt on, or from when the PostgresCredential was made: what was missed is made up for once, and no more where its window
 * has passed. What was tried and undone is tried again at the next time.
 */
export function nextRotation(
  { created, spec: { schedule } }: PostgresCredential,
  { rotated, failed }: Pick<LoginRecord, 'rotated' | 'failed'>,
  now: Date,
): NextRotation {
  if (schedule === undefined) return { next: undefined, isDue: false };
  const since = new Date(Math.max(...[created, rotated, failed?.time].map((time) => time?.getTime() ?? 0)));
  const { window } = schedule;
  const first = nextTime(schedule, since);
  if (first === undefined || first > now) return { next: first, isDue: false };
  if (window === undefined) return { next: first, isDue: true };
  const open = nextTime(schedule, new Date(Math.max(since.getTime(), now.getTime() - window - 1)));
  return { next: open, isDue: open !== undefined && open <= now };
}
