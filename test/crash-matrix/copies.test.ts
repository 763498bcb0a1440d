import t from 'tap';
import { crashMatrix } from '../helpers/crash/crash-matrix.ts';
import { aTeamWithCopies } from '../helpers/crash/team-under-kills.ts';
import { aWorld } from '../helpers/credential/world.ts';

// The real controller, killed with SIGKILL right after each of the steps of a rotation with copies.
for (const strategy of ['SingleUser', 'AlternatingUsers'] as const) {
  t.test(
    `${strategy}: the next controller completes a change of all copies after a kill at any step`,
    async (t) => {
      const attempt = await aTeamWithCopies(t, await aWorld(t), strategy);
      const { table, trials, misses } = await crashMatrix(`${strategy} with copies`, [attempt], {
        pairs: false,
      });
      t.comment(table);
      t.ok(trials > 18, `${trials} times`);
      t.same(misses, []);
    },
  );
}
