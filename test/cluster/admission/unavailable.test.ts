import t from 'tap';
import { aClusterWithLockstep } from '../../helpers/cluster/cluster.ts';
import { aManifest, aTeam, NAME, type Team } from '../../helpers/cluster/team.ts';
import { STORY, STORY_URL } from '../../helpers/engine/engine.ts';
import { until } from '../../testbed/process/until.ts';

const { cluster, lockstep } = await aClusterWithLockstep(t);
const BAD = aManifest({ JWT_SECRET: 'CHANGE_ME' });
const FAIL_OPEN =
  /apiserver_admission_webhook_fail_open_count\{name="validate.lockstep.dev",type="validating"\} (\d+)/;

t.test(
  'under Ignore a Secret goes in without validation while lockstep is down, and the API server counts it',
  async (t) => {
    const team = await aTeam(cluster);
    await lockstep.stop();
    const before = await failOpenCount();
    await team.run('apply -f -', { input: BAD });
    t.match((await team.stored())?.values, { JWT_SECRET: 'CHANGE_ME' });
    t.equal(await failOpenCount(), before + 1);

    await lockstep.start();
    await team.run(`label secret ${NAME} owner=backend`);
    const refused = await team.kubectl('replace -f -', { input: aManifest({ JWT_SECRET: 'CHANGE_ME_TOO' }) });
    t.match(refused.stderr, 'data[JWT_SECRET]: is a placeholder');
  },
);

t.test('under Fail nothing that is validated goes in while lockstep is down', async (t) => {
  const team = await aTeam(cluster);
  await team.run('apply -f -', { input: aManifest() });
  const before = await team.stored();
  await lockstep.apply('manifests/overlays/fail-closed');
  await lockstep.stop();
  await until('fail-closed to be in force', [], async () => (await createProbe(team)).exitCode !== 0);

  for (const input of [aManifest({ POSTGRES_USER: 'another' }), BAD]) {
    const refused = await team.kubectl('replace -f -', { input });
    t.equal(refused.exitCode, 1);
    t.match(refused.stderr, /failed calling webhook "validate.lockstep.dev"/);
  }
  t.same(await team.stored(), before);

  await t.test('but what is not validated still does', async (t) => {
    for (const words of [
      'create secret generic release --type=helm.sh/release.v1',
      'create secret generic system -n kube-system',
      `delete secret ${NAME}`,
    ]) {
      t.equal((await team.kubectl(words)).exitCode, 0, words);
    }
  });

  await t.test('and when lockstep is back all is as before', async (t) => {
    await lockstep.start();
    await team.run('apply -f -', { input: aManifest() });
    t.same((await team.stored())?.values, { ...STORY, DATABASE_URL: STORY_URL });
    t.equal((await team.kubectl('replace -f -', { input: BAD })).exitCode, 1);
  });
});

t.test('a restarted API server goes on calling lockstep', async (t) => {
  const team = await aTeam(cluster);
  await cluster.restartApiServer();
  t.equal((await team.kubectl('create -f -', { input: BAD })).exitCode, 1);
  await team.run('create -f -', { input: aManifest() });
  t.equal((await team.stored())?.values.DATABASE_URL, STORY_URL);
});

t.test(
  'lockstep that is asked to stop goes on answering first, so that no write is refused under Fail',
  async (t) => {
    const team = await aTeam(cluster);
    await team.run('apply -f -', { input: aManifest() });
    const stopped = lockstep.stop('SIGTERM');
    await until('the drain to begin', [], () => lockstep.logs().includes('"message":"draining"'));
    // It drains for ten seconds. On a busy machine a fixed number of writes would take longer.
    const end = performance.now() + 5000;
    for (let round = 0; performance.now() < end; round += 1) {
      const { stderr, exitCode } = await team.kubectl(`label secret ${NAME} --overwrite round=${round}`);
      t.equal(exitCode, 0, stderr);
    }
    t.equal(await stopped, 0, 'and then it ends by itself');
  },
);

const createProbe = (team: Team) => team.kubectl('create secret generic probe --dry-run=server');

async function failOpenCount(): Promise<number> {
  const { text } = await cluster.request('/metrics');
  return Number(text.match(FAIL_OPEN)?.[1] ?? 0);
}
