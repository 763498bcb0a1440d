import t from 'tap';
import { canLogIn } from '../../helpers/credential/deviations.ts';
import { aDisturbedController } from '../../helpers/credential/disturbed-controller.ts';
import { aWorld } from '../../helpers/credential/world.ts';

// A controller gets SIGTERM while no consumer can log in: between the COMMIT on the server and the write of the Secret.
const world = await aWorld(t);
const { postgres } = world;

for (const phase of ['apply', 'verify', 'publish'])
  t.test(`a controller that gets SIGTERM before ${phase} publishes first`, async (t) => {
    const { stepHooks: ambushes, controller, team: aTeam } = await aDisturbedController(t, world);
    const team = await aTeam(`term-${phase}`);
    const { promise: ending, resolve: isTold } = Promise.withResolvers<Promise<number | null>>();
    ambushes.at(team.place.namespace, `record: ${phase}`, async () =>
      isTold(controller.daemon.stop('SIGTERM')),
    );
    await team.requestChange({ kind: 'rotate' });
    t.equal(await await ending, 0, 'it ends by itself');
    const { POSTGRES_USER: role = '', POSTGRES_PASSWORD: password = '' } = await team.secret();
    t.ok(await canLogIn(postgres, { role, password }), 'who reads the Secret can log in');
    t.notOk(['verify', 'publish'].includes((await team.record())?.login?.change?.phase ?? ''));
  });
