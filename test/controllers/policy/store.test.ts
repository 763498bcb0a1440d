import t from 'tap';
import { policyStore } from '../../../src/controllers/policy/store.ts';
import { compilePolicy } from '../../../src/engine/policy/compile/compile.ts';
import { fitTogether, TOO_COSTLY_TOGETHER } from '../../../src/engine/policy/cost.ts';
import { aPolicy, aStored } from '../../helpers/policy/stored-policy.ts';

function aStore(files = ['reconciliation', 'jwt-keys'].map((name) => aPolicy(name, { keys: {} }))) {
  let compiled = 0;
  const store = policyStore(files, (document) => {
    compiled += 1;
    return compilePolicy(document);
  });
  const inForce = () =>
    store
      .policies()
      .map(({ name, keys }) => `${name}: ${keys.map((key) => key.name).join()}`)
      .sort();
  return { store, inForce, compiled: () => compiled };
}

const UNUSABLE = { keys: { A: { derive: { template: '${B}' } } } };

t.test(
  'a policy of the cluster is in effect next to those of files, and replaces one of its name',
  async (t) => {
    const { store, inForce } = aStore();
    t.strictSame(inForce(), ['jwt-keys: ', 'reconciliation: ']);
    store.replace([aStored('jwt-keys', 1, { keys: { B: {} } }), aStored('shop', 1, { keys: { A: {} } })]);
    t.strictSame(inForce(), ['jwt-keys: B', 'reconciliation: ', 'shop: A']);
    store.remove('jwt-keys');
    t.strictSame(inForce(), ['jwt-keys: ', 'reconciliation: ', 'shop: A']);
    store.replace([]);
    t.strictSame(inForce(), ['jwt-keys: ', 'reconciliation: ']);
  },
);

t.test('each generation is compiled once, however often the watch reports it', async (t) => {
  const { store, compiled } = aStore();
  const first = aStored('shop', 1, { keys: { A: {} } });
  t.equal(store.replace([first]).length, 1);
  t.equal(store.upsert({ ...first }), undefined);
  t.same(store.replace([first]), []);
  t.equal(compiled(), 1);
  t.ok(store.upsert(aStored('shop', 2, { keys: { B: {} } })));
  t.equal(compiled(), 2);
});

t.test('the set is the same object until something changes', async (t) => {
  const { store } = aStore();
  const first = aStored('shop', 1, { keys: { A: {} } });
  store.upsert(first);
  const reported = store.policies();
  store.replace([{ ...first }]);
  t.equal(store.policies(), reported, 'a watch that goes on tells them all again');
  const before = store.policies();
  store.upsert({ ...first });
  store.remove('nobody');
  t.equal(store.policies(), before);
  store.upsert(aStored('shop', 2, { keys: { A: {} } }));
  t.not(store.policies(), before);
});

t.test('the last good version of an invalid policy stays in effect', async (t) => {
  const { store, inForce } = aStore([]);
  store.upsert(aStored('shop', 1, { keys: { A: {} } }));
  const verdict = store.upsert(aStored('shop', 2, UNUSABLE));
  t.match(verdict?.problems, [{ path: ['spec', 'keys', 'A', 'derive', 'template'] }]);
  t.strictSame(inForce(), ['shop: A']);
  store.replace([aStored('shop', 3, UNUSABLE)]);
  t.strictSame(inForce(), ['shop: A'], 'also after it was read anew');
  store.upsert(aStored('shop', 4, { keys: { B: {} } }));
  t.strictSame(inForce(), ['shop: B']);
});

t.test('a policy that was deleted and created again has no last good version', async (t) => {
  const { store, inForce } = aStore([]);
  store.upsert(aStored('shop', 1, { keys: { A: {} } }));
  store.replace([{ ...aStored('shop', 1, UNUSABLE), uid: 'another' }]);
  t.strictSame(inForce(), []);
  t.match(store.states(), [{ policy: undefined, problems: [{}] }]);
});

t.test('the policy of a file stays in effect if its namesake of the cluster was never valid', async (t) => {
  const { store, inForce } = aStore();
  store.upsert(aStored('jwt-keys', 1, UNUSABLE));
  t.strictSame(inForce(), ['jwt-keys: ', 'reconciliation: ']);
});

t.test('a state holds the version seen last, without the document', async (t) => {
  const { store } = aStore();
  const stored = aStored('shop', 1, { keys: {} });
  store.upsert(stored);
  store.upsert({ ...stored, resourceVersion: '8' });
  const [verdict] = store.states();
  t.match(verdict?.stored, { resourceVersion: '8' });
  t.notOk('document' in (verdict?.stored ?? {}));
});

/** So many of these policies that the budget of all ends at the last one. */
const COSTLY = (index: number) => ({
  keys: Object.fromEntries(
    Array.from({ length: 60 }, (_, key) => [`K${key}`, { pattern: `^${'\\pL'.repeat(3)}${index}_${key}$` }]),
  ),
});

t.test('the policies that are too costly together are left out, the newest ones first', async (t) => {
  const { cost } = aPolicy('costly', COSTLY(0));
  const { store, inForce } = aStore([]);
  const stored = (name: string, index: number, createdAt: string, generation = 1) => ({
    ...aStored(name, generation, COSTLY(index)),
    createdAt,
  });
  const most = Array.from({ length: 100 }, (_, index) => index).find(
    (count) => !fitTogether({ steps: cost.steps * (count + 1), bytes: cost.bytes * (count + 1) }),
  );
  t.ok(most !== undefined && most > 10, `${most} of them fit`);
  const old = Array.from({ length: most ?? 0 }, (_, index) =>
    stored(`old-${index}`, index, '2026-01-01T00:00:00Z'),
  );
  const late = stored('a-late-one', 100, '2026-02-01T00:00:00Z');
  store.replace([late, ...old]);
  const stateOf = (name: string) => store.states().find((state) => state.stored.name === name);
  t.match(stateOf('a-late-one'), { policy: undefined, problems: [TOO_COSTLY_TOGETHER] });
  t.equal(inForce().length, most, 'the others go on');
  t.same(store.states().flatMap(({ problems }) => problems).length, 1);

  const small = aPolicy('small', { keys: { A: {} } });
  t.ok(store.hasRoomFor(small), 'a cheap policy finds room');
  t.notOk(store.hasRoomFor(aPolicy('another', COSTLY(101))));
  t.ok(store.hasRoomFor(aPolicy('old-1', COSTLY(102))), 'a version that costs no more does, too');

  store.remove('old-0');
  t.match(stateOf('a-late-one'), { problems: [], policy: { name: 'a-late-one' } });
  store.upsert(stored('old-0', 0, '2026-03-01T00:00:00Z'));
  t.match(stateOf('old-0'), { problems: [TOO_COSTLY_TOGETHER], policy: undefined });
  store.upsert({ ...aStored('old-0', 2, { keys: { A: {} } }), createdAt: '2026-03-01T00:00:00Z' });
  t.match(stateOf('old-0'), { problems: [], policy: { name: 'old-0' } });
  store.upsert(stored('old-0', 0, '2026-03-01T00:00:00Z', 3));
  t.match(stateOf('old-0'), { problems: [TOO_COSTLY_TOGETHER] });
  t.ok(inForce().includes('old-0: A'), 'its last good version stays in effect');
});
