import t from 'tap';
import { deviationsOf, stateBefore } from '../../helpers/credential/deviations.ts';
import { aDisturbedController, STRATEGIES } from '../../helpers/credential/disturbed-controller.ts';
import { aWorld } from '../../helpers/credential/world.ts';

// Another client writes the Secret during publish, and an API server is killed. server-away.test.ts tests an API server
// that is away.
const world = await aWorld(t);
const { cluster, postgres } = world;
const { stepHooks: ambushes, team: aTeam, rotated } = await aDisturbedController(t, world);
const CHANGED = { versions: 1, isChanged: true };

for (const strategy of STRATEGIES) {
  t.test(
    `${strategy}: a conflict during publish is resolved by reading again, and no key is lost`,
    async (t) => {
      const team = await aTeam(`conflict-${strategy.toLowerCase()}`, { strategy });
      const before = await stateBefore(team);
      ambushes.at(team.place.namespace, 'PATCH secrets/app', () => team.edit({ FEATURE: 'on' }));
      t.match(await rotated(team), { kind: 'in step', misses: [] });
      t.same(ambushes.pending(), []);
      // The write in between is a version of its own.
      t.same(await deviationsOf(team, postgres, before, { versions: 2, isChanged: true }), []);
      t.equal((await team.secret()).FEATURE, 'on');
    },
  );
}

t.test('a change completes after the API server was killed in the middle', async (t) => {
  const team = await aTeam('killed');
  const before = await stateBefore(team);
  ambushes.at('killed', 'record: publish', async () => cluster.restartApiServer());
  t.match(await rotated(team), { kind: 'in step', misses: [] });
  t.same(await deviationsOf(team, postgres, before, CHANGED), []);
});
