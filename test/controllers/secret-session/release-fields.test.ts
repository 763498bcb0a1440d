import t from 'tap';
import { LockstepError } from '../../../src/errors/errors.ts';
import { aSecretWorld, Crash } from '../../helpers/controllers/secret-world.ts';
import { aSecret, GOOD, STORY, STORY_URL, withHeal } from '../../helpers/engine/engine.ts';

// The ownership of the fields that a heal has written.

const DRIFTED = aSecret({ ...STORY, POSTGRES_PASSWORD: GOOD.other, DATABASE_URL: STORY_URL });

const aDrift = () => {
  const world = aSecretWorld({ policies: withHeal('Always') });
  world.write(DRIFTED, 'helm');
  return world;
};
const owners = (world: ReturnType<typeof aDrift>) => world.held()?.owners?.map(({ manager }) => manager);

t.test('a heal gives the fields back, and the version keeps its writer', async (t) => {
  const world = aDrift();
  const before = world.held()?.owners;
  t.same(await world.settle(), { kind: 'done' });
  t.same(world.held()?.owners, before);
  t.match(world.record()?.versions.at(-1), { by: 'lockstep-controller', why: { kind: 'healed' } });
  const { resourceVersion } = world.held() ?? {};
  await world.settle();
  t.equal(world.held()?.resourceVersion, resourceVersion, 'the steady state has no write');
});

t.test('the fields of a writer that crashed are released a minute later', async (t) => {
  const world = aDrift();
  const { release } = world.deps.secrets;
  world.override({ secrets: { release: async () => Promise.reject(new Crash()) } });
  await t.rejects(world.step());
  t.same(owners(world), ['helm', 'lockstep']);
  world.override({ secrets: { release } });
  t.match(await world.settle(), { kind: 'requeue', requeueAfter: 60_000 });
  t.same(owners(world), ['helm', 'lockstep'], 'the writer may still be at work');
  world.pass(60_000);
  t.same(await world.settle(), { kind: 'done' });
  t.same(owners(world), ['helm']);
  t.equal(world.record()?.versions.length, 2);
});

t.test('a release that fails changes nothing else', async (t) => {
  const world = aDrift();
  world.override({
    secrets: {
      release: async () =>
        Promise.reject(new LockstepError('SECRET_REFUSED', ['recon/app', 'a webhook says no'])),
    },
  });
  await t.resolves(world.settle());
  t.match(world.record()?.versions.at(-1), { why: { kind: 'healed' } });
  t.equal(world.patches.length, 1);
});

t.test('a removal after a release is the write of an unknown client', async (t) => {
  const world = aDrift();
  await world.settle();
  const { secret, ...held } = world.held()!;
  const data = new Map(secret.data);
  data.delete('JWT_SECRET');
  world.pass(5000);
  // The API server keeps neither writer nor time of it.
  const removed = { ...held, secret: { ...secret, data }, resourceVersion: 'later' };
  const observedAt = world.deps.clock.now();
  world.override({
    secrets: { read: async () => ({ ...removed, written: { ...held.written, observedAt } }) },
  });
  await world.step();
  t.match(world.record()?.versions.at(-1), { by: 'unknown', keys: ['JWT_SECRET'], time: observedAt });
});
