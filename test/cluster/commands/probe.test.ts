import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import t from 'tap';
import { aClusterWithLockstep } from '../../helpers/cluster/cluster.ts';
import { aTeam } from '../../helpers/cluster/team.ts';
import { aSecretPolicy } from '../../helpers/policy/secret-policy.ts';
import { entryPoint } from '../../testbed/lockstep/release.ts';
import { until } from '../../testbed/process/until.ts';

const { cluster, lockstep } = await aClusterWithLockstep(t);

/** `lockstep probe` on the command line. */
async function probe(kubeconfig = cluster.kubeconfig, ...more: string[]) {
  const args = [entryPoint(), 'probe', ...more];
  const env = { KUBECONFIG: kubeconfig, HOME: cluster.dir };
  const { exitCode, stdout, stderr } = await execa(process.execPath, args, {
    env,
    extendEnv: false,
    reject: false,
  });
  return { exitCode, stdout, stderr };
}

t.test('reports success in one sentence with exit code 0', async (t) => {
  t.same(await probe(), {
    exitCode: 0,
    stdout: 'the API server reaches lockstep, and refuses a placeholder in a Secret of namespace default',
    stderr: '',
  });
});

t.test('probes from the pods too', async () => {
  // The first probe may come before the API server trusts the new certificate.
  await until('a probe with success', [], async () =>
    /^lockstep_self_probe_success 1$/m.test(await lockstep.metrics()),
  );
  const line = '"message":"the API server reaches lockstep"';
  await until('the log to be written', [], async () => lockstep.logs().includes(line));
});

t.test('names the missing right to impersonate the pods, which counts as no answer', async (t) => {
  const team = await aTeam(cluster);
  await team.run('create serviceaccount nobody');
  const kubeconfig = await cluster.serviceAccountKubeconfig(team.namespace, 'nobody');
  t.match(await probe(kubeconfig), {
    exitCode: 2,
    stdout: '',
    stderr: /^lockstep: only a user that may impersonate the pods' ServiceAccount can probe from outside/,
  });
});

t.test('writes the Secret as another user', async (t) => {
  const own = 'system:serviceaccount:lockstep-system:other';
  const kubectl = (command: string) => cluster.mustRun(command.split(' '));
  await kubectl('create clusterrole secrets --verb=create --resource=secrets');
  await kubectl(`create clusterrolebinding secrets --clusterrole=secrets --user=jane --user=${own}`);
  const as = (user: string) => probe(cluster.kubeconfig, '--as', user);
  t.match(await as('jane'), { exitCode: 0, stdout: /, and refuses a placeholder/ });
  t.match(await as('joe'), { exitCode: 2, stdout: '', stderr: /User "joe" cannot create resource/ });
  t.match(await as(own), { exitCode: 1, stdout: /does not review this user$/ });
});

t.test('exits with 2 if the cluster or the kubeconfig is missing', async (t) => {
  t.match(await probe('/nowhere'), {
    exitCode: 2,
    stdout: '',
    stderr:
      /^lockstep: KUBECONFIG names \/nowhere, which does not exist; set it to a kubeconfig, or give one with --kubeconfig/,
  });
  const gone = join(cluster.dir, 'gone');
  writeFileSync(
    gone,
    readFileSync(cluster.kubeconfig, 'utf8').replace(cluster.server, 'https://127.0.0.1:1'),
  );
  t.match(await probe(gone), {
    exitCode: 2,
    stdout: '',
    stderr: /^lockstep: cannot reach the API server https:\/\/127\.0\.0\.1:1 \(ECONNREFUSED\) while probing$/,
  });
});

t.test('reports a namespace without lockstep', async (t) => {
  t.match(await probe(cluster.kubeconfig, '--lockstep-namespace', 'default'), {
    exitCode: 1,
    stdout:
      /has no right to patch .* in default, because lockstep is not installed there or its Role is gone; apply the manifests$/,
    stderr: '',
  });
});

t.test('reports a webhook that is reached and denies nothing', async (t) => {
  const policy = aSecretPolicy('lenient', {
    match: { names: ['lockstep-probe'] },
    action: 'Audit',
    precedence: 10,
    keys: { JWT_SECRET: { sensitive: true } },
  });
  await cluster.apply(policy);
  await until('the policy', [], async () => (await probe()).exitCode === 1);
  t.match(await probe(), {
    exitCode: 1,
    stdout: /^the API server reaches lockstep, but admits a placeholder .* overlay audit or warn/,
  });
});

t.test('reports that no pod answers', async (t) => {
  await lockstep.stop();
  t.match(await probe(), {
    exitCode: 1,
    stdout:
      /^the API server is refused where lockstep should listen: no pod is ready, .* -n lockstep-system get pods/,
    stderr: '',
  });
});
