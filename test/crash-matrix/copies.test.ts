import t from 'tap';
import { crashMatrix } from '../helpers/crash/crash-matrix.ts';
import { aTeamWithCopies } from '../helpers/crash/team-under-kills.ts';
import { aWorld } from '../helpers/credential/world.ts';

// The real controller, killed with SIGKILL after every step of a rotation of two alternating users with copies.
t.test('the next controller completes a change of all copies after a kill at any step', async (t) => {
  const attempt = await aTeamWithCopies(t, await aWorld(t), 'AlternatingUsers');
  const { table, misses } = await crashMatrix('AlternatingUsers with copies', [attempt], { pairs: false });
  t.comment(table);
  t.same(misses, []);
});
