import t from 'tap';
import type { LoginResult } from '../../../src/engine/login/result/login-result.ts';
import { APP, aLoginWorld } from '../../helpers/login/login-world.ts';

type World = ReturnType<typeof aLoginWorld>;

const PAIR = `${APP}_alt`;

/** The server answers this to each login of these roles. */
function answers(world: World, verdict: LoginResult, ...roles: readonly string[]): void {
  const { tryLogin } = world.deps.databases;
  const answering: typeof tryLogin = async (target, one) =>
    roles.includes(one.role) ? verdict : tryLogin(target, one);
  world.override({ databases: { tryLogin: answering } });
}

t.test('a login proves its role to an administrator', async (t) => {
  const world = aLoginWorld();
  await world.rest();
  t.same(world.proven()?.roles, [APP]);
});

t.test('AlternatingUsers: the second login is proven after it is in use', async (t) => {
  const world = aLoginWorld({ strategy: 'AlternatingUsers' });
  await world.rest();
  world.wish({ kind: 'rotate' });
  await world.rest();
  world.pass(400_000);
  await world.settle();
  t.same(world.proven()?.roles, [APP, PAIR]);
});

t.test('a correct password proves its role, also before the database exists', async (t) => {
  const world = aLoginWorld();
  answers(world, { kind: 'no-database' }, APP);
  await world.settle();
  t.same(world.proven()?.roles, [APP]);
});

t.test('a refused login proves nothing, although the administrator gets in', async (t) => {
  const world = aLoginWorld();
  answers(world, { kind: 'password-refused' }, APP);
  await world.settle();
  t.equal(world.proven(), undefined);
});

t.test('without an administrator no proof is stored', async (t) => {
  const world = aLoginWorld({ admin: false });
  await world.rest();
  t.equal(world.proven(), undefined);
});

t.test('a server that asks for no password proves nothing', async (t) => {
  const world = aLoginWorld();
  answers(world, { kind: 'ok', standby: false, unproven: true }, APP, 'admin');
  await world.settle();
  t.equal(world.proven(), undefined);
});

t.test('a server that asks for no password refuses each request at once, with the next step', async (t) => {
  for (const request of [{ kind: 'rotate' }, { kind: 'from-secret' }, { kind: 'rollback', to: 1 }] as const) {
    const world = aLoginWorld();
    await world.rest();
    const before = world.held()?.resourceVersion;
    answers(world, { kind: 'ok', standby: false, unproven: true }, APP);
    world.wish(request);
    await world.settle();
    const reason =
      /without asking for a password, so nothing is proven; pg_hba\.conf should ask for scram-sha-256/;
    t.match(
      world.record()?.login,
      { changeRequest: undefined, failed: { undone: false, reason } },
      request.kind,
    );
    t.match(
      world.kubernetesEvents.filter(({ reason }) => reason === 'PasswordChangeRefused'),
      [{ note: reason }],
    );
    t.equal(world.held()?.resourceVersion, before);
    t.same(world.statements, []);
  }
});

t.test('a pooler that has not checked the password yet leaves a request waiting', async (t) => {
  const world = aLoginWorld();
  await world.rest();
  answers(world, { kind: 'no-database', unproven: true }, APP);
  world.wish({ kind: 'rotate' });
  await world.settle();
  t.match(world.record()?.login, { changeRequest: { kind: 'rotate' }, failed: undefined });
});

t.test('without an answer of the administrator nothing is proven, and the login is synced', async (t) => {
  const world = aLoginWorld();
  answers(world, { kind: 'timeout' }, 'admin');
  await world.settle();
  t.equal(world.proven(), undefined);
  t.match(world.reported.at(-1)?.conditions, [{ status: 'True' }, { type: 'Synced', status: 'True' }]);
});

t.test('AlternatingUsers: the manager of the owner role manages both roles', async (t) => {
  for (const kept of [APP, PAIR]) {
    const world = aLoginWorld({ strategy: 'AlternatingUsers' });
    await world.rest();
    world.wish({ kind: 'rotate' });
    await world.rest();
    t.equal(world.written().role, PAIR);
    const { openServer } = world.deps.databases;
    const otherWriter = { kind: 'conflict', sentence: `an operator looks after ${kept}` } as const;
    const watched: typeof openServer = async (...args) => {
      const server = await openServer(...args);
      const role: typeof server.role = async (name) => {
        const facts = await server.role(name);
        return name === kept ? facts && { ...facts, otherManager: otherWriter } : facts;
      };
      return { ...server, role };
    };
    world.override({ databases: { openServer: watched } });
    world.pass(400_000);
    await world.settle();
    t.match(world.reported.at(-1)?.conditions[0], {
      status: 'False',
      reason: 'ManagedByOther',
      message: otherWriter.sentence,
    });
  }
});
