import { nextTime } from '../../policy/schema/cron.ts';
import type { LoginRecord } from '../../secret/record/login-record.ts';
import type { ServerCredential } from '../credential-schema/compile.ts';

/** The next password change by schedule. */
export interface NextRotation {
  /** Undefined means never. In the past if a change is due now. */
  readonly next: Date | undefined;
  readonly isDue: boolean;
}

/**
 * The schedule counts from the last attempt, or from the creation of the ServerCredential. Missed times are made up
 * for once, unless the window has passed. After a rollback, the next attempt is at the next time of the schedule.
 */
export function nextRotation(
  { created, spec: { schedule } }: ServerCredential,
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
