import t from 'tap';
import { nextRotation } from '../../../../src/engine/login/change/next-rotation.ts';
import type { ServerCredential } from '../../../../src/engine/login/credential-schema/compile.ts';

const day = (number: number, hour = 0): Date => new Date(Date.UTC(2026, 10, number, hour));
const HOUR = 60 * 60 * 1000;

/** Each night at three, from the first of the month on. */
const nightly = (window?: number, hasSchedule = true): ServerCredential =>
  ({
    created: day(1),
    spec: { schedule: hasSchedule ? { schedule: '0 3 * * *', timeZone: undefined, window } : undefined },
  }) as ServerCredential;

const NEVER = { rotated: undefined, failed: undefined };

t.test('a rotation is due once at its time', async (t) => {
  t.same(nextRotation(nightly(), NEVER, day(1, 2)), { next: day(1, 3), isDue: false });
  t.same(nextRotation(nightly(), NEVER, day(1, 3)), { next: day(1, 3), isDue: true });
  const rotated = { ...NEVER, rotated: day(1, 3) };
  t.same(nextRotation(nightly(), rotated, day(1, 3)), { next: day(2, 3), isDue: false });
});

t.test('makes up once for times that were missed', async (t) => {
  t.match(nextRotation(nightly(), NEVER, day(9)), { isDue: true });
  const rotated = { ...NEVER, rotated: day(9) };
  t.same(nextRotation(nightly(), rotated, day(9)), { next: day(9, 3), isDue: false });
});

t.test('begins within the window, or at the next time', async (t) => {
  t.match(nextRotation(nightly(HOUR), NEVER, day(9, 4)), { isDue: true });
  t.same(nextRotation(nightly(HOUR), NEVER, day(9, 5)), { next: day(10, 3), isDue: false });
  t.same(nextRotation(nightly(HOUR), NEVER, day(9, 2)), { next: day(9, 3), isDue: false });
});

t.test('tries a rolled back change again at the next time only', async (t) => {
  const failed = { rotated: undefined, failed: { time: day(4, 3), reason: '', undone: true } };
  t.same(nextRotation(nightly(), failed, day(4, 4)), { next: day(5, 3), isDue: false });
});

t.test('a rotation without a schedule is never due', async (t) => {
  t.same(nextRotation(nightly(undefined, false), NEVER, day(9)), { next: undefined, isDue: false });
});
