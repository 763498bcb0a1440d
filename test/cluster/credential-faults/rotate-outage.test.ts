import t from 'tap';
import { start } from '../../helpers/cluster/lockstep.ts';
import { lockstepOn } from '../../helpers/cluster/versioned-secret.ts';
import { canLogIn, stateBefore } from '../../helpers/credential/deviations.ts';
import { aDisturbedController } from '../../helpers/credential/disturbed-controller.ts';
import { aWorld, untilInStep } from '../../helpers/credential/world.ts';
import { entryPoint } from '../../testbed/lockstep/release.ts';
import { until } from '../../testbed/process/until.ts';

// lockstep rotate while the API server restarts, or the PostgreSQL server does not answer.
const world = await aWorld(t);
const { cluster, postgres } = world;
const { db, controller, team: aTeam } = await aDisturbedController(t, world);
const printed: string[] = [];
const lockstep = lockstepOn(t, cluster.kubeconfig, printed);

/** Pods count as available at once, so that rollouts continue. */
async function goOn(namespace: string): Promise<void> {
  const patch = '{"spec":{"minReadySeconds":0}}';
  await cluster.mustRun(['patch', 'deployment', 'api', '-n', namespace, '-p', patch]);
}

t.test('a change completes after a restart of the API server', async (t) => {
  const team = await aTeam('restarted', { pods: 2, deployment: { minReadySeconds: 300 } });
  const before = await stateBefore(team);
  const args = [entryPoint(), 'rotate', 'restarted/app', '--kubeconfig', cluster.kubeconfig];
  const { exited, stdout, stderr } = start(t, { file: process.execPath, args });
  await until('the rollout', [controller.daemon], () => stdout().includes('Deployment/api is restarted'));
  await cluster.restartApiServer();
  await goOn('restarted');
  t.equal(await exited, 0, stdout() + stderr());
  printed.push(stdout());
  t.equal(stderr(), '');
  t.match(stdout(), /^Secret and server have the password of version 2/m);
  t.not((await team.secret()).POSTGRES_PASSWORD, before.secret.POSTGRES_PASSWORD);
});

t.test('a request that waits for a dead server is discarded after --timeout', async (t) => {
  const team = await aTeam('dead');
  const { secret } = await stateBefore(team);
  db.refuse(true);
  db.cut();
  const { exitCode, stdout } = await lockstep('rotate', 'dead/app', '--timeout', '5s');
  t.equal(exitCode, 1, stdout);
  t.match(stdout, /^lockstep rotate dead\/app --cancel withdraws a request that has not begun$/m);
  t.equal(new Set(stdout.split('\n')).size, stdout.split('\n').length, 'no line is printed twice');
  t.match((await team.record())?.login, { changeRequest: { kind: 'rotate' } });
  t.match(await lockstep('rotate', 'dead/app', '--cancel'), {
    exitCode: 0,
    stdout: 'cancelled: nothing was changed\n',
    stderr: '',
  });
  t.match(await lockstep('rotate', 'dead/app', '--cancel'), {
    exitCode: 0,
    stdout: 'there is no request to cancel\n',
  });
  db.refuse(false);
  await untilInStep(team, [controller.daemon]);
  t.same(await team.secret(), secret);
  const { POSTGRES_USER: role = '', POSTGRES_PASSWORD: password = '' } = secret;
  t.ok(await canLogIn(postgres, { role, password }));
});

t.test('a change that has started is not discarded, and the command reports its future', async (t) => {
  const team = await aTeam('begun', { pods: 1, deployment: { minReadySeconds: 300 } });
  await team.requestChange({ kind: 'rotate' });
  await until(
    'the rollout',
    [controller.daemon],
    async () => (await team.record())?.login?.change?.phase === 'rollout',
  );
  const { exitCode, stdout } = await lockstep('rotate', 'begun/app', '--cancel');
  t.equal(exitCode, 1);
  t.match(stdout, /^it has begun and can not be cancelled: .*, now in rollout$/m);
  await goOn('begun');
  await untilInStep(team, [controller.daemon]);
});

t.test('no password is printed', async (t) => {
  const { items } = (await cluster.request('/api/v1/secrets?fieldSelector=metadata.name=app')).json();
  t.equal(items.length, 3);
  for (const { data } of items)
    t.notOk(printed.join('\n').includes(Buffer.from(data.POSTGRES_PASSWORD, 'base64').toString()));
});
