import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { deviationsOf, stateBefore } from '../../helpers/credential/deviations.ts';
import { aDisturbedController } from '../../helpers/credential/disturbed-controller.ts';
import { aSmallDisk } from '../../helpers/credential/small-disk.ts';
import { aWorld } from '../../helpers/credential/world.ts';

// A server whose disk is full in the middle of a change: it can't write WAL, and stops. The test mounts a file system,
// which requires root.
const disk = await aSmallDisk(t);
const world = await aWorld(t, {
  ...(disk && { disk: disk.folder }),
  settings: { min_wal_size: '32MB', max_wal_size: '32MB' },
});
const { postgres } = world;
const { stepHooks: ambushes, team: aTeam, rotated } = await aDisturbedController(t, world);

let isOver = false;
/** The server stops some time after the disk is full, and can't start before the disk has space. */
async function keepRunning(): Promise<void> {
  while (!isOver) {
    await sleep(1000);
    if (!postgres.isRunning()) await postgres.start().catch(() => {});
  }
}

const name = disk === undefined ? 'not tried, for no file system may be mounted here' : 'it is waited for';
t.test(`a server whose disk is full: ${name}`, async (t) => {
  const team = await aTeam('full');
  const restarts = keepRunning();
  t.teardown(() => {
    isOver = true;
  });
  for (const phase of disk === undefined ? [] : ['apply', 'verify', 'finalize']) {
    const before = await stateBefore(team);
    ambushes.at('full', `record: ${phase}`, async () => {
      disk?.fill();
      // Uses up the rest of the WAL.
      await postgres.sql("SELECT pg_logical_emit_message(false, 'x', repeat('x', 60000000))").catch(() => {});
      void sleep(2000).then(() => disk?.empty());
    });
    t.match(await rotated(team), { kind: 'in step', misses: [] }, phase);
    t.same(ambushes.pending(), [], 'it was full');
    t.same(await deviationsOf(team, postgres, before, { versions: 1, isChanged: true }), [], phase);
  }
  isOver = true;
  await restarts;
  if (disk !== undefined) t.match(postgres.log(), /No space left on device/);
});
