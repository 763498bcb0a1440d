import t from 'tap';
import { lockstepOn } from '../../helpers/cluster/versioned-secret.ts';
import { deviationsOf, stateBefore } from '../../helpers/credential/deviations.ts';
import { aDisturbedController } from '../../helpers/credential/disturbed-controller.ts';
import { loginChurn } from '../../helpers/credential/login-churn.ts';
import { type Loose, type Team, type TeamCopy, textsOf } from '../../helpers/credential/team.ts';
import { aWorld, conditionOf, messageOf, untilInStep } from '../../helpers/credential/world.ts';
import { until } from '../../testbed/process/until.ts';

// One login in many Secrets, on a real API server and a real PostgreSQL, while clients log in with each of them.
// `ROTATIONS=10` is the proof of a release: it takes more than 20,000 logins.
const ROTATIONS = Number(process.env.ROTATIONS ?? 2);
const CLIENTS = 8;
const world = await aWorld(t);
const { cluster, postgres } = world;
const { controller, team: aTeam } = await aDisturbedController(t, world, {
  LOCKSTEP_PROPAGATION_SECONDS: '2',
});

/** Eleven copies in four namespaces, and with the Secret itself 30 workloads. */
const COPIES: readonly TeamCopy[] = Array.from({ length: 11 }, (_, index) => ({
  namespace: ['many', 'many-a', 'many-b', 'many-c'][index % 4] ?? 'many',
  name: `copy-${index}`,
  readers: index < 7 ? 3 : 2,
}));

/** The same team, as a reader of one copy sees it. */
const asReader = (team: Team, { namespace, name }: TeamCopy): Team => ({
  ...team,
  secret: async () =>
    textsOf((await cluster.request(`/api/v1/namespaces/${namespace}/secrets/${name}`)).json()),
});

t.test(
  'AlternatingUsers: no login fails in 12 Secrets during some changes',
  { timeout: 1_800_000 },
  async (t) => {
    const team = await aTeam('many', { strategy: 'AlternatingUsers', copies: COPIES });
    const ending = new AbortController();
    t.teardown(() => ending.abort());
    const churns = [team, ...COPIES.slice(0, 2).map((copy) => asReader(team, copy))].map((one) =>
      loginChurn(one, postgres, { clients: CLIENTS, maxDelayMs: 1000 }, ending.signal),
    );
    for (let turn = 1; turn <= ROTATIONS; turn += 1) {
      const before = await stateBefore(team);
      await team.requestChange({ kind: 'rotate' });
      await untilInStep(team, [controller.daemon]);
      t.same(
        await deviationsOf(team, postgres, before, { versions: 1, isChanged: true }),
        [],
        `rotation ${turn}`,
      );
    }
    ending.abort();
    const ends = await Promise.all(churns);
    const logins = ends.reduce((sum, end) => sum + end.logins, 0);
    t.comment(`${logins} logins with 3 of 12 Secrets`);
    t.ok(logins > 1000);
    for (const { failures } of ends) t.same([...failures], []);
  },
);

t.test('an edit of a copy is put back, and the source is not changed', async (t) => {
  const team = await aTeam('edited', { copies: [{ namespace: 'edited-copies', name: 'copy', readers: 1 }] });
  const before = await team.secret();
  const patch = JSON.stringify({ stringData: { POSTGRES_PASSWORD: 'a password of nobody 7f3' } });
  await cluster.mustRun(['patch', 'secret', 'copy', '-n', 'edited-copies', '-p', patch]);
  await until('the copy to be put back', [controller.daemon], async () =>
    (await team.copies()).every(({ texts }) => texts.POSTGRES_PASSWORD === before.POSTGRES_PASSWORD),
  );
  t.same(await team.secret(), before);
  await until('an Event', [controller.daemon], async () => {
    const { items } = (await cluster.request('/api/v1/namespaces/edited-copies/events')).json();
    return items.some(({ note, message }: { note?: string; message?: string }) =>
      /this copy has the login of Secret edited\/app again/.test(note ?? message ?? ''),
    );
  });
});

t.test('commands about a copy know its source', async (t) => {
  await aTeam('asked', { copies: [{ namespace: 'asked-copies', name: 'copy', readers: 1 }] });
  const lockstep = lockstepOn(t, cluster.kubeconfig, []);
  const uses = await lockstep('uses', 'asked-copies/copy');
  t.match(uses.stdout, /Deployment\/copy-1 .*lockstep +PostgresCredential app has consumers.restart: true/);
  t.match(uses.stdout, '\nits login follows Secret asked/app\n');
  t.match(
    (await lockstep('uses', 'asked/app')).stdout,
    '\nits login is also in the copies asked-copies/copy, which have readers of their own\n',
  );
  const { copies, copyOf } = JSON.parse((await lockstep('uses', 'asked/app', '-o', 'json')).stdout);
  t.same([copies, copyOf], [[{ namespace: 'asked-copies', name: 'copy' }], null]);
  const doctorOf = async (ref: string): Promise<readonly string[]> => {
    const { stdout } = await lockstep('doctor', ref, '--format', 'json');
    const checks: readonly Loose[] = JSON.parse(stdout).checks;
    return checks
      .filter(({ check }) => check === 'credential' || check === 'copies')
      .map(({ check, outcome, message }) => `${check} ${outcome}: ${message}`);
  };
  t.same(await doctorOf('asked-copies/copy'), [
    'credential ok: it is a copy of Secret asked/app, and follows its PostgresCredential app',
  ]);
  t.same(await doctorOf('asked/app'), [
    'credential ok: PostgresCredential app keeps it in sync with the server',
    'copies ok: all copies agree, and have its login: 1',
  ]);
  const rotate = await lockstep('rotate', 'asked-copies/copy');
  t.equal(rotate.exitCode, 2);
  t.match(
    rotate.stderr,
    /its login follows Secret asked\/app: run lockstep rotate asked\/app, or give --key/,
  );
});

t.test('no change begins while a copy does not agree, and it begins afterwards', async (t) => {
  const copy = { namespace: 'agreeing-copies', name: 'copy', readers: 0 };
  const team = await aTeam('agreeing', { copies: [copy] });
  const before = await team.secret();
  const annotate = (change: string) =>
    cluster.mustRun(['annotate', 'secret', copy.name, '-n', copy.namespace, '--overwrite', change]);
  await annotate('lockstep.dev/copy-of-');
  await team.requestChange({ kind: 'rotate' });
  await until('the refusal', [controller.daemon], async () =>
    /the copy agreeing-copies\/copy does not exist, or has no annotation/.test(
      messageOf(await team.credential(), 'Progressing') ?? '',
    ),
  );
  t.same(await team.secret(), before);
  const doctor = await lockstepOn(t, cluster.kubeconfig, [])('doctor', 'agreeing/app');
  t.equal(doctor.exitCode, 1);
  t.match(doctor.stdout, "no password change begins, because 1 of 1 copy can't follow");
  t.match(doctor.stdout, 'the copy agreeing-copies/copy does not exist, or has no annotation');
  await annotate('lockstep.dev/copy-of=agreeing/app');
  await team.requestChange({ kind: 'rotate' });
  await until('the change', [controller.daemon], async () => {
    const { POSTGRES_PASSWORD } = await team.secret();
    return POSTGRES_PASSWORD !== before.POSTGRES_PASSWORD;
  });
  await untilInStep(team, [controller.daemon]);
  t.equal(conditionOf(await team.credential(), 'Synced'), 'True');
});

t.test('no change begins after a copy is deleted, and the reason names it', async (t) => {
  const copies = [
    { namespace: 'leaving-a', name: 'copy', readers: 0 },
    { namespace: 'leaving-b', name: 'copy', readers: 0 },
  ];
  const team = await aTeam('leaving', { copies });
  const before = await team.secret();
  await cluster.mustRun(['delete', 'secret', 'copy', '-n', 'leaving-b']);
  await team.requestChange({ kind: 'rotate' });
  await until('the end', [controller.daemon], async () =>
    /the copy leaving-b\/copy/.test(messageOf(await team.credential(), 'Progressing') ?? ''),
  );
  t.same(await team.secret(), before);
});
