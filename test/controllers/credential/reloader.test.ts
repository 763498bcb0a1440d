import t from 'tap';
import { waitText } from '../../../src/engine/login/status/wait-reason.ts';
import { GOOD } from '../../helpers/engine/engine.ts';
import { loginConsumers } from '../../helpers/login/login-consumers.ts';
import { APP, aLoginWorld } from '../../helpers/login/login-world.ts';

/** A password change whose two readers are left to Reloader, up to its rollout. */
async function aChange(strategy: 'SingleUser' | 'AlternatingUsers') {
  const world = aLoginWorld({ strategy });
  const readers = loginConsumers(world, ['api', 'worker'], () => world.deps.context.now(), {
    isLeftToReloader: true,
  });
  await world.rest();
  world.pass(1000);
  world.wish({ kind: 'rotate' });
  await world.settle();
  t.equal(world.record()?.login?.change?.phase, 'rollout');
  return { world, readers };
}

const WAITS = 'Reloader restarts Deployment/api';

for (const strategy of ['SingleUser', 'AlternatingUsers'] as const) {
  t.test(`${strategy}: lockstep waits for Reloader and restarts no workload itself`, async (t) => {
    const { world, readers } = await aChange(strategy);
    world.pass(1000);
    await world.settle();
    const { waitsFor } = world.reported.at(-1) ?? {};
    t.equal(waitsFor && waitText(waitsFor), WAITS);
    world.pass(100_000);
    await world.settle();
    t.equal(world.record()?.login?.change?.phase, 'rollout', 'it still waits');
    readers.reload();
    await world.rest();
    t.same(readers.restarts, []);
    t.same(readers.behind(), []);
    t.match(world.record()?.login, { change: undefined, failed: undefined });
    t.ok(world.isOpen());
  });

  t.test(`${strategy}: without Reloader the change rolls back, and nothing is half done`, async (t) => {
    const { world, readers } = await aChange(strategy);
    for (let passes = 0; passes < 20 && world.record()?.login?.change !== undefined; passes++) {
      world.pass(121_000);
      await world.settle();
    }
    const { login, rollout } = world.record() ?? {};
    t.equal(login?.change, undefined);
    t.match(login?.failed, {
      undone: true,
      reason:
        'Deployment/api was not restarted by Reloader within 2 minutes (check that Reloader runs and watches this namespace, or run kubectl -n shop rollout restart deployment/api)',
    });
    t.equal(world.server.get(APP)?.password, GOOD.password);
    t.equal(world.written().role, APP);
    t.ok(world.isOpen());
    t.same(readers.restarts, [], 'lockstep restarts none of them, because Reloader may be late');
    t.same(readers.behind(), [], 'the pods have the password that is in effect again');
    t.equal(rollout?.stopped?.workload, 'Deployment/api');

    readers.reload();
    world.pass(31_000);
    await world.rest();
    t.equal(world.record()?.rollout, undefined, 'a restart by anybody is the way on');
  });
}
