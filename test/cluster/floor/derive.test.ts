import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import t, { type Test } from 'tap';
import { aCluster, aClusterWithLockstep } from '../../helpers/cluster/cluster.ts';
import { aManifest, aTeam, NAME, type Team } from '../../helpers/cluster/team.ts';
import { builtins, GOOD, STORY, STORY_URL } from '../../helpers/engine/engine.ts';
import { deriveWrites, storedLogins } from '../../helpers/floor/derive-writes.ts';
import { applyDeriving, countedChecks, stored } from '../../helpers/floor/deriving.ts';
import { create, untilRefused } from '../../helpers/floor/floor-cluster.ts';
import type { FloorWrite } from '../../helpers/floor/writes.ts';
import type { Cluster } from '../../testbed/cluster/cluster.ts';
import { entryPoint } from '../../testbed/lockstep/release.ts';
import { until } from '../../testbed/process/until.ts';

t.setTimeout(10 * 60 * 1000);

const LATER = ['Wd7Kp2Xv9Rt4Lm6Zq8Hs3Nc5', 'b6Yf2Jw8Gk3Tn7Pz4Mx9Qv5Rs1'] as const;

const urlWith = (password: string) => STORY_URL.replace(GOOD.password, password);

/** What `lockstep policy floor --derive` prints, as a platform team applies it. */
async function applyPrinted(t: Test, cluster: Cluster): Promise<void> {
  const { stdout } = await execa(process.execPath, [
    entryPoint(),
    'policy',
    'floor',
    '--derive',
    '--kubeconfig',
    cluster.kubeconfig,
  ]);
  const file = join(t.testdir(), 'floor.yaml');
  await writeFile(file, stdout);
  await cluster.kubectl(['apply', '--server-side', '-f', file], { orThrow: true });
}

/** The floor, as `lockstep doctor` sees it. */
async function diagnosed(cluster: Cluster) {
  const args = ['doctor', '--cluster', '--kubeconfig', cluster.kubeconfig, '--format', 'json'];
  const { stdout } = await execa(process.execPath, [entryPoint(), ...args], { reject: false });
  return JSON.parse(stdout).checks.find(({ check }: { check: string }) => check === 'floor');
}

t.test('lockstep doctor compares the policy that derives with the policies of the cluster', async (t) => {
  const { cluster } = await aClusterWithLockstep(t);
  await applyPrinted(t, cluster);
  t.match(await diagnosed(cluster), { outcome: 'ok' });
  const shop = {
    apiVersion: 'lockstep.dev/v1alpha1',
    kind: 'SecretPolicy',
    metadata: { name: 'shop' },
    spec: {
      match: { names: ['shop'] },
      keys: { USER: {}, URL: { derive: { template: 'http://${USER}@shop' } } },
    },
  };
  await cluster.kubectl(['apply', '--server-side', '-f', '-'], { input: shop, orThrow: true });
  const { outcome, names, fix } = await diagnosed(cluster);
  t.equal(outcome, 'warning');
  t.ok(names.includes('lockstep-derive is for other policies or settings'), names.join());
  t.match(fix, 'policy floor --derive');
  const binding = ['delete', 'mutatingadmissionpolicybinding', 'lockstep-derive'];
  await cluster.kubectl(binding, { orThrow: true });
  await cluster.kubectl(['delete', 'secretpolicy', 'shop'], { orThrow: true });
  t.match(
    await diagnosed(cluster),
    { outcome: 'ok' },
    'without a binding it derives nothing, and is no fault',
  );
});

const untilDerived = (team: Team) =>
  until(
    'the policy that derives',
    [],
    async () => {
      const { stdout } = await team.kubectl('create -f - --dry-run=server -o json', {
        input: aManifest(STORY, { metadata: { name: 'reconciliation-probe-secrets' } }),
      });
      return stdout.includes('"DATABASE_URL"');
    },
    120_000,
  );

/** Evaluations of the API server that had no result. `failurePolicy: Ignore` hides them. */
async function failedChecks(cluster: Cluster): Promise<readonly string[]> {
  const checks = await countedChecks(cluster);
  if (checks.length === 0) throw new Error('no check is counted');
  return checks.filter((line) => !line.includes('error_type="no_error"'));
}

t.test('while every pod is down, the API server derives the URL, and follows a new password', async (t) => {
  const { cluster, lockstep } = await aClusterWithLockstep(t);
  await applyPrinted(t, cluster);
  await lockstep.stop();
  const team = await aTeam(cluster);
  await untilDerived(team);
  // The API server takes over the policies that mutate and those that validate at different times.
  await untilRefused(cluster);

  const applied = await team.kubectl('apply -f -', { input: aManifest() });
  t.same([applied.exitCode, applied.stderr], [0, ''], applied.stderr);
  t.equal((await team.stored())?.values.DATABASE_URL, STORY_URL);

  await team.run('apply -f -', { input: aManifest({ POSTGRES_PASSWORD: GOOD.other }) });
  t.equal((await team.stored())?.values.DATABASE_URL, urlWith(GOOD.other));

  await team.patch('merge', { stringData: { POSTGRES_PASSWORD: LATER[0] } });
  t.equal((await team.stored())?.values.DATABASE_URL, urlWith(LATER[0]));

  const typed = { POSTGRES_PASSWORD: GOOD.key, DATABASE_URL: urlWith(GOOD.password) };
  const refused = await team.patch('merge', { stringData: typed });
  t.match(refused.stderr, /data\[DATABASE_URL\]: has another password/, 'a typed URL is left to the floor');

  await lockstep.start();
  await team.patch('merge', { stringData: { CSRF_SECRET: LATER[1] } });
  t.equal((await team.stored())?.values.DATABASE_URL, urlWith(LATER[0]), 'the pods keep it');
  const { stdout, exitCode } = await execa(
    process.execPath,
    [entryPoint(), 'audit', '--kubeconfig', cluster.kubeconfig, '--format', 'json'],
    { reject: false },
  );
  t.equal(exitCode, 0, stdout);
  t.notMatch(stdout, 'DATABASE_URL', 'and report no drift');
  t.same(await failedChecks(cluster), []);
});

t.test('it derives nothing that lockstep would not derive', async (t) => {
  const cluster = await aCluster(t);
  await applyDeriving(cluster, builtins);
  const derived = async (
    values: Readonly<Record<string, string>>,
    rest: Partial<FloorWrite['after']> = {},
  ) => {
    const data = Object.fromEntries(
      Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
    );
    const after = { name: NAME, labels: {}, annotations: {}, type: 'Opaque', data, ...rest };
    const written = await stored(cluster, { namespace: 'default', before: undefined, after });
    return Object.keys(written).filter((key) => !(key in data));
  };
  t.same(await derived(STORY), ['DATABASE_URL']);
  t.same(await derived({ ...STORY, REDIS_PASSWORD: GOOD.other }), ['DATABASE_URL', 'REDIS_URL']);
  const cases: Readonly<Record<string, Parameters<typeof derived>>> = {
    'a placeholder': [{ ...STORY, POSTGRES_PASSWORD: 'your-database-password-here' }],
    'a password of words': [{ ...STORY, POSTGRES_PASSWORD: 'correct-horse-battery-staple' }],
    'a password outside the bounds': [{ ...STORY, POSTGRES_PASSWORD: `${GOOD.password}#ü` }],
    'a password with a line break': [{ ...STORY, POSTGRES_PASSWORD: `${GOOD.password}\n` }],
    'a name that asks to be replaced': [{ ...STORY, POSTGRES_USER: 'your-user' }],
    'a bad port': [{ ...STORY, POSTGRES_PORT: '70000' }],
    'two spellings': [{ ...STORY, DB_USER: 'app' }],
    'a missing base key': [{ ...STORY, POSTGRES_DB: '' }],
    'an owned Secret': [STORY, { labels: { 'cnpg.io/cluster': 'pg' } }],
    'values that lockstep makes': [STORY, { annotations: { 'lockstep.dev/generate': 'true' } }],
    'an excluded type': [STORY, { type: 'helm.sh/release.v1' }],
    'break-glass': [STORY, { annotations: { 'lockstep.dev/break-glass': 'OPS-1' } }],
    'no policy': [{ ...STORY }, { name: 'other' }],
  };
  for (const [because, args] of Object.entries(cases)) t.same(await derived(...args), [], because);
  t.equal((await create(cluster, 'default', { ...aFields(), name: '' }, true)).status, 422, 'no name');
  const generated = await cluster.request('/api/v1/namespaces/default/secrets?dryRun=All', {
    method: 'POST',
    body: {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { generateName: 'reconciliation-x-secrets' },
      stringData: { ...STORY, POSTGRES_HOST: 'db' },
    },
  });
  t.ok(generated.json().data.DATABASE_URL, 'a generated name is matched like a name');
  t.same(await failedChecks(cluster), []);
});

const aFields = () => ({ name: NAME, labels: {}, annotations: {}, type: 'Opaque', data: {} });

t.test('with the webhook too, each Secret is stored as without the policy', async (t) => {
  const { cluster } = await aClusterWithLockstep(t);
  const seed = 4711;
  const before = storedLogins(seed, 24);
  for (const namespace of new Set(before.map((one) => one.namespace)))
    await cluster.kubectl(['create', 'namespace', namespace], { orThrow: true });
  for (const one of before) await create(cluster, one.namespace, one, false);
  const next = deriveWrites(seed, before);
  const writes = Array.from({ length: 120 }, next);
  const answers = async () => {
    const all: string[] = [];
    for (const write of writes) {
      try {
        const data = await stored(cluster, write);
        all.push(JSON.stringify(Object.entries(data).sort()));
      } catch (error) {
        all.push(JSON.parse((error as Error).message).reason);
      }
    }
    return all;
  };
  const alone = await answers();
  await applyDeriving(cluster, builtins);
  const together = await answers();
  t.same(together, alone);
  t.ok(alone.filter((one) => one.includes('_URL')).length > 20);
  t.same(await failedChecks(cluster), []);
});
