import t from 'tap';
import { textOf } from '../../helpers/controllers/secret-world.ts';
import { GOOD, STORY, STORY_URL } from '../../helpers/engine/engine.ts';
import { crashAtPhase } from '../../helpers/login/crash-at-phase.ts';
import { APP, aLoginWorld } from '../../helpers/login/login-world.ts';

const heldOf = (world: ReturnType<typeof aLoginWorld>, key: string): string | undefined =>
  textOf(world.held()?.secret.data, key);

for (const strategy of ['SingleUser', 'AlternatingUsers'] as const) {
  t.test(`${strategy}: a rollback restores all values of a version, with the login in use`, async (t) => {
    const world = aLoginWorld({ strategy });
    await world.rest();
    world.edit('JWT_SECRET', GOOD.other.repeat(2));
    await world.rest();
    world.wish({ kind: 'rotate' });
    await world.rest();
    world.wish({ kind: 'rollback', to: 1 });
    await world.rest();
    t.ok(world.isOpen());
    t.equal(heldOf(world, 'JWT_SECRET'), STORY.JWT_SECRET);
    t.equal(heldOf(world, 'POSTGRES_PASSWORD'), GOOD.password);
    t.match(heldOf(world, 'DATABASE_URL'), `//${heldOf(world, 'POSTGRES_USER')}:${GOOD.password}@`);
    t.match(world.record()?.versions.at(-1)?.why, { kind: 'rolled-back', to: 1 });
  });

  t.test(`${strategy}: a version that policies deny is restored only with --force`, async (t) => {
    const world = aLoginWorld({ strategy });
    await world.rest();
    world.edit('JWT_SECRET', 'changeme');
    await world.rest();
    const { number = 0 } = world.record()?.versions.at(-1) ?? {};
    world.edit('JWT_SECRET', GOOD.key);
    await world.rest();
    world.wish({ kind: 'rotate' });
    await world.rest();
    const before = world.written();
    world.wish({ kind: 'rollback', to: number });
    await world.rest();
    t.match(world.record()?.login?.failed, { undone: false, reason: /JWT_SECRET/ });
    t.same(world.written(), before);
    world.wish({ kind: 'rollback', to: number, forced: true });
    await world.rest();
    t.equal(heldOf(world, 'JWT_SECRET'), 'changeme');
    t.equal(heldOf(world, 'POSTGRES_PASSWORD'), GOOD.password);
    t.ok(world.isOpen());
  });
}

t.test('derived keys are corrected after an edit that the controller has not seen', async (t) => {
  const world = aLoginWorld({ spec: { allowedRoles: [APP] } });
  world.edit('POSTGRES_PASSWORD', GOOD.other);
  await world.step();
  t.match(world.record()?.login, { diverged: {} });
  world.wish({ kind: 'from-secret' });
  await world.rest();
  t.equal(world.server.get(APP)?.password, GOOD.other);
  t.match(heldOf(world, 'DATABASE_URL'), `:${GOOD.other}@`);
  t.equal(world.patches.length, 1);
});

t.test('a change rolls back if a policy denies its values since it started', async (t) => {
  const world = aLoginWorld();
  const { current: policies } = world.deps.policies;
  world.override({ policies: { current: () => [] } });
  await world.rest();
  world.edit('JWT_SECRET', 'changeme');
  await world.rest();
  world.edit('JWT_SECRET', GOOD.key);
  await world.rest();
  world.wish({ kind: 'rotate' });
  await world.rest();
  const before = world.written();
  world.wish({ kind: 'rollback', to: 2 });
  const hasDied = crashAtPhase(world, 'publish', () => world.override({ policies: { current: policies } }));
  await world.rest();
  t.ok(hasDied());
  t.match(world.record()?.login, {
    diverged: undefined,
    failed: { undone: true, reason: /the Secret could not hold it: JWT_SECRET/ },
  });
  t.equal(heldOf(world, 'JWT_SECRET'), GOOD.key);
  t.same(world.written(), before);
  t.ok(world.isOpen());
});

t.test('a rollback restores the earlier values, even if a policy denies them now', async (t) => {
  const world = aLoginWorld();
  await world.rest();
  world.edit('JWT_SECRET', 'changeme');
  await world.rest();
  world.wish({ kind: 'rotate' });
  await world.rest();
  const before = world.written();
  world.wish({ kind: 'rollback', to: 1 });
  world.failAt((world.record()?.versions.at(-1)?.number ?? 0) + 1);
  await world.rest();
  t.match(world.record()?.login, { diverged: undefined, failed: { undone: true } });
  t.equal(heldOf(world, 'JWT_SECRET'), 'changeme');
  t.same(world.written(), before);
  t.ok(world.isOpen());
});

t.test('a forced version is restored with a URL that does not agree', async (t) => {
  const world = aLoginWorld();
  await world.rest();
  const url = STORY_URL.replace('/reconciliation', '/elsewhere');
  world.edit('DATABASE_URL', url);
  await world.rest();
  t.equal(heldOf(world, 'DATABASE_URL'), STORY_URL, 'it was put right');
  world.wish({ kind: 'rotate' });
  await world.rest();
  world.wish({ kind: 'rollback', to: 2, forced: true });
  await world.rest();
  t.equal(heldOf(world, 'DATABASE_URL'), url);
  t.ok(world.isOpen());
});

t.test('a password is rolled back even if no earlier version is kept', async (t) => {
  const world = aLoginWorld({ spec: { history: 1 } });
  await world.rest();
  world.refuse();
  world.edit('POSTGRES_PASSWORD', GOOD.other);
  await world.rest();
  t.match(world.record()?.versions, [{ why: { kind: 'rolled-back', to: 1 } }]);
  t.ok(world.isOpen());
});
