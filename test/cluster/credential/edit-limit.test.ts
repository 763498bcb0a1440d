import t from 'tap';
import { aCanary } from '../../helpers/canary/canary.ts';
import { aTeam, type Team } from '../../helpers/credential/team.ts';
import { aWorld, untilInStep } from '../../helpers/credential/world.ts';
import { until } from '../../testbed/process/until.ts';

// A user edits the login in a Secret again and again, as fast as the API server takes it. Every write counts: of the
// Secret, its record, its PostgresCredential and its workloads.
const world = await aWorld(t);
const { cluster, controllers } = world;

const EDITS = 75;

interface StoredKey {
  /** The number of writes of this object since its creation. */
  readonly version: string;
}

/** The writes of all objects of the namespace under this prefix in etcd. */
async function writesUnder(prefix: string): Promise<number> {
  const response = await fetch(`${cluster.etcdUrl}/v3/kv/range`, {
    method: 'POST',
    body: JSON.stringify({
      key: Buffer.from(prefix).toString('base64'),
      range_end: Buffer.from(`${prefix.slice(0, -1)}0`).toString('base64'),
      keys_only: true,
    }),
  });
  const { kvs = [] } = (await response.json()) as { readonly kvs?: readonly StoredKey[] };
  return kvs.reduce((sum, { version }) => sum + Number(version), 0);
}

async function writesOf({ place: { namespace } }: Team): Promise<number> {
  const counts = await Promise.all(
    ['secrets', 'lockstep.dev/postgrescredentials', 'deployments', 'events'].map((resource) =>
      writesUnder(`/registry/${resource}/${namespace}/`),
    ),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

async function eventsOf({ place: { namespace } }: Team): Promise<readonly string[]> {
  const path = `/apis/events.k8s.io/v1/namespaces/${namespace}/events`;
  const { items } = (await cluster.request(path)).json();
  return items
    .filter(({ regarding }: { readonly regarding: { readonly kind: string } }) => regarding.kind === 'Secret')
    .map(({ reason }: { readonly reason: string }) => reason);
}

t.test('many edits in a row cost a bounded number of writes, and the last one counts', async (t) => {
  const controller = await controllers.start('leads');
  const team = await aTeam(world, 'restless', { admin: true });
  await untilInStep(team, [controller.daemon]);
  const before = await writesOf(team);
  const begun = performance.now();
  let password = '';
  for (let edit = 0; edit < EDITS; edit += 1) {
    password = aCanary(24);
    await team.edit({ POSTGRES_PASSWORD: password });
  }
  const minutes = (performance.now() - begun) / 60_000;
  const status = async () => (await team.credential()).status;
  await until('the wait to be said', [controller.daemon], async () =>
    (await status())?.conditions?.some(({ reason }: { readonly reason: string }) => reason === 'Delayed'),
  );
  t.match(await status(), { waitingFor: /edited too often/, reason: /edited more than three times within/ });
  await untilInStep(team, [controller.daemon]);
  t.equal((await team.secret()).POSTGRES_PASSWORD, password, 'the last edit counts');
  const writes = (await writesOf(team)) - before - EDITS;
  t.comment(`${EDITS} edits in ${(minutes * 60).toFixed(1)} s: ${writes} writes of lockstep`);
  const changes = 3 * (Math.ceil(minutes) + 1);
  t.ok(writes <= EDITS + 25 * changes, `${writes} writes: a version for each edit, and ${changes} changes`);
  const events = await eventsOf(team);
  t.equal(events.filter((reason) => reason === 'PasswordChangeDelayed').length, 1, 'said once');
  t.notOk(events.includes('Diverged'));
  t.equal(await controller.daemon.stop('SIGTERM'), 0);
});
