import t from 'tap';
import { openSecretSession } from '../../../src/controllers/secret-session/open.ts';
import type { RecordLookup } from '../../../src/engine/secret/record/record-lookup.ts';
import { type DepsOverrides, withDeps } from '../../helpers/controllers/reconciler-deps.ts';
import { aSecretWorld } from '../../helpers/controllers/secret-world.ts';
import { aPolicy, aSecret, STORY } from '../../helpers/engine/engine.ts';

const REF = { namespace: 'recon', name: 'reconciliation-secrets' };

type World = ReturnType<typeof aSecretWorld>;

/** A Secret that lockstep has never seen. */
function aNewSecret(): World {
  const world = aSecretWorld();
  world.write(aSecret(STORY));
  return world;
}

const opened = ({ deps }: World, overrides: DepsOverrides = {}, needsRecord = false) =>
  openSecretSession(REF, { credentials: [], needsRecord }, withDeps(deps, overrides));

const restarting = [
  aPolicy('restarting', { restart: true, match: { names: [REF.name] }, keys: { NOTE: {} } }),
];

t.test('writes nothing, and saves a first record only on request', async (t) => {
  const world = aNewSecret();
  const session = await opened(world);
  t.equal(world.record(), undefined);
  t.same([session.stored(), session.version()], [undefined, undefined]);
  t.match(session.record(), { versions: [{ number: 1, why: { kind: 'seen' } }] });
  await session.save(session.record());
  t.equal(world.record(), session.record());
  t.equal(session.stored(), session.record());
  await t.rejects(opened(aNewSecret(), {}, true), { code: 'LOCKSTEP_RECORD_NOT_FOUND' });
});

t.test('reads the workloads only if they may have a version', async (t) => {
  let reads = 0;
  const workloads = {
    highestVersion: async () => {
      reads += 1;
      return 7;
    },
  };
  const quiet = await opened(aNewSecret(), { workloads, policies: { current: () => [] } });
  t.match([quiet.record().versions[0]?.number, reads], [1, 0]);
  const continued = await opened(aNewSecret(), { workloads, policies: { current: () => restarting } });
  t.match([continued.record().versions[0]?.number, reads], [8, 1]);
});

t.test('adds an edit to the record, and keeps the oldest version for a rollback', async (t) => {
  const world = aSecretWorld({ policies: [], history: 5 });
  world.write(aSecret({ ...STORY, NOTE: '1' }));
  world.override({ policies: { current: () => restarting } });
  await world.settle();
  for (const note of ['2', '3', '4', '5']) {
    world.edit('NOTE', note);
    await world.settle();
  }
  const numbers = ({ versions }: NonNullable<ReturnType<World['record']>>) =>
    versions.map(({ number }) => number);
  world.edit('NOTE', '6');
  const session = await opened(world);
  t.same(numbers(session.record()), [1, 2, 3, 4, 5, 6]);
  t.equal(session.stored(), world.record());
  const data = session.record().versions[0]?.data ?? new Map();
  await session.execute({ data, why: { kind: 'rolled-back', to: 1 }, record: session.record() });
  t.same(numbers(session.record()), [3, 4, 5, 6, 7], 'the write keeps the usual number');
});

t.test('explains a Secret that is not there, and a record that can not be used', async (t) => {
  const rejected = async (world: World, lookup?: RecordLookup) =>
    await opened(world, lookup && { records: { read: async () => lookup } }).catch((error) => error.code);
  t.equal(await rejected(aSecretWorld()), 'LOCKSTEP_SECRET_NOT_FOUND');
  const deleted = aNewSecret();
  const record = (await opened(deleted)).record();
  deleted.remove();
  t.equal(await rejected(deleted, { kind: 'read', record, resourceVersion: '1' }), 'LOCKSTEP_SECRET_DELETED');
  const unreadable = { kind: 'unreadable', reason: 'it has no index' } as const;
  t.equal(await rejected(aNewSecret(), unreadable), 'LOCKSTEP_RECORD_UNREADABLE');
  t.equal(await rejected(deleted, unreadable), 'LOCKSTEP_RECORD_UNREADABLE', 'nothing creates it again');
});
