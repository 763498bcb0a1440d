import t from 'tap';
import { LockstepError } from '../../../src/errors/errors.ts';
import { GOOD } from '../../helpers/engine/engine.ts';
import { APP, aLoginWorld } from '../../helpers/login/login-world.ts';

/** A password change is requested, and the dry run of the Secret fails with this error. */
async function rehearsed(error: Error) {
  const world = aLoginWorld();
  await world.rest();
  world.override({
    secrets: {
      dryRunPatch: async () => {
        throw error;
      },
    },
  });
  world.wish({ kind: 'rotate' });
  return world;
}

t.test('a change does not start if the cluster would refuse the Secret', async (t) => {
  const refused = new LockstepError('SECRET_REFUSED', ['recon/reconciliation-secrets', 'a webhook says no']);
  const world = await rehearsed(refused);
  await world.rest();
  t.match(world.record()?.login?.failed, { undone: false, reason: refused.message });
  t.same(world.statements, []);
});

t.test('preflight retries if the dry run of the Secret gets no answer', async (t) => {
  for (const error of [
    new LockstepError('CLUSTER_TIMEOUT', ['https://api', 'writing']),
    Object.assign(new Error('no error of lockstep'), { code: 'LOCKSTEP_SECRET_REFUSED' }),
  ]) {
    const world = await rehearsed(error);
    await t.rejects(world.settle(), error);
    t.equal(world.record()?.login?.change?.phase, 'preflight');
    t.equal(world.server.get(APP)?.password, GOOD.password);
    t.same(world.statements, []);
  }
});
