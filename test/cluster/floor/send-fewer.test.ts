import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import t, { type Test } from 'tap';
import { aClusterWithLockstep } from '../../helpers/cluster/cluster.ts';
import { aTeam } from '../../helpers/cluster/team.ts';
import type { Cluster } from '../../testbed/cluster/cluster.ts';
import type { Lockstep } from '../../testbed/lockstep/lockstep.ts';
import { entryPoint } from '../../testbed/lockstep/release.ts';
import { until } from '../../testbed/process/until.ts';

t.setTimeout(10 * 60 * 1000);

const lockstepCommand = (cluster: Cluster, ...args: readonly string[]) =>
  execa(process.execPath, [entryPoint(), ...args, '--kubeconfig', cluster.kubeconfig], { reject: false });

const aPolicy = (name: string, match: object) => ({
  apiVersion: 'lockstep.dev/v1alpha1',
  kind: 'SecretPolicy',
  metadata: { name },
  spec: { match, keys: { TOKEN: { minLength: 5 } } },
});

/** Applies the patch as the page says, and waits until the API server sends fewer Secrets. */
async function applyPatch(t: Test, cluster: Cluster, isSpared: () => Promise<boolean>): Promise<void> {
  for (const kind of ['mutating', 'validating']) {
    const { stdout, stderr } = await lockstepCommand(
      cluster,
      'policy',
      'match-conditions',
      '-o',
      `${kind}-patch`,
    );
    t.equal(stderr, '');
    const file = join(t.testdir(), 'patch.yaml');
    await writeFile(file, stdout);
    const args = [`${kind}webhookconfiguration`, 'lockstep', '--type=strategic', `--patch-file=${file}`];
    await cluster.kubectl(['patch', ...args], { orThrow: true });
  }
  await until('a Secret that is not sent', [], isSpared, 60_000);
}

async function reviews(lockstep: Lockstep): Promise<number> {
  const lines = (await lockstep.metrics())
    .split('\n')
    .filter((line) => line.startsWith('lockstep_admission_reviews_total{'));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

async function diagnosed(cluster: Cluster) {
  const { stdout } = await lockstepCommand(cluster, 'doctor', '--cluster', '--format', 'json');
  return JSON.parse(stdout).checks.find(({ check }: { check: string }) => check === 'match-conditions');
}

const conditionNames = async (cluster: Cluster) => {
  const path = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/lockstep';
  const [validate] = (await cluster.request(path)).json().webhooks;
  return validate.matchConditions.map(({ name }: { name: string }) => name);
};

t.test('the API server sends only Secrets that a policy can match', async (t) => {
  const { cluster, lockstep } = await aClusterWithLockstep(t);
  const team = await aTeam(cluster);
  t.match(await diagnosed(cluster), { outcome: 'ok', message: /Secrets of all policies/ });
  const webhook = ['-n', 'lockstep-system', 'set', 'env', 'deployment/lockstep-webhook'];
  await cluster.kubectl([...webhook, 'LOCKSTEP_NO_BUILTIN=no-placeholders'], { orThrow: true });
  const policies = [aPolicy('shop', { names: ['shop-*'] }), aPolicy('tokens', { hasKeys: ['TOKEN'] })];
  for (const input of policies) await cluster.kubectl(['apply', '-f', '-'], { input, orThrow: true });

  // The pod keeps no-placeholders, which refuses each placeholder of a Secret that it sees.
  const isRefused = async (words: string) => (await team.kubectl(words)).exitCode !== 0;
  const literal = '--from-literal=SOME_KEY=CHANGE_ME';
  const create = (name: string) => `create secret generic ${name} --dry-run=server ${literal}`;
  t.ok(await isRefused(create('other')), 'without the condition each Secret is sent');
  // Neither webhook is called. The API server takes over their configurations at different times.
  await applyPatch(t, cluster, async () => {
    const before = await reviews(lockstep);
    return !(await isRefused(create('other'))) && (await reviews(lockstep)) === before;
  });
  t.same((await conditionNames(cluster)).toSorted(), [
    'a-policy-may-match',
    'not-an-excluded-type',
    'not-break-glass',
    'not-lockstep-itself',
  ]);

  const before = await reviews(lockstep);
  await team.run(`create secret generic other ${literal}`);
  await team.run('label secret other tier=gold');
  await team.run('delete secret other');
  t.equal(await reviews(lockstep), before, 'a Secret of no policy is not sent');
  await team.run('create secret generic shop-a --from-literal=TOKEN=long-enough');
  t.equal(await reviews(lockstep), before + 2, 'a Secret of a policy is sent to both webhooks');

  t.ok(await isRefused(create('shop-b')), 'by its name');
  t.ok(await isRefused(`${create('x')} --from-literal=TOKEN=long-enough`), 'by its key');
  const generated = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { generateName: 'shop-' },
    stringData: { A: 'CHANGE_ME' },
  };
  t.not(
    (await team.kubectl('create -f -', { input: generated })).exitCode,
    0,
    'by a name that is yet to come',
  );
  await team.run('create secret generic y --from-literal=TOKEN=long-enough');
  const patch = { data: { TOKEN: null, SOME_KEY: 'Q0hBTkdFX01F' } };
  const removed = await team.kubectl(`patch secret y --type=merge -p ${JSON.stringify(patch)}`);
  t.match(removed.stderr, /placeholder/, 'by a key that the write removes');
  t.match(await diagnosed(cluster), { outcome: 'ok', message: /only Secrets that a policy can match/ });

  await cluster.kubectl(['apply', '-f', '-'], { input: aPolicy('late', { names: ['late'] }), orThrow: true });
  t.match(await diagnosed(cluster), {
    outcome: 'warning',
    names: ['mutate.lockstep.dev', 'validate.lockstep.dev'],
    fix: /policy match-conditions/,
  });
  t.notOk(await isRefused(create('late')), 'a newer policy does not see its Secrets');
  await applyPatch(t, cluster, () => isRefused(create('late')));
  t.match(await diagnosed(cluster), { outcome: 'ok' });

  await cluster.kubectl([...webhook, 'LOCKSTEP_NO_BUILTIN-'], { orThrow: true });
  t.match(await diagnosed(cluster), { outcome: 'warning', message: /every Secret.*: no-placeholders$/ });
  const page = await readFile(
    join(import.meta.dirname, '..', '..', '..', 'docs', 'tasks', 'send-fewer-secrets.md'),
    'utf8',
  );
  for (const [, kind = '', body = ''] of page.matchAll(
    /kubectl patch (\S+) lockstep --type=strategic -p \\\n\s+'([^']+)'/g,
  ))
    await cluster.kubectl(['patch', kind, 'lockstep', '--type=strategic', '-p', body], { orThrow: true });
  t.notOk((await conditionNames(cluster)).includes('a-policy-may-match'));
  await until('each Secret', [], () => isRefused(create('other')), 60_000);
});
