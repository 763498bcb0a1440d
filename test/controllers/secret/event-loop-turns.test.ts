import t from 'tap';
import { reconcileSecret } from '../../../src/controllers/secret/reconciler.ts';
import type { Rollout } from '../../../src/engine/secret/record/record.ts';
import { withDeps } from '../../helpers/controllers/reconciler-deps.ts';
import { aSecretWorld, textOf } from '../../helpers/controllers/secret-world.ts';
import { aSecret, builtins, GOOD, STORY, STORY_URL, withHeal } from '../../helpers/engine/engine.ts';
import { aLoginWorld } from '../../helpers/login/login-world.ts';

// The actions of one pass over a Secret, and the time of the next one.

const PLACE = { namespace: 'recon', name: 'reconciliation-secrets' };
const WHOLE = { ...STORY, DATABASE_URL: STORY_URL };
const DRIFTED = { ...WHOLE, POSTGRES_PASSWORD: GOOD.other };
const ALWAYS = withHeal('Always');
const RESTART = builtins.map((policy) => ({ ...policy, restart: true }));

t.test('a Secret that another controller writes gets its derived keys in a derived Secret', async (t) => {
  const world = aSecretWorld();
  const annotations = new Map([['lockstep.dev/derived-secret', 'true']]);
  world.write(aSecret(STORY, { controller: 'ExternalSecret/app', annotations }));
  const siblings: (string | undefined)[] = [];
  const writeSibling: typeof world.deps.secrets.writeDerived = async (_, data) => {
    siblings.push(textOf(data, 'DATABASE_URL'));
  };
  await reconcileSecret(PLACE, withDeps(world.deps, { secrets: { writeDerived: writeSibling } }));
  t.same(siblings, [STORY_URL]);
  t.equal(world.patches.length, 0);
});

t.test('the record of a Secret that no policy manages any more is not changed', async (t) => {
  const world = aSecretWorld({ policies: RESTART.map((policy) => ({ ...policy, heal: 'Off' as const })) });
  world.write(aSecret(WHOLE));
  await world.settle();
  const unasked = aSecretWorld({ policies: withHeal('Off') });
  const writes: unknown[] = [];
  const writeRecord: typeof world.deps.records.write = async (...args) => {
    writes.push(args);
    return await world.deps.records.write(...args);
  };
  t.ok(world.record());
  await reconcileSecret(
    PLACE,
    withDeps(world.deps, {
      records: { write: writeRecord },
      policies: { current: unasked.deps.policies.current },
    }),
  );
  t.same(writes, []);
});

t.test('a suspended Secret is not corrected, but gets its missing keys', async (t) => {
  const drifted = aSecretWorld({ policies: ALWAYS });
  drifted.write(aSecret(DRIFTED));
  const contested = withDeps(drifted.deps, { mayWrite: () => false });
  t.same(await reconcileSecret(PLACE, contested), { kind: 'requeue', requeueAfter: 60 * 60 * 1000 });
  t.equal(drifted.patches.length, 0);
  const lacking = aSecretWorld({ policies: ALWAYS });
  const { JWT_SECRET: _, ...rest } = WHOLE;
  lacking.write(aSecret(rest, { annotations: new Map([['lockstep.dev/generate', 'true']]) }));
  await reconcileSecret(PLACE, withDeps(lacking.deps, { mayWrite: () => false }));
  t.ok(textOf(lacking.held()?.secret.data, 'JWT_SECRET'));
});

const STOPPED = { workload: 'Deployment/api', reason: 'exceeded its progress deadline' };

t.test('a stopped rollout is checked again later', async (t) => {
  const world = aSecretWorld({ policies: RESTART });
  world.write(aSecret(WHOLE));
  await world.settle();
  world.edit('JWT_SECRET', GOOD.refresh.toLowerCase());
  const advance = async (_: unknown, rollout: Rollout) => ({
    rollout: { ...rollout, stopped: STOPPED },
    requeueAfter: 30_000,
  });
  t.same(await reconcileSecret(PLACE, withDeps(world.deps, { workloads: { advanceRollout: advance } })), {
    kind: 'requeue',
    requeueAfter: 30_000,
  });
});

t.test('a stopped rollout rolls the password change back at once', async (t) => {
  const world = aLoginWorld();
  await world.rest();
  world.wish({ kind: 'rotate' });
  world.override({ workloads: { advanceRollout: async (_, rollout) => ({ rollout, requeueAfter: 1000 }) } });
  t.match(await world.settle(), { kind: 'requeue' });
  t.equal(world.record()?.login?.change?.phase, 'rollout');
  world.failAt(2);
  t.same(await world.step(), { kind: 'requeue', requeueAfter: 0 });
  t.same(world.record()?.rollout?.stopped, STOPPED);
});

t.test('during a password change derived keys are corrected, and no consumer restarts', async (t) => {
  const world = aLoginWorld();
  world.override({ policies: { current: aSecretWorld({ policies: ALWAYS }).deps.policies.current } });
  await world.rest();
  world.wish({ kind: 'rotate' });
  world.override({ workloads: { advanceRollout: async (_, rollout) => ({ rollout, requeueAfter: 1000 }) } });
  await world.settle();
  t.equal(world.record()?.login?.change?.phase, 'rollout');
  const { read: readSecret } = world.deps.secrets;
  let restarts = 0;
  world.override({
    secrets: {
      read: async (place) => (place.name === PLACE.name ? await readSecret(place) : undefined),
    },
    workloads: {
      advanceRollout: async (_, rollout) => {
        restarts += 1;
        return { rollout, requeueAfter: 1000 };
      },
    },
  });
  const url = textOf(world.held()?.secret.data, 'DATABASE_URL');
  world.edit('DATABASE_URL', url?.replace('/reconciliation', '/elsewhere'));
  await world.settle();
  t.match(world.reported.at(-1)?.conditions[0], { reason: 'ReferencedSecretNotFound' });
  t.equal(textOf(world.held()?.secret.data, 'DATABASE_URL'), url);
  t.equal(restarts, 0);
});
