import { join } from 'node:path';
import t from 'tap';
import { aTeam, type Loose, type Team } from '../helpers/credential/team.ts';
import { aWorld, untilInStep } from '../helpers/credential/world.ts';
import { aPageShell } from '../helpers/pages/page-shell.ts';
import { startReloader } from '../testbed/cluster/reloader.ts';
import { until } from '../testbed/process/until.ts';

// Reloader itself, beside the controller, on a real API server and a real PostgreSQL. Reloader needs port 9090, so no
// other file starts it.
const world = await aWorld(t, { host: '127.0.0.3' });
const { cluster, controllers } = world;
const shell = await aPageShell(join(t.testdir(), 'clone'), cluster.kubeconfig);
const { daemon } = await controllers.lead('controller', { LOCKSTEP_PROPAGATION_SECONDS: '1' });

const AUTO = { 'reloader.stakater.com/auto': 'true' };

async function aReloadedTeam(namespace: string): Promise<Team> {
  const team = await aTeam(world, namespace, { pods: 2 });
  const patch = JSON.stringify({ metadata: { annotations: AUTO } });
  await cluster.mustRun(['patch', 'deployment', 'api', '-n', namespace, '-p', patch]);
  await untilInStep(team, [daemon]);
  await until('the pods', [daemon], async () => (await team.deployment()).status?.availableReplicas === 2);
  return team;
}

const templatesOf = async ({ place }: Team): Promise<number> =>
  (await cluster.request(`/apis/apps/v1/namespaces/${place.namespace}/replicasets`)).json().items.length;

const eventsOf = async ({ place }: Team): Promise<readonly string[]> =>
  (await cluster.request(`/api/v1/namespaces/${place.namespace}/events`))
    .json()
    .items.filter(({ reportingComponent }: Loose) => reportingComponent === 'lockstep-controller')
    .map(({ reason, involvedObject, message }: Loose) => `${reason} ${involvedObject.kind} ${message}`);

const isReported = (team: Team, text: RegExp) =>
  until(`an Event ${text}`, [daemon], async () => (await eventsOf(team)).some((event) => text.test(event)));

const variablesOf = ({ spec }: Loose): readonly string[] =>
  spec.template.spec.containers[0].env?.map(({ name }: Loose) => name) ?? [];

const passwordOf = async (team: Team) => (await team.secret()).POSTGRES_PASSWORD;

for (const strategy of ['env-vars', 'annotations'] as const)
  t.test(`a password change with Reloader (${strategy}) restarts each pod once`, async (t) => {
    const team = await aReloadedTeam(`running-${strategy}`);
    const reloader = await startReloader(cluster, [`--reload-strategy=${strategy}`]);
    const before = { password: await passwordOf(team), templates: await templatesOf(team) };
    const { output, exitCode } = await shell.run(`lockstep rotate ${team.place.namespace}/app`);
    t.equal(exitCode, 0, output);
    await untilInStep(team, [daemon, reloader]);
    t.not(await passwordOf(team), before.password);
    t.equal((await templatesOf(team)) - before.templates, 1, 'one restart');
    const deployment = await team.deployment();
    const { annotations = {} } = deployment.spec.template.metadata;
    t.equal(annotations['lockstep.dev/secret-version'], undefined, 'lockstep restarted nothing');
    if (strategy === 'env-vars') t.same(variablesOf(deployment), ['STAKATER_APP_SECRET']);
    else t.match(annotations['reloader.stakater.com/last-reloaded-from'], /"name":"app"/);
    await isReported(
      team,
      /^ConsumerRestarted Deployment Reloader restarted it for version 2 of Secret app\.$/,
    );
    await isReported(team, /^RolloutComplete Secret 1 consumer has version 2/);
    const doctor = await shell.run(`lockstep doctor ${team.place.namespace}/app`);
    t.match(doctor.output, /Deployment\/api: up to date; Reloader restarts it/);
    await reloader.stop();
  });
