import t from 'tap';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import { LockstepError } from '../../../src/errors/errors.ts';
import { aSecretWorld, textOf } from '../../helpers/controllers/secret-world.ts';
import { aSecret, GOOD, STORY, STORY_URL, withHeal } from '../../helpers/engine/engine.ts';

// The outcome of a write that is pending in the record, if its answer was not a success.

const HEALED_URL = STORY_URL.replace(GOOD.password, GOOD.other);

type World = ReturnType<typeof aSecretWorld>;
type Patch = World['deps']['secrets']['patch'];

/** A Secret with a derived key to correct, and one step in which its write is replaced by this function. */
async function written(patching: (patch: Patch, world: World) => Patch): Promise<World> {
  const world = aSecretWorld({ policies: withHeal('Always') });
  world.write(aSecret({ ...STORY, POSTGRES_PASSWORD: GOOD.other, DATABASE_URL: STORY_URL }));
  const { patch: patchSecret } = world.deps.secrets;
  world.override({ secrets: { patch: patching(patchSecret, world) } });
  const failed = await world.step().then(
    () => false,
    () => true,
  );
  if (!failed) throw new Error('it did not fail');
  world.override({ secrets: { patch: patchSecret } });
  return world;
}

const whys = (world: World) => world.record()?.versions.map(({ why, by }) => `${why.kind} ${by}`);

t.test('each write is reported to the write-conflict breaker', async (t) => {
  const world = aSecretWorld({ policies: withHeal('Always') });
  world.write(aSecret({ ...STORY, POSTGRES_PASSWORD: GOOD.other, DATABASE_URL: STORY_URL }));
  await world.settle();
  const wrote = world.events.flatMap((event) =>
    event.kind === 'secret-written'
      ? [[{ namespace: event.secret.namespace, name: event.secret.name }, event.why]]
      : [],
  );
  t.same(wrote, [[{ namespace: 'recon', name: 'reconciliation-secrets' }, { kind: 'healed' }]]);
});

t.test('a write that the cluster refuses is no longer pending', async (t) => {
  const world = await written(() => async () => {
    throw new LockstepError('SECRET_REFUSED', ['recon/reconciliation-secrets', 'a webhook says no']);
  });
  t.equal(world.record()?.pending, undefined);
  t.equal(world.record()?.versions.length, 1);
});

t.test('a write without an answer stays pending, and its version gets the right reason', async (t) => {
  const world = await written((patch) => async (...args) => {
    await patch(...args);
    throw new LockstepError('CLUSTER_TIMEOUT', ['https://api', 'writing']);
  });
  t.match(world.record()?.pending, { why: { kind: 'healed' } });
  await world.settle();
  t.same(whys(world), ['seen kubectl-replace', 'healed lockstep-controller']);
  t.equal(world.patches.length, 1);
});

t.test('a write with an unknown error stays pending', async (t) => {
  const world = await written(() => async () => {
    throw new TypeError('a bug');
  });
  t.match(world.record()?.pending, { why: { kind: 'healed' } });
});

t.test('a write is no longer pending if another client was first with other data', async (t) => {
  const world = await written((patch, world) => (...args) => {
    world.edit('NOTE', 'of somebody');
    return patch(...args);
  });
  t.equal(world.record()?.pending, undefined);
  await world.settle();
  t.equal(textOf(world.held()?.secret.data, 'DATABASE_URL'), HEALED_URL);
  t.equal(textOf(world.held()?.secret.data, 'NOTE'), 'of somebody');
});

t.test(
  'a write that lockstep made first stays pending, although a webhook stored something else',
  async (t) => {
    const world = await written((patch) => async (was, { set, remove }) => {
      await patch(was, { set: new Map([...set, ['NOTE', Sensitive.fromText('of a webhook')]]), remove });
      return await patch(was, { set, remove });
    });
    t.match(world.record()?.pending, { why: { kind: 'healed' } });
    await world.settle();
    t.same(whys(world)?.slice(0, 2), ['seen kubectl-replace', 'healed lockstep-controller']);
    t.equal(textOf(world.held()?.secret.data, 'NOTE'), 'of a webhook');
  },
);

t.test('a write that an earlier leader made with the same data gets the right reason', async (t) => {
  const world = await written((patch) => async (...args) => {
    await patch(...args);
    return await patch(...args);
  });
  t.match(world.record()?.pending, { why: { kind: 'healed' } });
  await world.settle();
  t.same(whys(world), ['seen kubectl-replace', 'healed lockstep-controller']);
});
