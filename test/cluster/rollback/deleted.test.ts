import { dirname } from 'node:path';
import t from 'tap';
import { aCanary, canarySearcher } from '../../helpers/canary/canary.ts';
import { lockstepOn } from '../../helpers/cluster/versioned-secret.ts';
import { canLogIn } from '../../helpers/credential/deviations.ts';
import { aTeam, type Loose } from '../../helpers/credential/team.ts';
import { aWorld, untilInStep } from '../../helpers/credential/world.ts';
import { shellIn } from '../../helpers/pages/page-shell.ts';
import { aSecretPolicy } from '../../helpers/policy/secret-policy.ts';
import { findBinaries } from '../../testbed/binaries.ts';
import { installLockstep } from '../../testbed/lockstep/lockstep.ts';
import { until } from '../../testbed/process/until.ts';

// A Secret is deleted, and created again from its record: with a controller that leads, and without one that would restart its consumers.
const world = await aWorld(t);
const { cluster, postgres, controllers } = world;
const printed: string[] = [];
const lockstep = lockstepOn(t, cluster.kubeconfig, printed);
const values = Array.from({ length: 4 }, () => aCanary(24));
const [first = '', second = ''] = values;

await cluster.apply(
  aSecretPolicy('api', {
    match: { names: ['api'] },
    restart: true,
    keys: { username: {}, password: { sensitive: true, minLength: 12 } },
  }),
);

/** A Secret `api` with a type, labels and annotations, and with two versions. */
async function aRecordedSecret(namespace: string): Promise<void> {
  await cluster.mustRun(['create', 'namespace', namespace]);
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/basic-auth',
    metadata: {
      name: 'api',
      namespace,
      labels: { team: 'shop' },
      annotations: { 'meta.helm.sh/release-name': 'shop' },
    },
    stringData: { username: 'app', password: first },
  };
  await cluster.apply(secret);
  await until(`the record in ${namespace}`, [], async () => (await versionsOf(namespace)).length === 1);
  const patch = JSON.stringify({ stringData: { password: second } });
  await cluster.mustRun(['-n', namespace, 'patch', 'secret', 'api', '-p', patch]);
  await until(`version 2 in ${namespace}`, [], async () => (await versionsOf(namespace)).length === 2);
}

async function versionsOf(namespace: string): Promise<readonly Loose[]> {
  const { stdout } = await lockstep('history', `${namespace}/api`, '-o', 'json');
  return stdout === '' ? [] : JSON.parse(stdout).versions;
}

const stored = async (namespace: string, name = 'api'): Promise<Loose> =>
  (await cluster.request(`/api/v1/namespaces/${namespace}/secrets/${name}`)).json();

const passwordOf = ({ data }: Loose): string => Buffer.from(data.password, 'base64').toString();

const remove = (namespace: string, name = 'api') =>
  cluster.mustRun(['-n', namespace, 'delete', 'secret', name]);

t.test('while a controller leads', async (t) => {
  const controller = await controllers.lead('leads');
  await aRecordedSecret('led');
  await aRecordedSecret('alone');
  const before = await stored('led');
  await remove('led');
  const diagnosis = await lockstep('doctor', 'led/api');
  t.equal(diagnosis.exitCode, 1);
  t.match(diagnosis.stdout, /the Secret was deleted.*its record holds the versions up to 2/);
  t.match(diagnosis.stdout, 'lockstep rollback led/api');

  const rehearsed = await lockstep('rollback', 'led/api', '--dry-run');
  t.match(rehearsed, { exitCode: 0, stderr: '' });
  t.match(
    rehearsed.stdout,
    /^Secret led\/api would be created again from version 2 \(password, username\), with type kubernetes.io\/basic-auth, 1 label and 1 annotation\nnothing was written\n$/,
  );
  const done = await lockstep('rollback', 'led/api');
  t.match(done, { exitCode: 0, stderr: '' }, done.stdout);
  const after = await stored('led');
  t.not(after.metadata.uid, before.metadata.uid);
  t.match(after, {
    type: 'kubernetes.io/basic-auth',
    data: before.data,
    metadata: { labels: { team: 'shop' }, annotations: { 'meta.helm.sh/release-name': 'shop' } },
  });
  t.notMatch(JSON.stringify(after.metadata.annotations), 'last-applied', 'that would hold the values');
  t.same((await versionsOf('led')).length, 2, 'it holds version 2 again');

  await remove('led');
  const earlier = await lockstep('rollback', 'led/api', '--to', '1');
  t.match(earlier, { exitCode: 0, stderr: '' }, earlier.stdout);
  t.equal(passwordOf(await stored('led')), first);
  await until('version 3', [controller.daemon], async () => (await versionsOf('led')).length === 3);
  t.match((await versionsOf('led')).at(-1), { reason: 'rolled-back', to: 1, by: 'lockstep', current: true });
  const { stdout } = await lockstep('history', 'led/api', '-o', 'json');
  t.match(JSON.parse(stdout), { pending: null, deletedAt: null });
  t.equal(await controller.daemon.stop('SIGTERM'), 0);
});

t.test('writes nothing while no controller leads, and names the versions', async (t) => {
  await remove('alone');
  const refused = await lockstep('rollback', 'alone/api', '--to', '1');
  t.match(refused, { exitCode: 2, stdout: '', stderr: /^lockstep: no controller leads / });
  const unknown = await lockstep('rollback', 'alone/api', '--to', '9');
  t.match(unknown, { exitCode: 2, stderr: /has no version 9; it has 1, 2/ });
  t.equal((await stored('alone')).code, 404);
  t.equal(JSON.parse((await lockstep('history', 'alone/api', '-o', 'json')).stdout).pending, null);
});

t.test(
  'a user without the right to create Secrets gets the reason, and nothing is left pending',
  async (t) => {
    const user = { as: 'system:serviceaccount:alone:default' };
    await cluster.mustRun([
      '-n',
      'alone',
      'create',
      'role',
      'reader',
      '--verb=get,patch',
      '--resource=secrets',
    ]);
    await cluster.mustRun([
      '-n',
      'alone',
      'create',
      'rolebinding',
      'reader',
      '--role=reader',
      '--serviceaccount=alone:default',
    ]);
    await cluster.mustRun([
      'create',
      'clusterrole',
      'policies',
      '--verb=list,get',
      '--resource=secretpolicies,postgrescredentials',
    ]);
    await cluster.mustRun([
      'create',
      'clusterrolebinding',
      'policies',
      '--clusterrole=policies',
      `--user=${user.as}`,
    ]);
    const kubeconfig = await cluster.serviceAccountKubeconfig('alone', 'default');
    const asReader = lockstepOn(t, kubeconfig, printed);
    const { exitCode, stdout } = await asReader('rollback', 'alone/api');
    t.equal(exitCode, 1);
    t.match(stdout, /cannot create resource "secrets"/);
    t.notMatch(stdout, 'break-glass', 'that is no right to create');
    t.match(stdout, /nothing was written\n$/);
    const history = JSON.parse((await lockstep('history', 'alone/api', '-o', 'json')).stdout);
    t.equal(history.pending, null);
  },
);

t.test(
  'a login is created with the password of its server, and another version takes it along',
  async (t) => {
    const controller = await controllers.lead('login');
    const team = await aTeam(world, 'login', { admin: true, pods: 0 });
    await untilInStep(team, [controller.daemon]);
    const rotated = await lockstep('rotate', 'login/app');
    t.equal(rotated.exitCode, 0, rotated.stdout);
    const { POSTGRES_USER: role = '', POSTGRES_PASSWORD: password = '' } = await team.secret();
    await remove('login', 'app');
    const refused = await lockstep('rollback', 'login/app', '--to', '1');
    t.equal(refused.exitCode, 2);
    t.match(
      refused.stderr,
      /has another password in version 1 than its server: first lockstep rollback login\/app, then lockstep rollback login\/app --to 1, which/,
    );
    for (const args of [[], ['--to', '1']]) {
      const done = await lockstep('rollback', 'login/app', ...args);
      t.equal(done.exitCode, 0, `${done.stdout}${done.stderr}`);
      await untilInStep(team, [controller.daemon]);
      const now = await team.secret();
      t.equal(now.POSTGRES_PASSWORD === password, args.length === 0);
      t.ok(await canLogIn(postgres, { role, password: now.POSTGRES_PASSWORD ?? '' }));
      values.push(now.POSTGRES_PASSWORD ?? '');
    }
    t.equal(await controller.daemon.stop('SIGTERM'), 0);
  },
);

t.test('a version that the webhook denies is created by the commands that are printed', async (t) => {
  const controller = await controllers.start('denied');
  await cluster.mustRun(['create', 'namespace', 'denied']);
  await cluster.mustRun([
    '-n',
    'denied',
    'create',
    'secret',
    'generic',
    'api',
    '--from-literal=password=CHANGE_ME',
  ]);
  await until('the record', [controller.daemon], async () => (await versionsOf('denied')).length === 1);
  await remove('denied');
  const offered = await lockstep('rollback', 'denied/api');
  t.equal(offered.exitCode, 1);
  t.match(
    offered.stdout,
    /stores it nevertheless: lockstep rollback denied\/api --to 1 --force\nnothing was/,
  );
  const webhook = await installLockstep(cluster);
  const denied = await lockstep('rollback', 'denied/api', '--force');
  t.equal(denied.exitCode, 1);
  t.match(denied.stdout, /^lockstep's webhook denies what version 1 was$/m);
  const commands = [...denied.stdout.matchAll(/^ {2}(kubectl .*)$/gm)].map(([, command = '']) => command);
  t.equal(commands.length, 2);
  const binaries = findBinaries(['kubectl']);
  const shell = shellIn(cluster.dir, {
    PATH: [dirname(binaries.kubectl), process.env.PATH].join(':'),
    HOME: cluster.dir,
    KUBECONFIG: cluster.kubeconfig,
  });
  for (const command of commands) t.match(await shell.run(command), { exitCode: 0 }, command);
  t.equal(passwordOf(await stored('denied')), 'CHANGE_ME');
  await webhook.stop('SIGTERM');
  t.equal(await controller.daemon.stop('SIGTERM'), 0);
});

t.test('prints no part of a value', async (t) => {
  t.same(canarySearcher(values)(printed.join('\n')), []);
});
