import t from 'tap';
import { LockstepError } from '../../src/errors/errors.ts';
import { serverClock } from '../../src/server-clock.ts';
import { clusterSource } from '../../src/tls/cluster-source.ts';
import type { CertificateRotator } from '../../src/tls/rotator.ts';
import { invalidityReason, leafOf, type ServingFiles } from '../../src/tls/serving.ts';
import { aFakeCaCluster, aReplica, isTrusted } from '../helpers/tls/fake-ca-cluster.ts';

const NOW = new Date('2027-01-01T00:00:00Z');

async function aSource(keeper: CertificateRotator, now = () => NOW) {
  const errors: unknown[] = [];
  const source = await clusterSource({
    rotator: keeper,
    clock: serverClock(now),
    names: ['localhost'],
    random: () => 0.5,
    poll: 1,
    onPoll: (error) => void errors.push(error),
  });
  return { source, errors };
}

t.test(
  'the source serves an untrusted certificate until there is one, and reports what it waits for',
  async (t) => {
    const world = aFakeCaCluster(NOW);
    let isAway = true;
    const away = new LockstepError('CLUSTER_UNREACHABLE', ['https://a', 'ECONNREFUSED', 'reading']);
    const replica = aReplica(world, {
      between: async () => {
        if (isAway) throw away;
      },
    });
    const { source, errors } = await aSource(replica);
    t.match(invalidityReason(leafOf(source.current()), NOW), /has expired/);
    t.equal(source.notReadyReason(NOW), 'there is none yet: the CA is being looked up');

    const seen = new Promise<ServingFiles>((resolve) => t.teardown(source.start(resolve)));
    while (errors.length < 3) await new Promise(setImmediate);
    t.equal(
      source.notReadyReason(NOW),
      'there is none yet: cannot reach the API server https://a (ECONNREFUSED) while reading',
    );
    isAway = false;
    t.equal((await seen).cert, source.current().cert);
    t.equal(isTrusted(replica, world.bundles()[0] ?? '', NOW), true);
    t.equal(source.notReadyReason(NOW), undefined);
    t.equal(errors.at(-1), undefined);
  },
);

t.test('the source is not ready before the server has its certificate', async (t) => {
  const replica = aReplica(aFakeCaCluster(NOW));
  const rest = Promise.withResolvers<void>();
  const slow: CertificateRotator = {
    ...replica,
    reconcile: () => replica.reconcile().then(() => rest.promise),
  };
  const { source } = await aSource(slow);
  const given = new Promise<ServingFiles>((resolve) => t.teardown(source.start(resolve)));
  while (replica.files() === undefined) await new Promise(setImmediate);
  t.match(source.notReadyReason(NOW), /^there is none yet/);
  t.not(source.current(), replica.files());
  rest.resolve();
  t.equal(await given, replica.files());
  t.equal(source.notReadyReason(NOW), undefined);
});

t.test('an expired certificate makes the source not ready, by the API server’s clock', async (t) => {
  const replica = aReplica(aFakeCaCluster(NOW));
  await replica.reconcile();
  let now = NOW;
  const { source } = await aSource(replica, () => now);
  t.equal(source.notReadyReason(new Date('2030-01-01')), undefined);
  now = new Date('2027-01-09');
  t.match(source.notReadyReason(NOW), /has expired at 2027-01-08/);
});

t.test('a stopped source polls no more', async (t) => {
  const world = aFakeCaCluster(NOW);
  let calls = 0;
  const replica = aReplica(world, { between: async () => void calls++ });
  const { source, errors } = await aSource(replica);
  const stop = source.start(() => {});
  while (errors.length === 0) await new Promise(setImmediate);
  stop();
  const after = calls;
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
  t.equal(calls, after);
});
