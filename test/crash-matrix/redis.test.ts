import t from 'tap';
import { crashMatrix } from '../helpers/crash/crash-matrix.ts';
import { aRedisTeamUnderKills } from '../helpers/crash/team-under-kills.ts';
import { aWorld } from '../helpers/credential/world.ts';
import { aRedis } from '../testbed/redis/redis.ts';

// The real controller, killed with SIGKILL after every step of a rotation, and the one that takes over after every step of its own.
t.test('a controller that is killed twice is followed by one that ends what was begun', async (t) => {
  const attempt = await aRedisTeamUnderKills(t, await aWorld(t), await aRedis(t, { acl: [] }));
  const { table, misses } = await crashMatrix('Redis, killed', [attempt]);
  t.comment(table);
  t.same(misses, []);
});
