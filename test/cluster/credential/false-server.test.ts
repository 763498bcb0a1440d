import type { Socket } from 'node:net';
import t from 'tap';
import { aCanary } from '../../helpers/canary/canary.ts';
import { aTeam } from '../../helpers/credential/team.ts';
import { aWorld, messageOf, untilInStep } from '../../helpers/credential/world.ts';
import { aFakeServer, backendMessage } from '../../helpers/postgres/fake-server.ts';
import { dataRow, rowDescription } from '../../helpers/postgres/malformed.ts';
import { until } from '../../testbed/process/until.ts';

// Each of 16 tenants names a server of its own in a Secret, and a PostgresCredential has the controller log in there.
// One process with half the memory of its pod must survive all of them at once, and serve an honest team meanwhile.

const LET_IN = Buffer.concat([backendMessage('R', 0), backendMessage('Z', 'I')]);
const WIDE_NAMES = Array.from({ length: 1600 }, (_, at) => `c${at}`);
const WIDE_ROWS = Array<Buffer>(620).fill(dataRow(...WIDE_NAMES.map(() => undefined)));
const ANSWERS = [
  // An ErrorResponse without its end was an endless loop.
  backendMessage('E'),
  // A negative count was an uncaught error.
  backendMessage('T', Buffer.from([0x9c, 0x40])),
  // 16 of these took more memory than a pod has.
  Buffer.concat([rowDescription(...WIDE_NAMES), ...WIDE_ROWS, backendMessage('C', 'SELECT 620\0')]),
  Buffer.concat(Array<Buffer>(80).fill(backendMessage('N', `SNOTICE\0C00000\0M${'x'.repeat(60_000)}\0\0`))),
] as const;

function answerQuery(socket: Socket, answer: Buffer): void {
  socket.once('data', () => {
    socket.write(LET_IN);
    socket.once('data', () => socket.write(answer));
  });
}

t.test('false servers of tenants end no controller, and no work on another login', async (t) => {
  const world = await aWorld(t);
  const honest = await aTeam(world, 'honest', { pods: 0 });
  const tenants = await Promise.all(
    Array.from({ length: 16 }, async (_, at) => {
      const server = await aFakeServer(t, (socket) => answerQuery(socket, ANSWERS[at % ANSWERS.length]!));
      return { server, team: await aTeam(world, `tenant-${at}`, { pods: 0, at: server }) };
    }),
  );
  const { daemon, leads } = await world.controllers.start('controller', {
    LOCKSTEP_PROPAGATION_SECONDS: '0',
    NODE_OPTIONS: '--max-old-space-size=256',
  });
  await until('a leader', [daemon], leads);
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
