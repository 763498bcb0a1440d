import t from 'tap';
import { crashMatrix } from '../../helpers/crash/crash-matrix.ts';
import { aTeamUnderKills } from '../../helpers/crash/team-under-kills.ts';
import { aWorld } from '../../helpers/credential/world.ts';

// The real controller, killed with SIGKILL right after each of the steps of a rotation with copies.
t.test('the next controller completes a change of all copies after a kill at any step', async (t) => {
  const strategies = ['SingleUser', 'AlternatingUsers'] as const;
  await Promise.all(
    strategies.map(async (strategy) => {
      const attempt = await aTeamUnderKills(t, await aWorld(t), 'hunted', {
        strategy,
        admin: true,
        copies: [
          { namespace: 'hunted', name: 'near', readers: 1 },
          { namespace: 'elsewhere', name: 'far', readers: 0 },
        ],
      });
      const { table, trials, misses } = await crashMatrix(`${strategy} with copies`, [attempt], {
        pairs: false,
      });
      t.comment(table);
      t.ok(trials > 18, `${trials} times`);
      t.same(misses, []);
    }),
  );
});
