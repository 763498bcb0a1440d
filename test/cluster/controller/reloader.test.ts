import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { aTeam, type Loose, type Team } from '../../helpers/credential/team.ts';
import { aWorld, conditionOf, untilInStep } from '../../helpers/credential/world.ts';
import { aPageShell } from '../../helpers/pages/page-shell.ts';
import { until } from '../../testbed/process/until.ts';

// A restart as Reloader makes it, by kubectl, and a Reloader that is away, on a real API server and a real PostgreSQL.
// Reloader itself does not run.
const world = await aWorld(t, { host: '127.0.0.3' });
const { cluster, controllers } = world;
const shell = await aPageShell(join(t.testdir(), 'clone'), cluster.kubeconfig);
const { daemon } = await controllers.lead('controller', { LOCKSTEP_PROPAGATION_SECONDS: '1' });

const AUTO = { 'reloader.stakater.com/auto': 'true' };

const patchOf = async (team: Team, patch: object, ...args: readonly string[]) => {
  const target = ['patch', 'deployment', 'api', '-n', team.place.namespace, '-p', JSON.stringify(patch)];
  await cluster.mustRun([...target, ...args]);
};

async function aReloadedTeam(namespace: string, annotations: object, spec: object = {}): Promise<Team> {
  const team = await aTeam(world, namespace, { pods: 2, spec: { ...spec } });
  await patchOf(team, { metadata: { annotations } });
  await untilInStep(team, [daemon]);
  await until('the pods', [daemon], async () => (await team.deployment()).status?.availableReplicas === 2);
  return team;
}

const templatesOf = async ({ place }: Team): Promise<number> =>
  (await cluster.request(`/apis/apps/v1/namespaces/${place.namespace}/replicasets`)).json().items.length;

const eventsOf = async ({ place }: Team): Promise<readonly string[]> =>
  (await cluster.request(`/api/v1/namespaces/${place.namespace}/events`))
    .json()
    .items.map(({ reason, involvedObject, message }: Loose) => `${reason} ${involvedObject.kind} ${message}`);

const isReported = (team: Team, text: RegExp) =>
  until(`an Event ${text}`, [daemon], async () => (await eventsOf(team)).some((event) => text.test(event)));

/** The variable that Reloader 1.4 writes into a container, with its digest of the Secret. */
async function reload(team: Team): Promise<void> {
  const entries = Object.entries(await team.secret()).map(([key, value]) => `${key}=${value}`);
  const digest = createHash('sha1').update(entries.sort().join(';')).digest('hex');
  const containers = [{ name: 'main', env: [{ name: 'STAKATER_APP_SECRET', value: digest }] }];
  await patchOf(team, { spec: { template: { spec: { containers } } } }, '--field-manager=Reloader');
}

const passwordOf = async (team: Team) => (await team.secret()).POSTGRES_PASSWORD;

t.test('a password change waits for the restart that Reloader makes, and adds none', async (t) => {
  const team = await aReloadedTeam('running', AUTO);
  const before = { password: await passwordOf(team), templates: await templatesOf(team) };
  const rotate = shell.run('lockstep rotate running/app > rotate.txt 2>&1');
  await isReported(team, /^ConsumerLeftToReloader Deployment Annotations of the workload leave its restart/);
  await until('the command to say so', [daemon], () =>
    /Deployment\/api is left to Reloader: waiting until it is restarted/.test(
      readFileSync(join(shell.dir, 'rotate.txt'), 'utf8'),
    ),
  );
  await reload(team);
  const { exitCode } = await rotate;
  t.equal(exitCode, 0);
  await untilInStep(team, [daemon]);
  t.not(await passwordOf(team), before.password);
  t.equal((await templatesOf(team)) - before.templates, 1, 'one restart');
  const { annotations = {} } = (await team.deployment()).spec.template.metadata;
  t.equal(annotations['lockstep.dev/secret-version'], undefined, 'lockstep restarted nothing');
  await isReported(
    team,
    /^ConsumerRestarted Deployment Reloader restarted it for version 2 of Secret app\.$/,
  );
  await isReported(team, /^RolloutComplete Secret 1 consumer has version 2/);
  const doctor = await shell.run('lockstep doctor running/app');
  t.match(doctor.output, /Deployment\/api: up to date; Reloader restarts it/);
});

t.test('without Reloader a password change rolls back, and says why', async (t) => {
  const team = await aReloadedTeam('away', AUTO, { consumers: { timeout: '1m' } });
  const before = { password: await passwordOf(team), templates: await templatesOf(team) };
  const { output, exitCode } = await shell.run('lockstep rotate away/app');
  t.not(exitCode, 0);
  t.match(output, /Deployment\/api was not restarted by Reloader within 60 seconds/);
  await until('the end of the change', [daemon], async () => {
    const credential = await team.credential();
    return conditionOf(credential, 'Synced') === 'True' && conditionOf(credential, 'Progressing') === 'False';
  });
  t.equal(await passwordOf(team), before.password, 'the Secret has the old password');
  t.equal(await templatesOf(team), before.templates, 'and so have the pods');
  await isReported(
    team,
    /^RolloutStopped Secret Deployment\/api was not restarted by Reloader .*kubectl -n away rollout restart deployment\/api/,
  );
  await cluster.mustRun(['rollout', 'restart', 'deployment/api', '-n', 'away']);
  await untilInStep(team, [daemon]);
  t.equal((await templatesOf(team)) - before.templates, 1, 'that restart is the only one');
});
