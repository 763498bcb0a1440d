import t from 'tap';
import { milliseconds } from '../../../../src/engine/policy/schema/duration.ts';

t.test('days, hours and minutes are milliseconds', async (t) => {
  t.equal(milliseconds('30m'), 1_800_000);
  t.equal(milliseconds('24h'), 86_400_000);
  t.equal(milliseconds('365d'), 31_536_000_000);
});
