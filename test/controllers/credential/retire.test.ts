import t from 'tap';
import type { LoginResult } from '../../../src/engine/login/result/login-result.ts';
import { Crash } from '../../helpers/controllers/secret-world.ts';
import { GOOD } from '../../helpers/engine/engine.ts';
import { crashAtPhase } from '../../helpers/login/crash-at-phase.ts';
import { APP, aLoginWorld } from '../../helpers/login/login-world.ts';

// The last step of a change: with alternating users, the login that is no longer in use loses its password.

const PAIR = `${APP}_alt`;

type World = ReturnType<typeof aLoginWorld>;

/** From now on the server gives this answer to the first logins of a role in the last step. */
function answers(world: World, role: string, verdict: LoginResult, times: number): () => number {
  const { tryLogin } = world.deps.databases;
  let tried = 0;
  const answering: typeof tryLogin = async (target, one) => {
    if (world.record()?.login?.change?.phase !== 'finalize' || one.role !== role)
      return tryLogin(target, one);
    tried += 1;
    return tried > times ? tryLogin(target, one) : verdict;
  };
  world.override({ databases: { tryLogin: answering } });
  return () => tried;
}

/** Restores the Secret as it was before its last version. */
function putBack(world: World): void {
  const { secret } = world.held() ?? {};
  const before = world.record()?.versions.at(-2)?.data;
  if (secret === undefined || before === undefined) throw new Error('there is nothing to put back');
  world.write({ ...secret, data: before }, 'argocd');
}

t.test('SingleUser: finalize removes the mark as the administrator alone', async (t) => {
  const world = aLoginWorld();
  await world.rest();
  const tried = answers(world, APP, { kind: 'too-many-connections' }, Number.POSITIVE_INFINITY);
  world.wish({ kind: 'rotate' });
  await world.rest();
  t.equal(tried(), 0);
  t.equal(world.server.get(APP)?.mark, undefined);
  t.ok(world.record()?.login?.rotated);
});

t.test('the last login that opens the server is not retired', async (t) => {
  const world = aLoginWorld({ strategy: 'AlternatingUsers' });
  await world.rest();
  world.wish({ kind: 'rotate' });
  const hasDied = crashAtPhase(world, 'finalize', () => world.alter(PAIR, 'of somebody else'));
  await world.rest();
  t.ok(hasDied());
  t.ok(world.record()?.login?.diverged);
  t.equal(world.server.get(APP)?.password, GOOD.password);
});

t.test('no login is retired while it is unknown whether the new one opens the server', async (t) => {
  const world = aLoginWorld({ strategy: 'AlternatingUsers' });
  await world.rest();
  const tried = answers(world, PAIR, { kind: 'timeout' }, 3);
  const passwords: (string | undefined)[] = [];
  const { tryLogin } = world.deps.databases;
  const watching: typeof tryLogin = async (...args) => {
    const verdict = await tryLogin(...args);
    if (verdict.kind === 'timeout') passwords.push(world.server.get(APP)?.password);
    return verdict;
  };
  world.override({ databases: { tryLogin: watching } });
  world.wish({ kind: 'rotate' });
  await world.rest();
  t.ok(tried() > 3);
  t.same(passwords, [GOOD.password, GOOD.password, GOOD.password]);
  t.match(world.record()?.login, { diverged: undefined, failed: undefined, current: { role: PAIR } });
  t.equal(world.server.get(APP)?.password, undefined, 'then it is');
});

t.test('a login that is restored in the last moment is not retired', async (t) => {
  const world = aLoginWorld({ strategy: 'AlternatingUsers' });
  await world.rest();
  world.wish({ kind: 'rotate' });
  const hasDied = crashAtPhase(world, 'finalize', () => putBack(world));
  await world.rest();
  t.ok(hasDied());
  t.match(world.record()?.login, {
    diverged: undefined,
    current: { role: APP },
    failed: { undone: true, reason: /restored the login recon in the Secret/ },
  });
  t.equal(world.server.get(APP)?.password, GOOD.password);
  t.equal(world.server.get(PAIR)?.password, undefined);
});

t.test('a retired login that is restored gets its password again', async (t) => {
  let hasDied = false;
  const world: World = aLoginWorld({
    strategy: 'AlternatingUsers',
    meanwhile: () => {
      if (hasDied || world?.record()?.login?.change?.phase !== 'finalize') return;
      if (world.server.get(APP)?.password !== undefined) return;
      hasDied = true;
      putBack(world);
      throw new Crash();
    },
  });
  await world.rest();
  world.wish({ kind: 'rotate' });
  await world.rest();
  t.ok(hasDied);
  t.match(world.record()?.login, { diverged: undefined, failed: undefined, current: { role: APP } });
  t.equal(world.server.get(APP)?.password, GOOD.password);
  t.ok(world.isOpen());
});
