import t from 'tap';
import { deviationsOf, stateBefore } from '../../helpers/credential/deviations.ts';
import { aDisturbedController, STRATEGIES } from '../../helpers/credential/disturbed-controller.ts';
import { aWorld } from '../../helpers/credential/world.ts';
import { aPgProxy } from '../../helpers/postgres/pg-proxy.ts';

// Faults between the controller and the server in the middle of a change.
const world = await aWorld(t);
const { postgres } = world;
const { team: aTeam, rotated } = await aDisturbedController(t, world);
const CHANGED = { versions: 1, isChanged: true };

// Each team has its own connection to the server, so the teams run in parallel.
const cases = STRATEGIES.flatMap((strategy) =>
  (['cutBefore', 'cutAfter', 'hangBefore', 'hangAfter'] as const).map((strike) => ({ strategy, strike })),
);
t.jobs = cases.length;

for (const { strategy, strike } of cases) {
  t.test(
    `${strategy}: a change completes after a connection was cut at COMMIT: ${strike}`,
    { buffered: true },
    async (t) => {
      const db = await aPgProxy(t, postgres);
      const team = await aTeam(`${strike}-${strategy}`.toLowerCase(), { strategy, at: db });
      const [before, hits] = [await stateBefore(team), db.hits];
      db[strike]('COMMIT');
      t.match(await rotated(team), { kind: 'in step', misses: [] }, strike);
      t.equal(db.hits, hits + 1, `${strike} has struck`);
      t.same(await deviationsOf(team, postgres, before, CHANGED), [], strike);
    },
  );
}
