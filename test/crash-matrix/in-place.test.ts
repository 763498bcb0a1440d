import t from 'tap';
import { crashMatrix } from '../helpers/crash/crash-matrix.ts';
import { aTeamUnderKills } from '../helpers/crash/team-under-kills.ts';
import { aWorld } from '../helpers/credential/world.ts';

// The real controller, killed with SIGKILL after every step of a rotation, and the one that takes over after every step of its own.
t.test('a controller that is killed twice is followed by one that ends what was begun', async (t) => {
  const attempt = await aTeamUnderKills(t, await aWorld(t), 'hunted', {
    strategy: 'SingleUser',
    admin: true,
  });
  const { table, misses } = await crashMatrix('SingleUser, killed', [attempt]);
  t.comment(table);
  t.same(misses, []);
});
