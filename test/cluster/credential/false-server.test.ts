import t from 'tap';
import { aCanary } from '../../helpers/canary/canary.ts';
import { aTeam } from '../../helpers/credential/team.ts';
import { aWorld, messageOf, untilInStep } from '../../helpers/credential/world.ts';
import { aFakeServer } from '../../helpers/postgres/fake-server.ts';
import { answerQuery, HOSTILE_ANSWERS } from '../../helpers/postgres/hostile-answers.ts';
import { until } from '../../testbed/process/until.ts';

// Each of 16 tenants names a server of its own in a Secret, and a PostgresCredential has the controller log in there.
// One process with half the memory of its pod must survive all of them at once, and serve an honest team meanwhile.

const ANSWERS = Object.values(HOSTILE_ANSWERS);

t.test('false servers of tenants end no controller, and no work on another login', async (t) => {
  const world = await aWorld(t);
  const honest = await aTeam(world, 'honest', { pods: 0 });
  const tenants = await Promise.all(
    Array.from({ length: 16 }, async (_, at) => {
      const server = await aFakeServer(t, (socket) => answerQuery(socket, ANSWERS[at % ANSWERS.length]!));
      return { server, team: await aTeam(world, `tenant-${at}`, { pods: 0, at: server }) };
    }),
  );
  const { daemon, leads } = await world.controllers.lead('controller', {
    LOCKSTEP_PROPAGATION_SECONDS: '0',
    NODE_OPTIONS: '--max-old-space-size=256',
  });
  await untilInStep(honest, [daemon]);
  for (const { server, team } of tenants)
    await until(`two logins of ${team.place.namespace}`, [daemon], () => server.sockets.length >= 2);

  await honest.edit({ POSTGRES_PASSWORD: aCanary(24) });
  await untilInStep(honest, [daemon]);
  for (const { team } of tenants)
    await until(`the status of ${team.place.namespace}`, [daemon], async () =>
      /does not speak PostgreSQL's protocol/.test(messageOf(await team.credential(), 'Synced') ?? ''),
    );
  t.ok(daemon.isRunning());
  t.notMatch(daemon.log(), /ended by an error/);
  t.equal(await leads(), true);
});
