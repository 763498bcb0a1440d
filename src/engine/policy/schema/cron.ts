import { Cron } from 'croner';

/** A cron schedule of five fields and its time zone. The default is UTC. */
export interface CronSchedule {
  readonly schedule: string;
  readonly timeZone?: string | undefined;
}

/**
 * The first time after `after`. Undefined if the schedule never fires. A time that the clock skips in spring fires
 * right after the change. A time that occurs twice in autumn fires once. Throws if the schedule or its time zone can't
 * be parsed.
 */
export function nextTime({ schedule, timeZone = 'UTC' }: CronSchedule, after: Date): Date | undefined {
  return cron(schedule, timeZone).nextRun(after) ?? undefined;
}

const cron = (schedule: string, timezone: string): Cron => new Cron(schedule, { mode: '5-part', timezone });

export function isCronSchedule(schedule: string): boolean {
  try {
    cron(schedule, 'UTC');
    return true;
  } catch {
    return false;
  }
}

/** Some days never come, such as 30 February. The proof takes milliseconds. */
export function everFires(schedule: string): boolean {
  return nextTime({ schedule }, BEFORE_A_LEAP_YEAR) !== undefined;
}

const BEFORE_A_LEAP_YEAR = new Date('2027-12-31T00:00:00Z');

export function isTimeZone(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return true;
  } catch {
    return false;
  }
}
