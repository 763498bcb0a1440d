import t from 'tap';
import { aCanary, canarySearcher } from '../../helpers/canary/canary.ts';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { aManifest, aTeam } from '../../helpers/cluster/team.ts';
import { builtins } from '../../helpers/engine/engine.ts';
import { applyDeriving } from '../../helpers/floor/deriving.ts';
import { applyFloor } from '../../helpers/floor/floor-cluster.ts';
import { until } from '../../testbed/process/until.ts';

t.setTimeout(5 * 60 * 1000);

t.test('the floor and the policy that derives show no piece of a value', async (t) => {
  const cluster = await aCluster(t);
  await applyFloor(cluster, builtins);
  await applyDeriving(cluster, builtins);
  const team = await aTeam(cluster);
  const values: string[] = [];
  const secret = (length = 40): string => {
    const value = aCanary(length);
    values.push(value);
    return value;
  };
  const printed: string[] = [];
  const apply = async (change: Readonly<Record<string, string>>, words = 'apply -f -') => {
    const { stdout, stderr, exitCode } = await team.kubectl(words, { input: aManifest(change) });
    printed.push(stdout, stderr);
    return exitCode;
  };
  const aStory = () => ({
    POSTGRES_USER: 'recon',
    POSTGRES_PASSWORD: secret(),
    JWT_SECRET: secret(),
    JWT_REFRESH_SECRET: secret(),
    CSRF_SECRET: secret(),
    PASSWORD_MASTER_KEY: secret(),
  });
  for (let round = 0; round < 6; round += 1) {
    // The API server leaves a password outside its bounds to lockstep, so the floor refuses the stale URL.
    const exitCode = await apply(aStory());
    t.ok(exitCode === 0 || round > 0);
    await apply({ ...aStory(), JWT_SECRET: 'CHANGE_ME' });
    await apply({ ...aStory(), POSTGRES_PASSWORD: `${secret()}ü#\n` });
    await apply({ ...aStory(), DATABASE_URL: `postgresql://recon:${secret()}@db:5432/x` });
    await apply({ ...aStory(), CSRF_SECRET: 'short' }, 'apply --server-side --force-conflicts -f -');
  }
  const name = `known-${aCanary(20).toLowerCase()}`;
  await team.run('create -f -', { input: aManifest(aStory(), { metadata: { name } }) });
  await until('the last audit entry', [], async () => (await cluster.auditLog()).includes(name));
  const search = canarySearcher(values);
  const outputs = {
    'what kubectl printed': printed.join('\n'),
    'the audit log': await cluster.auditLog(),
    'the log of the API server': await cluster.apiServerLog(),
    'its metrics': (await cluster.request('/metrics')).text,
  };
  for (const [where, output] of Object.entries(outputs)) t.same(search(output), [], where);
  t.match(outputs['what kubectl printed'], 'lockstep/placeholder');
  t.match(outputs['its metrics'], 'apiserver_mutating_admission_policy_check_total');
});
