import t from 'tap';
import { aDisturbedController, ROLES } from '../helpers/credential/disturbed.ts';
import { beforeOf, missesOf } from '../helpers/credential/misses.ts';
import { aWorld } from '../helpers/credential/world.ts';

// What goes wrong between the controller and the server in the middle of a change.
const world = await aWorld(t);
const { postgres } = world;
const { db, team: aTeam, rotated } = await aDisturbedController(t, world);
const CHANGED = { versions: 1, isChanged: true };

for (const roles of ROLES) {
  t.test(`${roles}: a connection that is cut before or after COMMIT costs nothing but time`, async (t) => {
    const team = await aTeam(`cut-${roles.toLowerCase()}`, { roles });
    for (const strike of ['cutBefore', 'cutAfter', 'hangBefore', 'hangAfter'] as const) {
      const [before, hits] = [await beforeOf(team), db.hits];
      db[strike]('COMMIT');
      t.match(await rotated(team), { kind: 'in step', misses: [] }, strike);
      t.equal(db.hits, hits + 1, `${strike} has struck`);
      t.same(await missesOf(team, postgres, before, CHANGED), [], strike);
    }
  });
}
