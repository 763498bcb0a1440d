import t from 'tap';
import { LockstepError } from '../../src/errors/errors.ts';
import { validCasIn } from '../../src/tls/bundle.ts';
import { leafOf } from '../../src/tls/serving.ts';
import { aFakeCaCluster, aReplica, isTrusted, KINDS, signerOf } from '../helpers/tls/fake-ca-cluster.ts';

const NOW = new Date('2027-01-01T00:00:00Z');
const DAY = 24 * 60 * 60 * 1000;
const YEAR = 365 * DAY;

t.test('three replicas that start at once agree on one CA', async (t) => {
  const world = aFakeCaCluster(NOW);
  const replicas = [aReplica(world), aReplica(world), aReplica(world)];
  await Promise.all(replicas.map(({ reconcile: look }) => look()));
  t.ok(world.conflicts > 0, 'they were in each other’s way');
  t.equal(validCasIn(world.bundles()[0] ?? '', NOW)[0]?.fingerprint256, signerOf(world));
  for (const replica of replicas) {
    for (const bundle of world.bundles()) t.equal(isTrusted(replica, bundle, NOW), true);
  }
  const { writes } = world;
  await Promise.all(replicas.map(({ reconcile: look }) => look()));
  t.equal(world.writes, writes, 'and then there is nothing left to do');
});

t.test('a leaf has the dates of the API server, whatever this machine thinks', async (t) => {
  const world = aFakeCaCluster(NOW);
  const replica = aReplica(world, { clockOffsetMs: -YEAR });
  await replica.reconcile();
  const { validFromDate, validToDate } = leafOf(replica.files()!);
  t.equal(validFromDate.toISOString(), '2026-12-31T23:00:00.000Z');
  t.equal(validToDate.toISOString(), '2027-01-08T00:00:00.000Z');
});

t.test(
  'without the Secret a reconcile fails, the leaf stays, and a caBundle is still corrected',
  async (t) => {
    const world = aFakeCaCluster(NOW);
    const replica = aReplica(world);
    await replica.reconcile();
    const files = replica.files();
    world.ca = undefined;
    for (const kind of KINDS) world.setBundles(kind, 'garbage');
    await t.rejects(replica.reconcile(), {
      code: 'LOCKSTEP_CA_SECRET_NOT_FOUND',
      message:
        'Secret lockstep-system/lockstep-webhook-ca is gone; apply the manifests again, and a new CA is made in it',
    });
    t.equal(replica.files(), files);
    for (const bundle of world.bundles()) t.equal(isTrusted(replica, bundle, NOW), true);
  },
);

for (const [what, taken] of [
  [
    'the right to read it is taken away',
    () => Promise.reject(new LockstepError('CLUSTER_REFUSED', ['a', 'no'])),
  ],
  ['the Secret is gone', undefined],
] as const) {
  t.test(`as long as ${what}, the last CA continues to sign`, async (t) => {
    const world = aFakeCaCluster(NOW);
    let between = async () => {};
    const replica = aReplica(world, { between: () => between() });
    await replica.reconcile();
    const { ca } = world;
    if (taken === undefined) world.ca = undefined;
    else between = taken;
    const [bundle = ''] = world.bundles();
    const leaves = new Set<string>();
    for (; world.now < NOW.getTime() + 60 * DAY; world.now += DAY / 2) {
      await t.rejects(replica.reconcile());
      t.equal(isTrusted(replica, bundle, new Date(world.now)), true);
      leaves.add(replica.files()!.cert);
    }
    t.equal(leaves.size, 10, 'none before it has to be');
    world.ca = ca;
    between = async () => {};
    await replica.reconcile();
    t.equal(isTrusted(replica, bundle, new Date(world.now)), true);
  });
}

t.test('a clock jump while the API server is away does not remove the last leaf', async (t) => {
  const world = aFakeCaCluster(NOW);
  let between = async () => {};
  let askew = 0;
  const replica = aReplica(world, {
    between: () => between(),
    get clockOffsetMs() {
      return askew;
    },
  });
  await replica.reconcile();
  between = () => Promise.reject(new LockstepError('CLUSTER_TIMEOUT', ['a', 'b']));
  for (askew of [30 * DAY, -30 * DAY, 2 * YEAR, 20 * DAY]) {
    await t.rejects(replica.reconcile());
    t.equal(isTrusted(replica, world.bundles()[0] ?? '', NOW), true);
  }
});

t.test('a process that was paused in its first observation does not undo later changes', async (t) => {
  const world = aFakeCaCluster(NOW);
  const awake = aReplica(world);
  await awake.reconcile();
  const old = signerOf(world);
  let calls = 0;
  // Before and after each of three calls: the third pause is between the two readings.
  const goOn = Promise.withResolvers<void>();
  const late = aReplica(world, { between: async () => (++calls === 3 ? goOn.promise : undefined) });
  const looking = late.reconcile();
  while (calls < 3) await new Promise(setImmediate);
  world.setData({});
  await awake.reconcile();
  goOn.resolve();
  await looking;
  t.not(signerOf(world), old);
  for (const bundle of world.bundles()) {
    t.equal(validCasIn(bundle, NOW)[0]?.fingerprint256, signerOf(world));
    t.equal(isTrusted(awake, bundle, NOW), true);
  }
});

const CONTESTED = {
  code: 'LOCKSTEP_CERTIFICATE_CONFLICT',
  message:
    'another client reverts what lockstep writes to caBundle of the webhook configurations; kubectl get --show-managed-fields shows which one',
};

t.test('a client that always writes first does not keep a reconcile busy for ever', async (t) => {
  const world = aFakeCaCluster(NOW);
  const replica = aReplica(world, { between: async () => world.setBundles('Mutating', '') });
  await t.rejects(replica.reconcile(), CONTESTED);
  t.ok(world.conflicts < 20);
});

t.test('a client that undoes each write is detected, and its steps are no longer reported', async (t) => {
  const world = aFakeCaCluster(NOW);
  const reported: string[] = [];
  const replica = aReplica(world, { did: ({ kind }) => reported.push(kind) });
  const undone = async () => {
    world.setBundles('Mutating', '');
    await replica.reconcile();
  };
  await replica.reconcile();
  for (let times = 2; times <= 3; times++) await undone();
  for (let times = 4; times <= 6; times++) {
    await t.rejects(undone(), CONTESTED);
    t.equal(isTrusted(replica, world.bundles()[0] ?? '', NOW), true);
  }
  const three = ['make-signer', 'trust', 'trust', 'trust'];
  t.same(reported, three);
  await t.resolves(replica.reconcile());
  await undone();
  t.same(reported, [...three, 'trust'], 'and then it is reported again');
});

t.test('a Secret that is emptied again and again is detected too, and recovers each time', async (t) => {
  const world = aFakeCaCluster(NOW);
  const replicas = [aReplica(world), aReplica(world)];
  const outcomes: string[] = [];
  for (let times = 0; times < 12; times++) {
    world.setData({});
    for (const { reconcile: look } of replicas) {
      outcomes.push(
        await look().then(
          () => 'well',
          ({ message }) => message,
        ),
      );
    }
    for (const bundle of world.bundles()) {
      for (const replica of replicas) t.equal(isTrusted(replica, bundle, NOW), true);
    }
  }
  t.match(
    outcomes.at(-2),
    /^another client reverts what lockstep writes to Secret lockstep-system\/lockstep-webhook-ca;/,
  );
  t.equal(outcomes[0], 'well');
});

t.test('an observation that was paused for a week is repeated at once', async (t) => {
  const world = aFakeCaCluster(NOW);
  let isLast = false;
  let calls = 0;
  const replica = aReplica(world, {
    between: async () => {
      calls += 1;
      if (isLast && calls === 4) world.now += 7 * DAY;
    },
  });
  await replica.reconcile();
  calls = 0;
  isLast = true;
  await replica.reconcile();
  t.equal(isTrusted(replica, world.bundles()[0] ?? '', new Date(world.now)), true);
});

t.test('any other error is passed on', async (t) => {
  const world = aFakeCaCluster(NOW);
  const refused = new LockstepError('CLUSTER_REFUSED', ['reading', 'no']);
  const replica = aReplica(world, { between: () => Promise.reject(refused) });
  await t.rejects(replica.reconcile(), refused);
});
