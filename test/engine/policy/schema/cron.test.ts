import t from 'tap';
import {
  everFires,
  isCronSchedule,
  isTimeZone,
  nextTime,
} from '../../../../src/engine/policy/schema/cron.ts';

const next = (schedule: string, after: string, timeZone?: string): string | undefined =>
  nextTime({ schedule, timeZone }, new Date(after))?.toISOString();

t.test('the next time is after the given moment, never equal to it', async (t) => {
  t.equal(next('0 4 1 */6 *', '2026-11-25T12:00:00Z'), '2027-01-01T04:00:00.000Z');
  t.equal(next('0 4 * * *', '2026-11-25T04:00:00Z'), '2026-11-26T04:00:00.000Z');
  t.equal(next('*/15 * * * *', '2026-11-25T04:00:01Z'), '2026-11-25T04:15:00.000Z');
  t.equal(next('0 4 29 2 *', '2026-11-25T04:00:00Z'), '2028-02-29T04:00:00.000Z');
  t.equal(
    next('0 4 13 * FRI', '2026-11-25T04:00:00Z'),
    '2026-11-27T04:00:00.000Z',
    'either day, as in a CronJob',
  );
});

t.test('follows the clock of a time zone, also when it changes to or from summer time', async (t) => {
  t.equal(next('0 4 * * *', '2026-07-01T12:00:00Z', 'Europe/Berlin'), '2026-07-02T02:00:00.000Z');
  t.equal(next('0 4 * * *', '2026-12-01T12:00:00Z', 'Europe/Berlin'), '2026-12-02T03:00:00.000Z');
  t.equal(
    next('30 2 * * *', '2027-03-27T12:00:00Z', 'Europe/Berlin'),
    '2027-03-28T01:00:00.000Z',
    'left out',
  );
  const first = next('30 2 * * *', '2027-10-30T12:00:00Z', 'Europe/Berlin') ?? '';
  t.equal(first, '2027-10-31T00:30:00.000Z');
  t.equal(
    next('30 2 * * *', first, 'Europe/Berlin'),
    '2027-11-01T01:30:00.000Z',
    'it comes twice, and counts once',
  );
});

t.test('a schedule has five valid fields, and a day that exists', async (t) => {
  for (const schedule of ['0 4 * * *', '0 4 L * *', '0 4 * JAN-MAR MON,WED', '? ? * * *']) {
    t.ok(isCronSchedule(schedule), schedule);
    t.ok(everFires(schedule), schedule);
  }
  for (const schedule of ['', '* * * *', '* * * * * *', '60 * * * *', '0 4 * * XYZ', '*/0 * * * *'])
    t.notOk(isCronSchedule(schedule), schedule);
  for (const schedule of ['0 0 30 2 *', '0 0 31 4,6,9,11 *']) t.notOk(everFires(schedule), schedule);
});

t.test('accepts only time zones that this Node knows', async (t) => {
  for (const zone of ['UTC', 'Europe/Berlin', 'Asia/Kathmandu']) t.ok(isTimeZone(zone), zone);
  for (const zone of ['', 'Berlin', 'Europe/Berlin ', 'Mars/Olympus', '__proto__'])
    t.notOk(isTimeZone(zone), zone);
});
