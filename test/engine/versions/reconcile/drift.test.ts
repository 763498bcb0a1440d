import t from 'tap';
import { withInSyncKeys } from '../../../../src/engine/versions/reconcile/drift.ts';
import { aWorld, mandateOf, type World } from '../../../helpers/engine/rotation-world.ts';

const template = 'x-${BASE:-none}-${UNLISTED:-none}';
const SPEC = {
  heal: 'Drift',
  keys: { BASE: {}, ONE: { derive: { template } }, TWO: { derive: { template } } },
};
const AGREED = { BASE: 'a', ONE: 'x-a-none', TWO: 'x-a-none' };

const noted = (world: World): World => ({ ...world, record: withInSyncKeys(world.record, mandateOf(world)) });
const inStep = ({ record }: World): readonly string[] => [...record.inSyncKeys.keys()];

t.test('ignores a missing base key that no policy names', async (t) => {
  t.same(inStep(noted(aWorld(SPEC, AGREED))), ['ONE', 'TWO']);
});

t.test('returns the same record if nothing is new', async (t) => {
  const world = noted(aWorld(SPEC, AGREED));
  t.equal(noted(world).record, world.record);
});

t.test('removes a key that is no longer derived', async (t) => {
  const world = noted(aWorld(SPEC, AGREED));
  const { TWO: _, ...keys } = SPEC.keys;
  t.same(inStep(noted({ ...world, specs: [{ ...SPEC, keys }] })), ['ONE']);
});

t.test('records a key that agrees under another entry with that entry', async (t) => {
  const world = noted(aWorld(SPEC, AGREED));
  const ONE = { derive: { template: 'x-${BASE:-some}-${UNLISTED:-none}' } };
  const other = noted({ ...world, specs: [{ ...SPEC, keys: { ...SPEC.keys, ONE } }] });
  t.same(inStep(other), ['ONE', 'TWO']);
  t.not(other.record.inSyncKeys.get('ONE')?.entry, world.record.inSyncKeys.get('ONE')?.entry);
});
