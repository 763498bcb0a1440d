import { connect, createServer } from 'node:net';
import t from 'tap';
import { canLogIn } from '../../helpers/credential/deviations.ts';
import { aTeam, type Texts } from '../../helpers/credential/team.ts';
import { aWorld, untilInStep } from '../../helpers/credential/world.ts';
import type { Postgres } from '../../testbed/postgres/postgres.ts';
import { aStandby } from '../../testbed/postgres/standby.ts';
import { freePort } from '../../testbed/process/ports.ts';
import { until } from '../../testbed/process/until.ts';

// The server of a Service fails over to a standby that missed the last change. It has the old password, and the Secret
// the new one.
const world = await aWorld(t);
const { postgres: primary, controllers } = world;
const { daemon } = await controllers.lead('controller', { LOCKSTEP_PROPAGATION_SECONDS: '1' });

/** A standby outlives the test that promotes it, and the next test starts on it. */
const file = t;
let behind: Postgres = primary;
const port = await freePort();
const service = createServer((client) => {
  const server = connect(behind.port, behind.host);
  for (const [one, other] of [
    [client, server],
    [server, client],
  ] as const)
    one.pipe(other).on('error', () => one.destroy());
});
service.listen(port, '127.0.0.1');
t.teardown(() => service.close());

const loginIn = ({ POSTGRES_USER: role = '', POSTGRES_PASSWORD: password = '' }: Texts) => ({
  role,
  password,
});

for (const strategy of ['SingleUser', 'AlternatingUsers'] as const)
  t.test(`${strategy}: a promoted standby that missed the change gets the password again`, async (t) => {
    const at = { host: '127.0.0.1', port };
    const team = await aTeam({ ...world, postgres: behind }, `failover-${strategy.toLowerCase()}`, {
      strategy,
      admin: true,
      at,
    });
    await untilInStep(team, [daemon]);
    const before = loginIn(await team.secret());
    const standby = await aStandby(file, behind);
    await until('the standby to answer', [], () =>
      standby.sql('SELECT 1').then(
        () => true,
        () => false,
      ),
    );
    await standby.stop('fast');
    await team.requestChange({ kind: 'rotate' });
    await until(
      'another password',
      [daemon],
      async () => loginIn(await team.secret()).password !== before.password,
    );
    await untilInStep(team, [daemon]);
    const published = await team.secret();

    await behind.stop('immediate');
    await standby.start();
    await standby.sql('SELECT pg_promote()');
    behind = standby;
    t.notOk(await canLogIn(standby, loginIn(published)), 'nobody gets in who reads the Secret');

    // A check would find it within a minute. A write to the Secret causes a check at once.
    await world.cluster.mustRun(['annotate', 'secret', 'app', '-n', team.place.namespace, 'touched=yes']);
    await until('the server to have it', [daemon], () => canLogIn(standby, loginIn(published)));
    await untilInStep(team, [daemon]);
    t.same(await team.secret(), published, 'the Secret stays as it was');
    t.match((await team.record())?.login, { change: undefined, diverged: undefined, failed: undefined });
  });
