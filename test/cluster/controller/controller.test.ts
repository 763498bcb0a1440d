import { readFile } from 'node:fs/promises';
import t, { type Test } from 'tap';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { aTeam, base64, NAME, type Team } from '../../helpers/cluster/team.ts';
import { GOOD, STORY, STORY_URL } from '../../helpers/engine/engine.ts';
import type { Cluster } from '../../testbed/cluster/cluster.ts';
import {
  type ControllerReplica,
  type Controllers,
  installController,
} from '../../testbed/lockstep/controller.ts';
import { until } from '../../testbed/process/until.ts';

const cluster = await aCluster(t, { controllers: true });
const controllers: Controllers = await installController(cluster);
await cluster.mustRun(['delete', 'mutatingwebhookconfiguration,validatingwebhookconfiguration', 'lockstep']);

const DRIFTED = { ...STORY, POSTGRES_PASSWORD: GOOD.other, DATABASE_URL: STORY_URL };
const HEALED_URL = STORY_URL.replace(GOOD.password, GOOD.other);
const COUNT = 50;

// The built-in policy, set by an operator to correct all mismatches.
const healing = await readFile('manifests/policies/reconciliation.yaml', 'utf8');
await cluster.apply(healing.replace('heal: Drift', 'heal: Always'));

/** One namespace for each Secret, because the policy matches one name. */
async function driftedTeams(count: number): Promise<readonly Team[]> {
  const teams = await Promise.all(Array.from({ length: count }, () => aTeam(cluster)));
  await Promise.all(teams.map((team) => create(team, DRIFTED)));
  return teams;
}

async function create({ namespace }: Team, values: Readonly<Record<string, string>>): Promise<void> {
  const data = Object.fromEntries(Object.entries(values).map(([key, text]) => [key, base64(text)]));
  const { status, text } = await cluster.request(`/api/v1/namespaces/${namespace}/secrets`, {
    method: 'POST',
    body: { metadata: { name: NAME }, data },
  });
  if (status !== 201) throw new Error(text);
}

const isHealed = async (team: Team): Promise<boolean> =>
  (await team.stored())?.values.DATABASE_URL === HEALED_URL;

async function areHealed(teams: readonly Team[]): Promise<boolean> {
  for (const team of teams) if (!(await isHealed(team))) return false;
  return true;
}

/** The number of writes of each Secret of that name by the controller's account, by namespace. A heal has two. */
async function writesByController({ auditLog }: Cluster): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  // The last line may be half written.
  for (const line of (await auditLog()).split('\n').slice(0, -1)) {
    if (!line.includes('lockstep-controller') || !line.includes(`"name":"${NAME}"`)) continue;
    const { verb, stage, objectRef, user, responseStatus } = JSON.parse(line);
    const isWrite = verb === 'patch' && stage === 'ResponseComplete' && responseStatus.code < 300;
    if (!isWrite || objectRef.resource !== 'secrets' || objectRef.name !== NAME) continue;
    if (user.username !== 'system:serviceaccount:lockstep-system:lockstep-controller') continue;
    counts.set(objectRef.namespace, (counts.get(objectRef.namespace) ?? 0) + 1);
  }
  return counts;
}

/** The number of versions of each Secret that a heal made. */
const healings = (teams: readonly Team[]): Promise<readonly number[]> =>
  Promise.all(
    teams.map(async ({ namespace }) => {
      const path = `/api/v1/namespaces/${namespace}/secrets/lockstep-record-${NAME}`;
      const { data } = (await cluster.request(path)).json();
      const { versions = [] } = JSON.parse(Buffer.from(data?.index ?? 'e30=', 'base64').toString('utf8'));
      return versions.filter(({ why }: { why: { kind?: string } | string }) =>
        JSON.stringify(why).includes('healed'),
      ).length;
    }),
  );

/** The controller has healed each Secret once, although a process was killed while it did so. */
async function eachHealedOnce(t: Test, teams: readonly Team[], { daemon }: ControllerReplica): Promise<void> {
  // The audit log says nothing certain about the call that the kill cut: it may have taken effect and have no entry.
  // The records show how often each Secret was healed.
  for (const count of (await writesByController(cluster)).values()) if (count > 2) t.fail(`${count} writes`);
  await until('fifty settled records', [daemon], async () =>
    (await healings(teams)).every((count) => count > 0),
  );
  t.same(
    await healings(teams),
    teams.map(() => 1),
  );
}

t.test('heal: Always corrects fifty Secrets at the start, each once', async (t) => {
  const teams = await driftedTeams(COUNT);
  const controller = await controllers.start('first');
  await until('fifty healed Secrets', [controller.daemon], () => areHealed(teams));
  // A second write would have happened at this time.
  await until('an empty queue', [controller.daemon], async () =>
    /^lockstep_controller_queue_depth 0$/m.test(await controller.metrics()),
  );
  // The API server writes down a call after its answer.
  await until('fifty audit entries', [controller.daemon], async () => {
    const writes = await writesByController(cluster);
    return teams.every(({ namespace }) => (writes.get(namespace) ?? 0) > 1);
  });
  const writes = await writesByController(cluster);
  t.same(
    teams.map(({ namespace }) => writes.get(namespace)),
    // The values, and the fields that are given back.
    teams.map(() => 2),
  );
  const [team] = teams;
  // The controller writes an Event after the Secret, and waits for neither the answer nor the queue.
  await until('an Event', [controller.daemon], async () => {
    const events = await team?.run(`get events -o jsonpath={.items[*].reason}`);
    return events?.stdout.includes('SecretHealed') === true;
  });
  t.equal(await controller.daemon.stop('SIGTERM'), 0);
  t.notMatch(controller.daemon.log(), GOOD.other);
});

t.test('the next leader continues after the first one was killed, and does nothing twice', async (t) => {
  const one = await controllers.start('killed');
  const two = await controllers.start('next');
  await until('a leader', [one.daemon], one.leads);
  const teams = await driftedTeams(COUNT);
  await until('some healed Secrets', [one.daemon], async () => {
    for (const team of teams) if (await isHealed(team)) return true;
    return false;
  });
  await one.daemon.stop('SIGKILL');
  await until('fifty healed Secrets', [two.daemon], () => areHealed(teams));
  t.ok(await two.leads());
  await eachHealedOnce(t, teams, two);
  t.equal(await two.daemon.stop('SIGTERM'), 0);
});

t.test('the remaining Secrets are healed after a restart of the API server', async (t) => {
  const controller = await controllers.lead('patient');
  const teams = await driftedTeams(COUNT);
  await cluster.restartApiServer();
  await until('fifty healed Secrets', [controller.daemon], () => areHealed(teams));
  await eachHealedOnce(t, teams, controller);
  t.equal(await controller.daemon.stop('SIGTERM'), 0);
});
