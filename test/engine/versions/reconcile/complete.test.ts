import t from 'tap';
import { Baseline } from '../../../../src/engine/review/own-writes/new-denials.ts';
import { planCompletion } from '../../../../src/engine/versions/reconcile/complete.ts';
import { GOOD, testContext } from '../../../helpers/engine/engine.ts';
import {
  ANNOTATED,
  afterEdit,
  aWorld,
  DAY,
  generatedKey,
  mandateOf,
  type World,
} from '../../../helpers/engine/rotation-world.ts';
import { seededRandom } from '../../../helpers/engine/seeded-random.ts';

const SPEC = {
  keys: {
    A: generatedKey(undefined, { required: true, aliases: ['a'] }),
    B: generatedKey(),
    WHOLE: { required: true, derive: { template: '${A}+${PLAIN}' } },
    PLAIN: {},
  },
};

const { bytes } = seededRandom(11);
/** Two generated values differ, as they do in a cluster. */
const context = { ...testContext, random: (size: number) => bytes(size, size) };
const completed = (world: World) => {
  const mandate = mandateOf(world);
  return planCompletion(mandate, world.record, context, new Baseline(mandate));
};
const keysOf = (world: World) => [...(completed(world).edit?.set.keys() ?? [])].sort();

t.test('generates missing keys, and derives keys from them', async (t) => {
  const { edit, note, obstacles } = completed(aWorld(SPEC, { PLAIN: 'x' }));
  t.same([...(edit?.set.keys() ?? [])].sort(), ['A', 'B', 'WHOLE']);
  t.match(
    edit?.set.get('WHOLE')?.withPlaintext(({ text }) => text),
    /^[\w-]{64}\+x$/,
  );
  t.equal(note, 'A: was missing, and was generated; B: was missing, and was generated');
  t.same(obstacles, []);
  const whole = completed(aWorld(SPEC, { a: GOOD.key, B: GOOD.refresh, PLAIN: 'x' }));
  t.same(whole, { edit: undefined, note: '', obstacles: [] }, 'nothing is lacking');
});

t.test('generates a required key that was always empty', async (t) => {
  t.same(keysOf(aWorld(SPEC, { A: '', B: '', PLAIN: 'x' })), ['A', 'WHOLE']);
});

t.test('generates no key that had a value, and reports it', async (t) => {
  const whole = aWorld(SPEC, { A: GOOD.key, B: GOOD.refresh, PLAIN: 'x', WHOLE: `${GOOD.key}+x` });
  for (const world of [
    afterEdit(whole, { A: undefined }, DAY),
    afterEdit(whole, { A: '' }, DAY),
    afterEdit(afterEdit(whole, { A: undefined, a: GOOD.other }, DAY), { a: undefined }, 2 * DAY),
  ]) {
    t.same(keysOf(world), []);
    t.match(completed(world).obstacles, [{ key: /^[Aa]$/, reason: /^had a value and has none/ }]);
  }
  const removed = afterEdit(whole, { B: undefined }, DAY);
  const { versions } = removed.record;
  const short = { ...removed.record, versions: versions.slice(-1) };
  t.same(keysOf({ ...removed, record: short }), [], 'also where the version that had it is long gone');
  const lost = { ...removed.record, versions: versions.map((one) => ({ ...one, data: undefined })) };
  t.same(keysOf({ ...removed, record: lost }), [], 'or where nobody knows any more what a version held');
});

t.test('generates no value that would change a derived key in use', async (t) => {
  const held = aWorld(SPEC, { PLAIN: 'x', WHOLE: 'in-use+x' });
  t.same(keysOf(held), ['B']);
  t.match(completed(held).obstacles, [
    { key: 'A', reason: /^is not made: a derived key in use would change/ },
  ]);
});

t.test('generates and derives no key with action Audit', async (t) => {
  const audited = {
    ...SPEC,
    keys: { ...SPEC.keys, A: generatedKey(undefined, { required: true, action: 'Audit' }) },
  };
  t.same(keysOf(aWorld(audited, { PLAIN: 'x' })), ['B']);
  const WHOLE = { ...SPEC.keys.WHOLE, action: 'Audit' };
  t.same(keysOf(aWorld({ keys: { ...SPEC.keys, WHOLE } }, { PLAIN: 'x' })), ['A', 'B']);
});

t.test('generates nothing without the annotation, for an owned Secret, or against a policy', async (t) => {
  for (const rest of [{}, { ...ANNOTATED, controller: 'Cluster/a' }, { ...ANNOTATED, immutable: true }])
    t.same(completed(aWorld(SPEC, {}, rest)), { edit: undefined, note: '', obstacles: [] });
  const exceptions = [{ namespace: '*', name: '*', keys: ['A', 'B'], reason: 'OPS-1', until: '2027-01-01' }];
  t.same(keysOf(aWorld({ ...SPEC, exceptions }, {})), []);
  const unfit = completed(
    aWorld({ keys: { A: generatedKey(undefined, { format: 'uuid' }), B: generatedKey() } }, {}),
  );
  t.same([...(unfit.edit?.set.keys() ?? [])], ['B']);
  t.match(unfit.obstacles, [{ key: 'A', reason: /^is not made/ }]);
});

t.test('generates no values that only together would change a derived key in use', async (t) => {
  const keys = {
    A: generatedKey(),
    B: generatedKey(),
    BOTH: { derive: { template: '${A}+${B}' } },
  };
  const { edit, obstacles } = completed(aWorld({ keys }, { BOTH: 'in+use' }));
  t.equal(edit, undefined);
  t.match(obstacles, [
    { key: 'A', reason: /^is not made: a derived key in use would change/ },
    { key: 'B', reason: /^is not made: a derived key in use would change/ },
  ]);
});
