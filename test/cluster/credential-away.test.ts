import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { aDisturbedController, phasesOf, ROLES } from '../helpers/credential/disturbed.ts';
import { beforeOf, missesOf } from '../helpers/credential/misses.ts';
import { aWorld } from '../helpers/credential/world.ts';

// The API server is away for half a minute, which is longer than a leader keeps its lease without renewing it, in each phase of a change.
const AWAY = 30_000;
/** So many Secrets a controller works on at once: each is held in a phase of its own until all are there. */
const AT_ONCE = 4;

const world = await aWorld(t);
const { postgres } = world;
const { api, ambushes, team: aTeam, rotated } = await aDisturbedController(t, world);

const cases = ROLES.flatMap((roles) => phasesOf(roles).map((phase) => ({ roles, phase })));
const groups = Array.from({ length: Math.ceil(cases.length / AT_ONCE) }, (_, index) =>
  cases.slice(index * AT_ONCE, (index + 1) * AT_ONCE),
);

for (const group of groups) {
  const name = group.map(({ roles, phase }) => `${phase} ${roles}`).join(', ');
  t.test(`an API server that is away for half a minute is waited for: ${name}`, async (t) => {
    const teams = await Promise.all(
      group.map(async ({ roles, phase }) => {
        const team = await aTeam(`away-${roles.toLowerCase()}-${phase}`, { roles });
        return { phase, team, before: await beforeOf(team) };
      }),
    );
    const { promise: isAway, resolve: leave } = Promise.withResolvers<void>();
    for (const { phase, team } of teams)
      ambushes.at(team.place.namespace, `record: ${phase}`, async () => {
        if (ambushes.left().length === 0) {
          api.leave();
          void sleep(AWAY).then(api.comeBack);
          leave();
        }
        await isAway;
      });
    await Promise.all(
      teams.map(async ({ phase, team, before }) => {
        t.match(await rotated(team), { kind: 'in step', misses: [] }, phase);
        t.same(await missesOf(team, postgres, before, { versions: 1, isChanged: true }), [], phase);
      }),
    );
    t.same(ambushes.left(), []);
  });
}
