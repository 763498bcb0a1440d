import t from 'tap';
import { nextRotation } from '../../../../src/engine/credential/change/next-rotation.ts';
import type { PostgresCredential } from '../../../../src/engine/credential/spec/compile.ts';

const day = (number: number, hour = 0): Date => new Date(Date.UTC(2026, 10, number, hour));
const HOUR = 60 * 60 * 1000;

/** Each night at three, since the first of the month. */
const nightly = (window?: number, hasSchedule = true): PostgresCredential =>
  ({
    created: day(1),
    spec: { schedule: hasSchedule ? { schedule: '0 3 * * *', timeZone: undefined, window } : undefined },
  }) as PostgresCredential;

const NEVER = { rotated: undefined, failed: undefined };

t.test('it is due at its time, once', async (t) => {
  t.same(nextRotation(nightly(), NEVER, day(1, 2)), { next: day(1, 3), isDue: false });
  t.same(nextRotation(nightly(), NEVER, day(1, 3)), { next: day(1, 3), isDue: true });
  const rotated = { ...NEVER, rotated: day(1, 3) };
  t.same(nextRotation(nightly(), rotated, day(1, 3)), { next: day(2, 3), isDue: false });
});

t.test('what was missed for days is made up for once', async (t) => {
  t.match(nextRotation(nightly(), NEVER, day(9)), { isDue: true });
  const rotated = { ...NEVER, rotated: day(9) };
  t.same(nextRotation(nightly(), rotated, day(9)), { next: day(9, 3), isDue: false });
});

t.test('with a window it begins within it, or at the next time', async (t) => {
  t.match(nextRotation(nightly(HOUR), NEVER, day(9, 4)), { isDue: true });
  t.same(nextRotation(nightly(HOUR), NEVER, day(9, 5)), { next: day(10, 3), isDue: false });
  t.same(nextRotation(nightly(HOUR), NEVER, day(9, 2)), { next: day(9, 3), isDue: false });
});

t.test('what was undone is not tried again before the next time', async (t) => {
  const failed = { rotated: undefined, failed: { time: day(4, 3), reason: '', undone: true } };
  t.same(nextRotation(nightly(), failed, day(4, 4)), { next: day(5, 3), isDue: false });
});

t.test('what has no schedule is never due', async (t) => {
  t.same(nextRotation(nightly(undefined, false), NEVER, day(9)), { next: undefined, isDue: false });
});
