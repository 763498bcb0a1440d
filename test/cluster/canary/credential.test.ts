import t from 'tap';
import { aCanary, canarySearcher } from '../../helpers/canary/canary.ts';
import { keptValues } from '../../helpers/canary/kept-values.ts';
import { lockstep } from '../../helpers/commands/commands.ts';
import { recordActivity } from '../../helpers/credential/activity-recorder.ts';
import { rejectVersions } from '../../helpers/credential/reject-versions.ts';
import { aTeam } from '../../helpers/credential/team.ts';
import { aWorld, conditionOf, untilInStep } from '../../helpers/credential/world.ts';
import { aRedisTeam, REDIS_ADMIN, REDIS_ADMIN_LINE } from '../../helpers/redis/team.ts';
import { until } from '../../testbed/process/until.ts';
import { aRedis } from '../../testbed/redis/redis.ts';

// One server logs every statement, and one records each connection. No old or new password may be in any output.
const LOUD = {
  log_statement: 'all',
  log_min_error_statement: 'debug5',
  log_min_messages: 'debug1',
  log_connections: 'on',
  log_disconnections: 'on',
  log_duration: 'on',
  log_min_duration_statement: '0',
  log_parameter_max_length: '-1',
  log_parameter_max_length_on_error: '-1',
};

const world = await aWorld(t);
const { cluster, postgres, controllers } = world;
const admin = { role: 'boss', password: aCanary(24) };
await postgres.sql(`CREATE ROLE boss SUPERUSER LOGIN PASSWORD '${admin.password}'`);
const pair = await aTeam(world, 'pair', { strategy: 'AlternatingUsers', admin });
const alone = await aTeam(world, 'alone');
const helped = await aTeam(world, 'helped', { admin });
const failing = await aTeam(world, 'failing', { admin, deployment: { progressDeadlineSeconds: 15 } });
// This one keeps the words of each command.
const redis = await aRedis(t, {
  acl: [REDIS_ADMIN_LINE],
  config: ['slowlog-log-slower-than 0', 'slowlog-max-len 100000'],
});
const cached = await aRedisTeam(world, redis, 'cached', { admin: true });
const teams = [pair, alone, helped, failing, cached];
// No server ever accepts these values, so lockstep must not report role, host or database. In `swapped` the password is
// under the key of the user from the beginning; in `turned` from some time on.
const unproven = { user: aCanary(20), database: aCanary(20), host: `c${aCanary(20).toLowerCase()}.invalid` };
const strange = await aTeam(world, 'strange', { admin, pods: 0 });
const swapped = await aTeam(world, 'swapped', { pods: 0 });
const turned = await aTeam(world, 'turned', { admin, pods: 0 });
const away = await aTeam(world, 'away', { pods: 0 });
const uncached = await aRedisTeam(world, redis, 'uncached', { pods: 0 });
await strange.edit({ POSTGRES_USER: unproven.user, POSTGRES_DB: unproven.database });
await away.edit({ POSTGRES_HOST: unproven.host });
const swap = async (team: typeof turned): Promise<void> => {
  const { user, password } = team.kind.keys;
  const { [user]: name = '', [password]: word = '' } = await team.secret();
  await team.edit({ [user]: word, [password]: name });
};
await swap(swapped);
await swap(uncached);
// The passwords that the test itself gave the roles are behind it.
await postgres.restart(LOUD);
const before = postgres.log().length;
await redis.send(['SLOWLOG', 'RESET']);
const redisBefore = redis.log().length;
const eavesdropper = recordActivity(postgres);
const { daemon, metrics } = await controllers.lead('controller', {
  LOCKSTEP_LOG_LEVEL: 'debug',
  LOCKSTEP_PROPAGATION_SECONDS: '1',
});
for (const team of teams) await untilInStep(team, [daemon]);

const statuses: string[] = [];
const reports: string[] = [];
const look = async (): Promise<void> => {
  for (const team of teams) statuses.push(JSON.stringify(await team.credential()));
  statuses.push(await metrics());
};

t.test('completes a rotation, an edit and a rollback', async (t) => {
  for (const team of teams) await team.requestChange({ kind: 'rotate' });
  await look();
  for (const team of teams) await untilInStep(team, [daemon]);
  for (const team of teams) await team.edit({ [team.kind.keys.password]: aCanary(32) });
  for (const team of teams) await untilInStep(team, [daemon]);
  await look();
  for (const team of teams) {
    const { number } = (await team.record())?.versions.at(-2) ?? {};
    await team.requestChange({ kind: 'rollback', to: number ?? 0 });
  }
  for (const team of teams) await untilInStep(team, [daemon]);
  await look();
  t.ok(
    teams.every(({ passwords }) => passwords.size >= 3),
    'they had several passwords',
  );
});

t.test(
  'reports a reverted change, a password that is too short, and a role without a password',
  async (t) => {
    const { number = 0 } = (await failing.record())?.versions.at(-1) ?? {};
    await rejectVersions(cluster, 'failing', number, 1);
    await failing.requestChange({ kind: 'rotate' });
    await until(
      'the change to fail',
      [daemon],
      async () => (await failing.record())?.login?.failed !== undefined,
    );
    await untilInStep(failing, [daemon]);
    await look();
    // Too short for its policy.
    const before = (await helped.record())?.login;
    await helped.edit({ POSTGRES_PASSWORD: aCanary(10) });
    await until('it to come to an end', [daemon], async () => {
      const { rotated, failed } = (await helped.record())?.login ?? {};
      const isRotated = rotated?.getTime() !== before?.rotated?.getTime();
      return isRotated || failed?.time.getTime() !== before?.failed?.time.getTime();
    });
    await untilInStep(helped, [daemon]);
    await look();
    await postgres.sql(`SET log_statement = none; ALTER ROLE ${alone.role} PASSWORD NULL`);
    await alone.requestChange({ kind: 'rotate' });
    await until(
      'it to be told',
      [daemon],
      async () => (await alone.record())?.login?.changeRequest === undefined,
    );
    await look();
    t.ok(alone.passwords.size >= 3, 'what it had is still to be searched for');
  },
);

t.test('never names a login of a Secret that no server has accepted', async (t) => {
  const [password] = turned.passwords;
  await untilInStep(turned, [daemon]);
  await swap(turned);
  const strangers = [strange, swapped, turned, away, uncached];
  const said: string[] = [];
  for (const wish of [
    undefined,
    { kind: 'rotate' },
    { kind: 'from-secret' },
    { kind: 'rollback', to: 1 },
  ] as const)
    for (const team of strangers) {
      if (wish !== undefined && (await team.record())?.login !== undefined) await team.requestChange(wish);
      await until(`${team.place.namespace} to be told of`, [daemon], async () => {
        const { change, changeRequest: wished } = (await team.record())?.login ?? {};
        const credential = await team.credential();
        said.push(JSON.stringify(credential));
        const inStep = conditionOf(credential, 'Synced');
        // lockstep can't reach the server of `away`, so its change waits.
        const isDone = change === undefined && (wished === undefined || team === away);
        return (
          isDone && (wish === undefined ? inStep !== undefined && inStep !== 'True' : inStep !== undefined)
        );
      });
    }
  const values = [
    ...Object.values(unproven),
    ...[swapped, uncached].flatMap(({ passwords, role }) => [...passwords].filter((value) => value !== role)),
    ...(password === undefined ? [] : [password]),
  ];
  t.ok(values.every((value) => value.length >= 20));
  const find = canarySearcher(values);
  t.same(find(said.join('\n')), [], 'statuses');
  t.same(find(daemon.log()), [], 'the log of the controller');
  t.same(find(await metrics()), [], 'metrics');
  const { stdout } = await cluster.mustRun(['get', 'events', '-A', '-o', 'json']);
  t.same(find(stdout), [], 'Events');
  // A report of all logins has the host of each Secret, for a person who may read them.
  const findInReport = canarySearcher(values.filter((value) => value !== unproven.host));
  for (const form of ['text', 'wide', 'json']) {
    const kubeconfig = ['--kubeconfig', cluster.kubeconfig];
    const { stdout, stderr } = await lockstep('audit', '--logins', '--connect', '-o', form, ...kubeconfig);
    t.match(stdout, /app_pair/);
    t.same(findInReport(stdout + stderr), [], form);
    reports.push(stdout, stderr);
  }
  t.match(said.join('\n'), /the role under POSTGRES_USER/, 'it was told in other words');
  t.match(said.join('\n'), /the host in the Secret|the address in the Secret/);
});

t.test('shows no piece of a password in any output', async (t) => {
  await eavesdropper.stop();
  const known = teams.flatMap(({ passwords }) => [...passwords]);
  const { values } = await keptValues(cluster, known);
  const find = canarySearcher([...known, ...values, admin.password, REDIS_ADMIN.password]);
  const list = async (what: string): Promise<string> =>
    (await cluster.mustRun(['get', what, '-A', '-o', 'json'])).stdout;
  const secrets = JSON.parse(await list('secrets')).items;
  const outputs = {
    'the log of the server': postgres.log().slice(before),
    'its sessions': [...eavesdropper.rows].join('\n'),
    'the log of Redis': redis.log().slice(redisBefore),
    'the commands to Redis': JSON.stringify(await redis.send(['SLOWLOG', 'GET', '-1'])),
    'the log of the controller': daemon.log(),
    Events: await list('events'),
    statuses: statuses.join('\n'),
    'the report of all logins': reports.join('\n'),
    'pods and their templates': (await list('deployments')) + (await list('pods')),
    'what the Secrets are marked with': JSON.stringify(
      secrets.map(({ metadata }: { metadata: object }) => metadata),
    ),
    'the audit log': await cluster.auditLog(),
    'the log of the API server': await cluster.apiServerLog(),
  };
  for (const [name, text] of Object.entries(outputs)) {
    t.ok(text.length > 100, `${name} was read`);
    t.same(find(text), [], name);
  }
  t.match(outputs['the log of the server'], /ALTER ROLE|COMMIT/, 'it has logged statements');
  t.match(outputs['the commands to Redis'], /SETUSER/, 'it has kept commands');
  t.match(outputs['its sessions'], /lockstep/, 'lockstep was seen at work');
});
