import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import t from 'tap';
import { deviationsOf, stateBefore } from '../../helpers/credential/deviations.ts';
import { aDisturbedController, phasesOf, STRATEGIES } from '../../helpers/credential/disturbed-controller.ts';
import { DATABASE } from '../../helpers/credential/team.ts';
import { aWorld } from '../../helpers/credential/world.ts';

// Faults of the server in the middle of a change.
const world = await aWorld(t, { settings: { max_connections: '40', superuser_reserved_connections: '2' } });
const { postgres } = world;
const { stepHooks: ambushes, team: aTeam, rotated } = await aDisturbedController(t, world);
const CHANGED = { versions: 1, isChanged: true };

for (const strategy of STRATEGIES) {
  t.test(`${strategy}: a change continues after a crash of the server in any phase`, async (t) => {
    const teams = await Promise.all(
      phasesOf(strategy).map(async (phase) => {
        const team = await aTeam(`crash-${strategy.toLowerCase()}-${phase}`, { strategy });
        return { phase, team, before: await stateBefore(team) };
      }),
    );
    // Each change waits in its own phase until all have reached theirs. One crash hits all of them.
    const { promise: hasCrashed, resolve: crash } = Promise.withResolvers<void>();
    for (const { phase, team } of teams)
      ambushes.at(team.place.namespace, `record: ${phase}`, async () => {
        if (ambushes.pending().length === 0) {
          await postgres.stop('immediate');
          void sleep(500).then(() => postgres.start());
          crash();
        }
        await hasCrashed;
      });
    await Promise.all(
      teams.map(async ({ phase, team, before }) => {
        t.match(await rotated(team), { kind: 'in step', misses: [] }, phase);
        t.same(ambushes.pending(team.place.namespace), [], phase);
        t.same(await deviationsOf(team, postgres, before, CHANGED), [], phase);
      }),
    );
  });
}

t.test('a change waits for a server without a free connection', async (t) => {
  const team = await aTeam('full', { strategy: 'AlternatingUsers' });
  const before = await stateBefore(team);
  const { POSTGRES_USER: user = '', POSTGRES_PASSWORD: password = '' } = before.secret;
  const hogs: pg.Client[] = [];
  ambushes.at('full', 'record: apply', async () => {
    for (;;) {
      const hog = new pg.Client({ ...postgres, user, password, database: DATABASE, ssl: false });
      hog.on('error', () => {});
      if (
        !(await hog.connect().then(
          () => true,
          () => false,
        ))
      )
        break;
      hogs.push(hog);
    }
    void sleep(2000).then(() => Promise.all(hogs.map((hog) => hog.end())));
  });
  t.match(await rotated(team), { kind: 'in step', misses: [] });
  t.ok(hogs.length > 3, 'it was full');
  t.same(await deviationsOf(team, postgres, before, CHANGED), []);
});
