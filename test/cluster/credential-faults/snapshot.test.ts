import { join } from 'node:path';
import { execa } from 'execa';
import t from 'tap';
import { canLogIn } from '../../helpers/credential/deviations.ts';
import { aTeam } from '../../helpers/credential/team.ts';
import { aWorld, conditionOf, untilInStep } from '../../helpers/credential/world.ts';
import { until } from '../../testbed/process/until.ts';

// As docs/operate/failure-modes.md#failover-and-restore-of-postgresql says: a snapshot of the volume has the timeline and the system of the server.
const world = await aWorld(t);
const { postgres, controllers } = world;
const { daemon } = await controllers.lead('controller', { LOCKSTEP_PROPAGATION_SECONDS: '1' });

t.test('a restored snapshot is Diverged, and rotate --from-secret ends it', async (t) => {
  const team = await aTeam(world, 'snapshot', { admin: true });
  await untilInStep(team, [daemon]);
  const before = await team.secret();
  const snapshot = join(t.testdir(), 'data');
  await postgres.stop('fast');
  await execa('cp', ['-a', postgres.dataDir, snapshot]);
  await postgres.start();

  await team.requestChange({ kind: 'rotate' });
  await until('another password', [daemon], async () => {
    const { POSTGRES_PASSWORD: password } = await team.secret();
    return password !== before.POSTGRES_PASSWORD;
  });
  await untilInStep(team, [daemon]);
  const published = await team.secret();
  const login = { role: team.role, password: published.POSTGRES_PASSWORD ?? '' };

  await postgres.stop('immediate');
  await execa('cp', ['-a', '--remove-destination', `${snapshot}/.`, postgres.dataDir]);
  await postgres.start();
  t.notOk(await canLogIn(postgres, login), 'the server has the password of the snapshot');
  await until('the state Diverged', [daemon], async () => {
    await world.cluster.mustRun([
      'annotate',
      'secret',
      'app',
      '-n',
      team.place.namespace,
      `at=${Date.now()}`,
      '--overwrite',
    ]);
    const credential = await team.credential();
    return credential.status?.phase === 'Diverged' && conditionOf(credential, 'Synced') === 'False';
  });
  t.same(await team.secret(), published, 'nothing is changed');

  await team.requestChange({ kind: 'from-secret' });
  await until('the server to follow', [daemon], () => canLogIn(postgres, login));
  await untilInStep(team, [daemon]);
  t.same(await team.secret(), published);
});
