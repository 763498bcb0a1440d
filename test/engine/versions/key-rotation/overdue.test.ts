import t from 'tap';
import { overdueKeys } from '../../../../src/engine/versions/key-rotation/overdue.ts';
import { GOOD } from '../../../helpers/engine/engine.ts';
import { afterEdit, at, aWorld, DAY, mandateOf, type World } from '../../../helpers/engine/rotation-world.ts';

const SPEC = {
  keys: {
    MASTER: { maxAge: '365d', aliases: ['master'] },
    FRESH: { maxAge: '12h' },
    ANY: {},
    GONE: { maxAge: '1m' },
  },
};
const overdue = (world: World, seconds: number) =>
  overdueKeys(mandateOf(world), world.record, at(seconds)).map(
    ({ key, policy, since }) => `${key} by ${policy} since ${since.toISOString()}`,
  );

t.test('a key is overdue once its last change is as long ago as its policy allows', async (t) => {
  const world = aWorld(SPEC, { MASTER: GOOD.key, FRESH: GOOD.refresh, ANY: 'x' });
  t.same(overdue(world, DAY / 2 - 1), []);
  t.same(overdue(world, DAY / 2), ['FRESH by p0 since 2026-11-26T00:00:00.000Z']);
  t.same(overdue(afterEdit(world, { FRESH: GOOD.other }, DAY), DAY), []);
  t.same(overdue(afterEdit(world, { ANY: 'y' }, DAY), DAY), ['FRESH by p0 since 2026-11-26T00:00:00.000Z']);
  t.same(overdue(world, 400 * DAY).length, 2);
});

t.test('skips empty and excepted keys, and uses the spelling of the Secret', async (t) => {
  t.same(overdue(aWorld(SPEC, { MASTER: '', GONE: '' }), 400 * DAY), []);
  t.match(overdue(aWorld(SPEC, { master: GOOD.key }), 400 * DAY), [/^master by p0/]);
  const exceptions = [{ namespace: '*', name: '*', keys: ['MASTER'], reason: 'OPS-1', until: '2028-01-01' }];
  t.same(overdue(aWorld({ ...SPEC, exceptions }, { MASTER: GOOD.key }), 400 * DAY), []);
});
