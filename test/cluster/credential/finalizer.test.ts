import t, { type Test } from 'tap';
import { CHANGE_FINALIZER } from '../../../src/commands/adapters/change-finalizer.ts';
import { ApiStatusError } from '../../../src/kube/client/api-error.ts';
import { connect } from '../../../src/kube/client/connect.ts';
import { anApiProxy } from '../../helpers/api/api-proxy.ts';
import { aCanary } from '../../helpers/canary/canary.ts';
import { canLogIn } from '../../helpers/credential/deviations.ts';
import { stepHooks } from '../../helpers/credential/step-hooks.ts';
import { aTeam, type Team, type TeamOptions } from '../../helpers/credential/team.ts';
import { aWorld, messageOf, untilInStep } from '../../helpers/credential/world.ts';
import { aPgProxy } from '../../helpers/postgres/pg-proxy.ts';
import type { ControllerReplica } from '../../testbed/lockstep/controller.ts';
import { until } from '../../testbed/process/until.ts';

// The leader is killed (SIGKILL) in the middle of a change. The PostgresCredential is deleted before another controller
// leads.
const world = await aWorld(t, {
  apiServerFlags: ['--enable-admission-plugins=OwnerReferencesPermissionEnforcement'],
});
const { cluster, postgres, controllers, kubeconfig } = world;
const api = await anApiProxy(t, kubeconfig);
const ambush = stepHooks(api);
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/lockstep-system/leases';
const MERGE = 'application/merge-patch+json';
const ENV = { LOCKSTEP_KUBECONFIG: api.kubeconfig, LOCKSTEP_PROPAGATION_SECONDS: '0' };

const kubectl = (args: string) => cluster.mustRun(args.split(' '));
const pathOf = ({ place: { namespace } }: Team): string =>
  `/apis/lockstep.dev/v1alpha1/namespaces/${namespace}/postgrescredentials/app`;

/** Deletes the Lease of the killed leader, so that the next one need not wait. */
async function aLeader(t: Test): Promise<ControllerReplica> {
  await cluster.request(LEASES, { method: 'DELETE' });
  const leader = await controllers.start('controller', ENV);
  t.teardown(() => leader.daemon.stop('SIGKILL'));
  await until('a leader', [leader.daemon], leader.leads);
  return leader;
}

/** A team whose leader is killed during that step of a rotation. */
async function abandoned(
  t: Test,
  namespace: string,
  step: string,
  at: TeamOptions['at'] = postgres,
): Promise<Team> {
  const leader = await aLeader(t);
  const team = await aTeam(world, namespace, { pods: 0, at });
  await untilInStep(team, [leader.daemon]);
  t.same((await team.credential()).metadata.finalizers, undefined, 'nothing is under way');
  let isDead = false;
  ambush.at(namespace, step, async () => {
    isDead = true;
    await leader.daemon.stop('SIGKILL');
  });
  await team.requestChange({ kind: 'rotate' });
  await until(`${step} of ${namespace}`, [], () => isDead);
  return team;
}

const isGone = async (team: Team): Promise<boolean> => (await cluster.request(pathOf(team))).status === 404;

async function agrees(t: Test, team: Team): Promise<void> {
  const {
    POSTGRES_USER: role = '',
    POSTGRES_PASSWORD: password = '',
    DATABASE_URL: url = '',
  } = await team.secret();
  t.ok(await canLogIn(postgres, { role, password }), 'the Secret opens the server');
  t.equal(decodeURIComponent(new URL(url).password), password);
  t.equal((await team.record())?.login?.change, undefined, 'no change is under way');
}

for (const [index, step] of [
  'PATCH postgrescredentials/app',
  'record: preflight',
  'record: apply',
  'record: verify',
  'PATCH secrets/app',
  'record: rollout',
].entries())
  t.test(`the deletion waits until the change has ended, after a kill during ${step}`, async (t) => {
    const team = await abandoned(t, `dead-${index}`, step);
    await kubectl(`delete pgcred app -n ${team.place.namespace} --wait=false`);
    if (index > 0) {
      const { metadata } = await team.credential();
      t.same(metadata.finalizers, [CHANGE_FINALIZER]);
      t.ok(metadata.deletionTimestamp);
    }
    const next = await aLeader(t);
    await until('it to be gone', [next.daemon], () => isGone(team));
    await agrees(t, team);
  });

t.test(
  'an edit in the middle ends the change, and is applied to the server before the deletion',
  async (t) => {
    const team = await abandoned(t, 'edited', 'record: verify');
    const password = aCanary(24);
    await team.edit({ POSTGRES_PASSWORD: password });
    await kubectl('delete pgcred app -n edited --wait=false');
    const next = await aLeader(t);
    await until('it to be gone', [next.daemon], () => isGone(team));
    await agrees(t, team);
    t.match(await team.secret(), { POSTGRES_PASSWORD: password });
  },
);

t.test('the deletion waits for nothing after the Secret is deleted too', async (t) => {
  const team = await abandoned(t, 'bare', 'record: verify');
  await kubectl('delete secret app -n bare');
  await kubectl('delete pgcred app -n bare --wait=false');
  const next = await aLeader(t);
  await until('it to be gone', [next.daemon], () => isGone(team));
});

for (const isLed of [false, true])
  t.test(`its namespace is deleted ${isLed ? 'while a controller leads' : 'while none does'}`, async (t) => {
    const namespace = isLed ? 'led' : 'orphan';
    const team = await abandoned(t, namespace, 'record: verify');
    const led = isLed ? await aLeader(t) : undefined;
    await kubectl(`delete namespace ${namespace} --wait=false`);
    if (!isLed)
      await until('the namespace to wait', [], async () => {
        const { text } = await cluster.request(`/api/v1/namespaces/${namespace}`);
        return text.includes(CHANGE_FINALIZER);
      });
    const next = led ?? (await aLeader(t));
    await until('it to be gone', [next.daemon], () => isGone(team));
    await until('the namespace to be gone', [next.daemon], async () => {
      const { status } = await cluster.request(`/api/v1/namespaces/${namespace}`);
      return status === 404;
    });
  });

t.test('a deletion whose server is away is reported, and a person can release it', async (t) => {
  const db = await aPgProxy(t, postgres);
  const team = await abandoned(t, 'away', 'record: verify', db);
  await kubectl('delete pgcred app -n away --wait=false');
  db.refuse(true);
  const next = await aLeader(t);
  await until('the status to say it', [next.daemon], async () =>
    /the PostgresCredential is deleted when this has ended, at \S+Z at the latest; waiting: /.test(
      messageOf(await team.credential(), 'Progressing') ?? '',
    ),
  );
  await next.daemon.stop('SIGTERM');
  const bare = JSON.stringify({ metadata: { finalizers: null } });
  await cluster.mustRun(['patch', 'pgcred', 'app', '-n', 'away', '--type=merge', '-p', bare]);
  t.ok(await isGone(team));
});

t.test(
  'the controller may change only the finalizer, labels and annotations of a PostgresCredential',
  async (t) => {
    const { call } = connect({ kubeconfig });
    const team = await aTeam(world, 'guarded', { pods: 0 });
    const attempt = async (body: object): Promise<string> => {
      try {
        await call({ method: 'PATCH', path: pathOf(team), body, contentType: MERGE });
        return 'let in';
      } catch (error) {
        if (error instanceof ApiStatusError) return `${error.status} ${error.body}`;
        throw error;
      }
    };
    const owner = {
      apiVersion: 'v1',
      kind: 'Secret',
      name: 'app',
      uid: (await team.credential()).metadata.uid,
    };
    const refusal =
      /^403 .*may change labels, annotations and the finalizer lockstep\.dev.change of a PostgresCredential or RedisCredential, and/;
    await until('the guard', [], async () =>
      refusal.test(await attempt({ metadata: { finalizers: ['example.com/other'] } })),
    );
    for (const [body, expected] of [
      [{ metadata: { finalizers: [CHANGE_FINALIZER] } }, /^let in$/],
      [{ metadata: { finalizers: [CHANGE_FINALIZER, 'example.com/other'] } }, refusal],
      [{ metadata: { finalizers: [CHANGE_FINALIZER] }, spec: { history: 7 } }, /^403 /],
      [{ spec: { secretName: 'admin' } }, /^403 /],
      [{ metadata: { labels: { team: 'a' } } }, /^let in$/],
      [{ metadata: { ownerReferences: [owner] } }, /^403 /],
      [{ metadata: { finalizers: null } }, /^let in$/],
    ] as const)
      t.match(await attempt(body), expected, JSON.stringify(body));
    const others = { metadata: { finalizers: ['example.com/other'], labels: { team: 'a' } } };
    await cluster.request(pathOf(team), { method: 'PATCH', body: others, contentType: MERGE });
    t.match(await attempt({ metadata: { finalizers: null } }), refusal);
    // The guard of teams refuses a changed spec as well, and the API server reports only one of the two.
    await kubectl('delete validatingadmissionpolicybinding lockstep-credential-guard');
    await until('the one guard', [], async () => refusal.test(await attempt({ spec: { history: 7 } })));
    t.match(await attempt({ spec: { secretName: 'admin' } }), refusal);
  },
);
