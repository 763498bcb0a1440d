import t from 'tap';
import { crashMatrix } from '../../helpers/crash/crash-matrix.ts';
import { aTeamUnderKills } from '../../helpers/crash/team-under-kills.ts';
import { aWorld } from '../../helpers/credential/world.ts';

// The real controller, killed with SIGKILL right after each of the steps of a rotation. All pairs of steps: `npm run crash-matrix`.
t.test('the next controller completes a change after a kill at any step', async (t) => {
  // Two clusters in parallel. Each kills its own controller.
  const attempts = await Promise.all(
    [aWorld(t), aWorld(t)].map(async (world) =>
      aTeamUnderKills(t, await world, 'hunted', { strategy: 'AlternatingUsers', admin: true }),
    ),
  );
  const { table, trials, misses } = await crashMatrix('AlternatingUsers, killed', attempts, { pairs: false });
  t.comment(table);
  t.ok(trials > 12, `${trials} times`);
  t.same(misses, []);
});
