import t from 'tap';
import { crashMatrix } from '../../helpers/crash/crash-matrix.ts';
import { aTeamWithCopies } from '../../helpers/crash/team-under-kills.ts';
import { aWorld } from '../../helpers/credential/world.ts';

// The real controller, killed with SIGKILL right after each of the steps of a rotation with copies. Every login fails in
// some of them. Alternating users: `npm run crash-matrix`.
t.test('the next controller completes a change of all copies after a kill at any step', async (t) => {
  // Two clusters in parallel. Each kills its own controller.
  const attempts = await Promise.all(
    [aWorld(t), aWorld(t)].map(async (world) => aTeamWithCopies(t, await world, 'SingleUser')),
  );
  const { table, trials, misses } = await crashMatrix('SingleUser with copies', attempts, { pairs: false });
  t.comment(table);
  t.ok(trials > 18, `${trials} times`);
  t.same(misses, []);
});
