import t from 'tap';
import { serverClock } from '../src/server-clock.ts';

const NOW = new Date('2027-01-01T00:00:00Z').getTime();
const HOUR = 60 * 60 * 1000;

/** A clock that is an hour behind the API server's, and how long each call takes by it. */
function aClock() {
  let local = NOW - HOUR;
  const clock = serverClock(() => new Date(local));
  const listen = (date: number | undefined, takes = 0) =>
    clock.measure(async () => {
      local += takes;
      return { date: date === undefined ? undefined : new Date(date) };
    });
  return { clock, listen };
}

t.test('uses the local clock until the first answer', async (t) => {
  const { clock, listen } = aClock();
  t.equal(clock.now().getTime(), NOW - HOUR);
  await listen(undefined);
  t.equal(clock.offsetMs(), 0, 'a proxy took the date away');
});

t.test('uses the time of the API server after an answer', async (t) => {
  const { clock, listen } = aClock();
  await listen(NOW);
  t.equal(clock.offsetMs(), HOUR);
  t.equal(clock.now().getTime(), NOW);
  t.equal(clock.local().getTime(), NOW - HOUR);
});

t.test(
  'an answer that was read only after a pause is of the past, and so is one across a jump',
  async (t) => {
    const { clock, listen } = aClock();
    await listen(NOW);
    await listen(NOW + 100, 24 * HOUR);
    t.equal(clock.offsetMs(), HOUR, 'not a day behind');
    await listen(NOW, -5 * HOUR);
    t.equal(clock.offsetMs(), HOUR);
    await listen(NOW + 24 * HOUR, 9000);
    t.equal(clock.offsetMs(), 6 * HOUR - 9000, 'the next one that comes in time counts');
  },
);

t.test('a call that fails changes nothing, and fails', async (t) => {
  const { clock, listen } = aClock();
  await listen(NOW);
  await t.rejects(
    clock.measure(() => Promise.reject(new Error('no'))),
    { message: 'no' },
  );
  t.equal(clock.offsetMs(), HOUR);
});
