import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { deviationsOf, stateBefore } from '../../helpers/credential/deviations.ts';
import { aDisturbedController, phasesOf, STRATEGIES } from '../../helpers/credential/disturbed-controller.ts';
import { aWorld } from '../../helpers/credential/world.ts';

// In each phase of a change, the API server is away for longer than the lease duration of 15 s.
const AWAY = 20_000;

const world = await aWorld(t);
const { postgres } = world;
const { api, stepHooks: ambushes, team: aTeam, rotated } = await aDisturbedController(t, world);

for (const strategy of STRATEGIES) {
  t.test(`${strategy}: each phase waits for an API server that is away for 20 s`, async (t) => {
    const teams = await Promise.all(
      phasesOf(strategy).map(async (phase) => {
        const team = await aTeam(`away-${strategy.toLowerCase()}-${phase}`, { strategy });
        return { phase, team, before: await stateBefore(team) };
      }),
    );
    // Each change waits in its own phase until all have reached theirs.
    const { promise: isAway, resolve: leave } = Promise.withResolvers<void>();
    for (const { phase, team } of teams)
      ambushes.at(team.place.namespace, `record: ${phase}`, async () => {
        if (ambushes.pending().length === 0) {
          api.leave();
          void sleep(AWAY).then(api.comeBack);
          leave();
        }
        await isAway;
      });
    await Promise.all(
      teams.map(async ({ phase, team, before }) => {
        t.match(await rotated(team), { kind: 'in step', misses: [] }, phase);
        t.same(ambushes.pending(team.place.namespace), [], phase);
        t.same(await deviationsOf(team, postgres, before, { versions: 1, isChanged: true }), [], phase);
      }),
    );
  });
}
