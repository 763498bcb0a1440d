import t from 'tap';
import { connect } from '../../../src/kube/client/connect.ts';
import { readSecret } from '../../../src/kube/secrets/stored-secrets.ts';
import { canarySearcher } from '../../helpers/canary/canary.ts';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { aManifest, aTeam, fromKey } from '../../helpers/cluster/consumers.ts';
import { canaries, lockstepOn } from '../../helpers/cluster/versioned-secret.ts';
import { aSecretPolicy } from '../../helpers/policy/secret-policy.ts';
import { type ControllerReplica, installController } from '../../testbed/lockstep/controller.ts';
import { until } from '../../testbed/process/until.ts';

// A rollback with its consumers, which the controller restarts.
const cluster = await aCluster(t, { controllers: true, nodes: 2 });
const controllers = await installController(cluster);
await cluster.mustRun(['delete', 'mutatingwebhookconfiguration,validatingwebhookconfiguration', 'lockstep']);
await cluster.apply(
  aSecretPolicy('app', {
    match: { names: ['app'] },
    restart: true,
    keys: { JWT_SECRET: { sensitive: true } },
  }),
);
const { values: secrets, printed, text } = canaries();
const lockstep = lockstepOn(t, cluster.kubeconfig, printed);
const api = connect({ kubeconfig: cluster.kubeconfig });

const JWT = fromKey('JWT_SECRET');
const WORKLOADS = [
  // A busy machine takes some seconds for a pod.
  aManifest('Deployment', 'api', JWT, { progressDeadlineSeconds: 15 }),
  aManifest('Deployment', 'web', { envFrom: [{ secretRef: { name: 'app' } }] }),
  aManifest('Deployment', 'stranger', fromKey('CSRF_SECRET')),
];
type Team = Awaited<ReturnType<typeof aTeam>>;

/** Writes this data and then changes it several times. Each change is a version. */
async function aTeamWithVersions(namespace: string): Promise<Team & { readonly values: readonly string[] }> {
  const team = await aTeam(cluster, namespace, WORKLOADS);
  const controller = await controllers.start(`${namespace}-before`);
  const values = [text().toString(), text().toString()];
  const isKept = async (count: number): Promise<boolean> => {
    const { stdout } = await lockstep('history', `${namespace}/app`, '-o', 'json');
    const reported = stdout === '' ? undefined : JSON.parse(stdout);
    return (
      reported?.versions.length === count &&
      reported.versions.at(-1).current === true &&
      reported.rollout === null
    );
  };
  // The first data is a version only if it was recorded.
  await until(`the first version of ${namespace}`, [controller.daemon], () => isKept(1));
  for (const [index, value] of values.entries()) {
    await team.kubectl([
      'patch',
      'secret',
      'app',
      '-p',
      JSON.stringify({ stringData: { JWT_SECRET: value } }),
    ]);
    await until(`version ${index + 2} of ${namespace}`, [controller.daemon], () => isKept(index + 2));
  }
  t.equal(await controller.daemon.stop('SIGTERM'), 0);
  return { ...team, values };
}

const jwtOf = async ({ namespace }: Team): Promise<string | undefined> =>
  (await readSecret(api, { namespace, name: 'app' }))?.secret.data
    .get('JWT_SECRET')
    ?.withPlaintext((plain) => plain.text);

async function aLeader(name: string): Promise<ControllerReplica> {
  const replica = await controllers.lead(name);
  return replica;
}

/** The field managers that wrote to the pod template of a Deployment. */
async function stampedBy({ kubectl }: Team, name: string): Promise<readonly string[]> {
  const { metadata } = JSON.parse(
    await kubectl(['get', 'deployment', name, '-o', 'json', '--show-managed-fields']),
  );
  return metadata.managedFields
    .filter(({ fieldsV1 }: { fieldsV1: object }) =>
      JSON.stringify(fieldsV1).includes('lockstep.dev/secret-version'),
    )
    .map(({ manager }: { manager: string }) => manager);
}

t.test('writes nothing without a controller that restarts the consumers', async (t) => {
  const team = await aTeamWithVersions('alone');
  const versions = await team.stamps();
  const rehearsed = await lockstep('rollback', 'alone/app', '--to', '2', '--dry-run');
  t.equal(rehearsed.exitCode, 0);
  t.match(
    rehearsed.stdout,
    /2 workloads would be restarted, one after the other:\n {2}1\. Deployment\/api \(JWT_SECRET\)\n {2}2\. Deployment\/web \(JWT_SECRET\)\nnothing was written\n$/,
  );
  const refused = await lockstep('rollback', 'alone/app', '--to', '2');
  t.match(refused, {
    exitCode: 2,
    stdout: '',
    stderr: /^lockstep: no controller leads .*, so nothing was written; /,
  });
  t.equal(await jwtOf(team), team.values[1]);
  t.same(await team.stamps(), versions);
});

t.test('waits for the controller that leads to restart the consumers, and those only', async (t) => {
  const team = await aTeamWithVersions('led');
  const controller = await aLeader('leading');
  const { exitCode, stdout, stderr } = await lockstep('rollback', 'led/app', '--to', '2');
  t.same([exitCode, stderr], [0, ''], stdout);
  t.match(stdout, /^Secret led\/app is rolled back to version 2, as a new version: changes JWT_SECRET\n/);
  t.match(stdout, /all consumers are rolled out\n$/);
  t.equal(await jwtOf(team), team.values[0]);
  t.match(await team.stamps(), { 'Deployment/api': '4', 'Deployment/web': '4' });
  t.match(await stampedBy(team, 'api'), ['lockstep']);
  const { stdout: reported } = await lockstep('history', 'led/app', '-o', 'json');
  const { versions, pending } = JSON.parse(reported);
  t.equal(versions.length, 4);
  t.match(versions.at(-1), { version: 4, by: 'lockstep', reason: 'rolled-back', to: 2, current: true });
  t.equal(pending, null);
  await team.kubectl(['rollout', 'pause', 'deployment/web']);
  const passed = await lockstep('rollback', 'led/app', '--to', '3');
  t.match(passed, {
    exitCode: 0,
    stdout:
      /\nnot all consumers are rolled out:\n {2}Deployment\/web: it is paused; kubectl rollout resume restarts it\n$/,
  });
  t.equal(await controller.daemon.stop('SIGTERM'), 0);
});

t.test(
  'stops at a consumer that does not become healthy, with its name and the reason, until the next version',
  async (t) => {
    const team = await aTeamWithVersions('stuck');
    const controller = await aLeader('stuck-leader');
    await team.kubectl(['create', 'quota', 'full', '--hard=pods=3']);
    const { exitCode, stdout } = await lockstep('rollback', 'stuck/app', '--to', '2');
    t.equal(exitCode, 1);
    t.match(stdout, /^stopped: Deployment\/api exceeded its progress deadline/m);
    t.notMatch(stdout, 'Deployment/web');
    t.match(
      (await lockstep('history', 'stuck/app')).stdout,
      /^rollout of version 4 has stopped: Deployment\/api /m,
    );
    await team.kubectl(['delete', 'quota', 'full']);
    const back = await lockstep('rollback', 'stuck/app', '--to', '3');
    t.equal(back.exitCode, 0, back.stdout);
    t.match(back.stdout, /all consumers are rolled out\n$/);
    t.match(await team.stamps(), { 'Deployment/api': '5', 'Deployment/web': '5' });
    t.equal(await controller.daemon.stop('SIGTERM'), 0);
  },
);

t.test('prints no part of a value', async (t) => {
  t.same(canarySearcher(secrets)(printed.join('\n')), []);
});
