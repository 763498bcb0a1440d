import t, { type Test } from 'tap';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import { GOOD } from '../../helpers/engine/engine.ts';
import { APP, aLoginWorld } from '../../helpers/login/login-world.ts';

const PAIR = `${APP}_alt`;
const VICTIM = 'payments';

type World = ReturnType<typeof aLoginWorld>;

const as = (role: string, password: string) => ({ role, password: Sensitive.fromText(password) });

/** A tenant can write anything into the record of a Secret. */
const forge = (world: World, login: object): void =>
  world.note((record) => {
    if (record.login === undefined) throw new Error('there is no login yet');
    return { ...record, login: { ...record.login, ...login } };
  });

async function attacked(strategy: 'SingleUser' | 'AlternatingUsers'): Promise<World> {
  const world = aLoginWorld({ strategy });
  world.server.set(VICTIM, world.aRole('of the victim'));
  world.server.set(`${VICTIM}_alt`, world.aRole('of its pair'));
  await world.rest();
  world.statements.length = 0;
  return world;
}

function assertUntouched(t: Test, world: World): void {
  t.equal(world.server.get(VICTIM)?.password, 'of the victim');
  t.equal(world.server.get(`${VICTIM}_alt`)?.password, 'of its pair');
  t.same(world.server.get(`${VICTIM}_alt`)?.memberOf, []);
  t.same(
    world.statements.filter((names) => names.includes(VICTIM)),
    [],
    'no statement about it was sent',
  );
}

for (const strategy of ['SingleUser', 'AlternatingUsers'] as const) {
  t.test(`${strategy}: a forged record with a Secret that names another role changes no role`, async (t) => {
    const world = await attacked(strategy);
    world.edit('POSTGRES_USER', VICTIM);
    world.edit('POSTGRES_PASSWORD', GOOD.other);
    forge(world, {
      owner: VICTIM,
      current: as(VICTIM, GOOD.other),
      changeRequest: { kind: 'from-secret' },
    });
    await world.rest();
    assertUntouched(t, world);
    t.match(world.record()?.login?.failed, { reason: /role payments is not among the roles.*allowedRoles/ });
  });

  const phases = ['preflight', 'apply', 'drain', 'finalize', 'rollback-apply', 'rollback-drain'] as const;
  for (const phase of phases)
    t.test(`${strategy}: a forged change of another role in ${phase} changes no role`, async (t) => {
      const world = await attacked(strategy);
      const written = world.written();
      const victim = as(VICTIM, GOOD.other);
      const isBack = phase.startsWith('rollback-');
      for (const [from, to] of [
        [written, victim],
        [victim, written],
        [victim, as(`${VICTIM}_alt`, GOOD.other)],
        [victim, victim],
      ] as const) {
        const now = world.deps.context.now();
        const change = { id: 'forged', cause: 'requested', since: now, entered: now, phase, from, to };
        forge(world, {
          owner: VICTIM,
          alternate: { role: `${VICTIM}_alt`, oid: world.server.get(`${VICTIM}_alt`)?.oid },
          change: { ...change, restores: undefined, fault: isBack ? 'forged' : undefined },
        });
        for (let step = 0; step < 20; step++) {
          await world.settle();
          world.pass(400_000);
        }
        assertUntouched(t, world);
      }
    });
}

t.test('the first proof binds: a role that the Secret names later is not changed', async (t) => {
  const world = await attacked('SingleUser');
  t.same(world.proven()?.roles, [APP]);
  world.edit('POSTGRES_USER', VICTIM);
  world.edit('POSTGRES_PASSWORD', 'of the victim');
  await world.rest();
  t.match(world.record()?.login, { current: { role: VICTIM } }, 'its login is proven');
  world.wish({ kind: 'rotate' });
  await world.rest();
  assertUntouched(t, world);
  t.same(world.proven()?.roles, [APP]);
});

t.test('allowedRoles decides alone, by the exact name', async (t) => {
  const world = aLoginWorld({ spec: { allowedRoles: ['recon2'] } });
  await world.rest();
  world.wish({ kind: 'rotate' });
  await world.rest();
  t.equal(world.server.get(APP)?.password, GOOD.password);
  t.match(world.record()?.login?.failed, { reason: /allowedRoles/ });
  t.equal(world.proven(), undefined);
  t.same(world.statements, []);
});

t.test('a role that no login has proven is not changed before allowedRoles names it', async (t) => {
  const world = aLoginWorld();
  world.edit('POSTGRES_PASSWORD', GOOD.other);
  await world.step();
  world.wish({ kind: 'from-secret' });
  await world.rest();
  t.equal(world.server.get(APP)?.password, GOOD.password);
  t.match(world.record()?.login?.failed, { reason: /allowedRoles/ });
});

t.test('a change continues after its PostgresCredential was recreated in the middle', async (t) => {
  for (const strategy of ['SingleUser', 'AlternatingUsers'] as const) {
    const world = aLoginWorld({ strategy });
    await world.rest();
    world.wish({ kind: 'rotate' });
    for (let step = 0; step < 100; step++) {
      const { change, changeRequest: wish } = world.record()?.login ?? {};
      if (change === undefined && wish === undefined) break;
      world.forgetProof();
      await world.step();
      world.pass(400_000);
    }
    await world.rest();
    t.ok(world.isOpen());
    t.equal(world.record()?.login?.failed, undefined);
    t.match(world.proven()?.roles, [APP]);
  }
});

t.test(
  'AlternatingUsers: a foreign role with the second name is refused, and keeps its password',
  async (t) => {
    const world = aLoginWorld({ strategy: 'AlternatingUsers' });
    await world.rest();
    world.server.set(PAIR, { ...world.aRole('theirs'), memberOf: [APP] });
    world.wish({ kind: 'rotate' });
    await world.rest();
    t.match(world.record()?.login?.failed, { reason: /role recon_alt that lockstep did not make/ });
    world.edit('POSTGRES_PASSWORD', GOOD.other);
    await world.rest();
    t.equal(world.server.get(PAIR)?.password, 'theirs');
    t.ok(world.isOpen());
  },
);

t.test(
  'AlternatingUsers: the record knows the second login by its oid, also after a crash at any step',
  async (t) => {
    const world = aLoginWorld({ strategy: 'AlternatingUsers' });
    await world.rest();
    world.wish({ kind: 'rotate' });
    await world.rest();
    const { oid } = world.server.get(PAIR) ?? {};
    t.match(world.record()?.login, { alternate: { role: PAIR, oid } });
  },
);
