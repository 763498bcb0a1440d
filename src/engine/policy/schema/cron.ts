import { Cron } from 'croner';

/** A cron schedule of five fields, and the time zone whose clock it means; UTC where it names none. */
export interface CronSchedule {
  readonly schedule: string;
  readonly timeZone?: string | undefined;
}

/**
 * The first time after `after`; undefined where none ever comes. A time that the clock leaves out in spring comes as soon as it goes on, and one that comes
 * twice in autumn counts once. Throws where the schedule or its time zone can't be read.
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

/** Some days never come, as 30 February. To find that out takes milliseconds. */
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
