import { randomUUID } from 'node:crypto';
import { execa } from 'execa';
import t from 'tap';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { aManifest, aTeam, fromKey } from '../../helpers/cluster/consumers.ts';
import { GOOD } from '../../helpers/engine/engine.ts';
import { aSecretPolicy } from '../../helpers/policy/secret-policy.ts';
import { installController } from '../../testbed/lockstep/controller.ts';
import { entryPoint } from '../../testbed/lockstep/release.ts';
import { until } from '../../testbed/process/until.ts';

// The controller process on a cluster whose workloads have pods.
const cluster = await aCluster(t, { controllers: true, nodes: 2 });
const controllers = await installController(cluster);
await cluster.mustRun(['delete', 'mutatingwebhookconfiguration,validatingwebhookconfiguration', 'lockstep']);
const url = 'postgresql://app:${DB_PASSWORD}@db:5432/app';
await cluster.apply(
  aSecretPolicy('app', {
    match: { names: ['app'] },
    heal: 'Always',
    restart: true,
    keys: {
      JWT_SECRET: { sensitive: true },
      CSRF_SECRET: { sensitive: true },
      DB_PASSWORD: { sensitive: true },
      DATABASE_URL: { derive: { template: url } },
    },
  }),
);
let controller = await controllers.lead('controller');

const JWT = fromKey('JWT_SECRET');
const STRANGER = aManifest('Deployment', 'stranger', fromKey('CSRF_SECRET'));
/** Seconds. A busy machine takes some for a pod, and one test waits for the deadline. */
const DEADLINE = 15;
const READERS = [
  aManifest('Deployment', 'api', JWT, { replicas: 2, progressDeadlineSeconds: DEADLINE }),
  aManifest(
    'Deployment',
    'web',
    { envFrom: [{ secretRef: { name: 'app' } }] },
    { progressDeadlineSeconds: DEADLINE },
  ),
  aManifest('StatefulSet', 'worker', JWT),
  STRANGER,
];

type Team = Awaited<ReturnType<typeof aTeam>>;

async function aTeamAtRest(namespace: string, manifests = READERS): Promise<Team> {
  const team = await aTeam(cluster, namespace, manifests);
  await until(`a record in ${namespace}`, [controller.daemon], async () => (await versions(team)) >= 1);
  return team;
}

interface Index {
  readonly versions: readonly unknown[];
  readonly rollout?: { readonly stopped?: unknown };
}

async function record({ namespace }: Team): Promise<Index | undefined> {
  const path = `/api/v1/namespaces/${namespace}/secrets/lockstep-record-app`;
  const { status, json } = await cluster.request(path);
  if (status !== 200) return undefined;
  return JSON.parse(Buffer.from(json().data.index, 'base64').toString('utf8'));
}

const versions = async (team: Team): Promise<number> => (await record(team))?.versions.length ?? 0;

const change = (team: Team, values: Readonly<Record<string, string>>): Promise<string> =>
  team.kubectl(['patch', 'secret', 'app', '-p', JSON.stringify({ stringData: values })]);

/** The end of the rollout of that version, whatever its result. */
const inStep = (team: Team, count: number): Promise<void> =>
  until(`version ${count} in ${team.namespace}`, [controller.daemon], async () => {
    const found = await record(team);
    return found !== undefined && found.versions.length >= count && found.rollout === undefined;
  });

const value = async (team: Team, key: string): Promise<string> => {
  const base64 = await team.kubectl(['get', 'secret', 'app', '-o', `jsonpath={.data.${key}}`]);
  return Buffer.from(base64, 'base64').toString('utf8');
};

const generations = (team: Team): Promise<string> =>
  team.kubectl([
    'get',
    'deployments,statefulsets',
    '-o',
    'jsonpath={range .items[*]}{.metadata.name}={.metadata.generation} {end}',
  ]);

const events = (team: Team, fields: string): Promise<string> =>
  team.kubectl(['get', 'events', `--field-selector=${fields}`, '-o', 'jsonpath={.items[*].message}']);

t.test(
  'only a changed key restarts its consumers, not an unchanged write or a restart of the controller',
  async (t) => {
    const team = await aTeamAtRest('readers');
    t.same(await team.stamps(), {}, 'nobody is restarted because it is seen for the first time');
    await change(team, { JWT_SECRET: GOOD.key });
    await inStep(team, 2);
    t.same(await team.stamps(), { 'Deployment/api': '2', 'Deployment/web': '2', 'StatefulSet/worker': '2' });
    await team.rolledOut();
    const after = await generations(team);

    await team.kubectl(['label', 'secret', 'app', 'touched=yes']);
    await change(team, { JWT_SECRET: GOOD.key });
    t.equal(await controller.daemon.stop('SIGTERM'), 0);
    controller = await controllers.lead('controller-again');
    await until('a sweep', [controller.daemon], () =>
      controller.daemon.log().includes('full scan completed'),
    );
    await until('an empty queue', [controller.daemon], async () =>
      /^lockstep_controller_queue_depth 0$/m.test(await controller.metrics()),
    );
    t.equal(await generations(team), after);
    t.equal(await versions(team), 2);
  },
);

t.test('an edit and the heal that follows restart each consumer once', async (t) => {
  const team = await aTeamAtRest('healed');
  await change(team, { DB_PASSWORD: GOOD.password });
  await until('a healed URL', [controller.daemon], async () =>
    (await value(team, 'DATABASE_URL')).includes(GOOD.password),
  );
  await inStep(team, 3);
  t.same(await team.stamps(), { 'Deployment/web': '3' });
});

t.test('a consumer that does not become healthy stops the rollout, and rollback restores all', async (t) => {
  const team = await aTeamAtRest('stopped');
  await change(team, { JWT_SECRET: GOOD.refresh });
  await inStep(team, 2);
  await team.rolledOut();
  // No pod can be created any more. A value that the application can't use has the same effect.
  await team.kubectl(['create', 'quota', 'full', '--hard=pods=1']);
  const begun = Date.now();
  await change(team, { JWT_SECRET: GOOD.key });
  await until('a rollout that has stopped', [controller.daemon], async () => {
    return (await record(team))?.rollout?.stopped !== undefined;
  });
  let said = '';
  // The controller writes the Event after the record.
  await until('the Event', [controller.daemon], async () => {
    said = await events(team, 'involvedObject.kind=Secret,reason=RolloutStopped');
    return said !== '';
  });
  t.match(said, /^Deployment\/\w+ .*lockstep rollback/);
  t.notMatch(await team.stamps(), { 'StatefulSet/worker': '3' });
  await team.kubectl(['delete', 'quota', 'full']);
  const { exitCode } = await execa(
    process.execPath,
    [entryPoint(), 'rollback', 'stopped/app', '--to', '2', '--kubeconfig', cluster.kubeconfig],
    { reject: false },
  );
  t.equal(exitCode, 0);
  t.equal(await value(team, 'JWT_SECRET'), GOOD.refresh);
  t.match(await team.stamps(), { 'Deployment/api': '4', 'StatefulSet/worker': '4' });
  t.ok(Date.now() - begun < 5 * 60_000, 'from the fault to mended in five minutes');
});

t.test('a quota that forbids the record is reported at the Secret, and others continue', async (t) => {
  await cluster.mustRun(['create', 'namespace', 'tight']);
  await cluster.mustRun(['-n', 'tight', 'create', 'quota', 'full', '--hard=count/secrets=1']);
  const create = (namespace: string) =>
    cluster.mustRun([
      '-n',
      namespace,
      'create',
      'secret',
      'generic',
      'app',
      `--from-literal=DB_PASSWORD=${GOOD.password}`,
    ]);
  await until('a quota in force', [], async () => {
    const { stdout } = await cluster.kubectl([
      '-n',
      'tight',
      'get',
      'quota',
      'full',
      '-o',
      'jsonpath={.status.used}',
    ]);
    return stdout !== '' && stdout !== '{}';
  });
  await create('tight');
  const said = async (): Promise<string> =>
    (
      await cluster.kubectl([
        ...['-n', 'tight', 'get', 'events', '--field-selector=involvedObject.kind=Secret'],
        ...['-o', 'jsonpath={.items[*].message}'],
      ])
    ).stdout;
  await until('an Event', [controller.daemon], async () => /quota/.test(await said()));
  t.notMatch(await said(), GOOD.password);
  const team = await aTeamAtRest('beside-the-tight-one', [STRANGER]);
  t.equal(await versions(team), 1);
});

t.test(
  'a deleted record is created again without a restart, and an unreadable one is reported',
  async (t) => {
    const team = await aTeamAtRest('records');
    await change(team, { JWT_SECRET: GOOD.key });
    await inStep(team, 2);
    await team.rolledOut();
    const before = await generations(team);
    await team.kubectl(['delete', 'secret', 'lockstep-record-app']);
    await until('a new record', [controller.daemon], async () => (await versions(team)) === 1);
    t.equal(await generations(team), before);
    const index = Buffer.from('{"schema":').toString('base64');
    await team.kubectl(['patch', 'secret', 'lockstep-record-app', '-p', JSON.stringify({ data: { index } })]);
    await change(team, { JWT_SECRET: GOOD.refresh });
    await until('an Event', [controller.daemon], async () =>
      /can't read the record/.test(await events(team, 'reason=RecordUnreadable')),
    );
    t.equal(
      await team.kubectl(['get', 'secret', 'lockstep-record-app', '-o', 'jsonpath={.data.index}']),
      index,
    );
  },
);

t.test('a deleted namespace does not affect the others', async (t) => {
  const team = await aTeamAtRest('going');
  await change(team, { JWT_SECRET: GOOD.key });
  await team.kubectl(['delete', 'namespace', 'going', '--wait=false']);
  const other = await aTeamAtRest('staying', [STRANGER]);
  await change(other, { JWT_SECRET: GOOD.key });
  await inStep(other, 2);
  t.ok(controller.daemon.isRunning());
});

t.test(
  'a Secret whose owner does not exist is left to the garbage collector, and others continue',
  async (t) => {
    await cluster.mustRun(['create', 'namespace', 'orphan']);
    const owner = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      name: 'nowhere',
      uid: randomUUID(),
      controller: true,
    };
    const values = { DB_PASSWORD: GOOD.other, DATABASE_URL: url.replace('${DB_PASSWORD}', GOOD.password) };
    await cluster.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: 'app',
        namespace: 'orphan',
        ownerReferences: [owner],
        finalizers: ['example.com/held'],
      },
      stringData: values,
    });
    const read = async (name: string) =>
      (await cluster.request(`/api/v1/namespaces/orphan/secrets/${name}`)).json();
    await until(
      'the garbage collector',
      [controller.daemon],
      async () => ((await read('app')).metadata.deletionTimestamp ?? '') !== '',
    );
    const { data } = await read('app');
    t.equal(Buffer.from(data.DATABASE_URL, 'base64').toString('utf8'), values.DATABASE_URL);
    await cluster.mustRun([
      '-n',
      'orphan',
      'patch',
      'secret',
      'app',
      '--type=merge',
      '-p',
      '{"metadata":{"finalizers":null}}',
    ]);
    const other = await aTeamAtRest('beside-the-orphan', [STRANGER]);
    await change(other, { JWT_SECRET: GOOD.key });
    await inStep(other, 2);
    t.ok(controller.daemon.isRunning());
  },
);

t.test('missing rights in one namespace are reported, and the others continue', async (t) => {
  const rights = JSON.parse(
    (await cluster.mustRun(['get', 'clusterrole', 'lockstep-controller', '-o', 'json'])).stdout,
  );
  const isOfSecrets = ({ resources }: { resources: string[] }) => resources.includes('secrets');
  const reading = rights.rules.map((rule: { resources: string[] }) =>
    isOfSecrets(rule) ? { ...rule, verbs: ['get', 'list', 'watch'] } : rule,
  );
  await cluster.apply({ ...rights, metadata: { name: 'lockstep-controller' }, rules: reading });
  await cluster.mustRun(['create', 'namespace', 'allowed']);
  await cluster.apply({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'writing-secrets' },
    rules: rights.rules.filter(isOfSecrets),
  });
  await cluster.mustRun([
    ...['-n', 'allowed', 'create', 'rolebinding', 'lockstep', '--clusterrole=writing-secrets'],
    '--serviceaccount=lockstep-system:lockstep-controller',
  ]);
  await cluster.mustRun(['create', 'namespace', 'forbidden']);
  const values = [
    `--from-literal=DB_PASSWORD=${GOOD.other}`,
    `--from-literal=DATABASE_URL=${url.replace('${DB_PASSWORD}', GOOD.password)}`,
  ];
  for (const namespace of ['forbidden', 'allowed'])
    await cluster.mustRun(['-n', namespace, 'create', 'secret', 'generic', 'app', ...values]);
  await until('the healed one', [controller.daemon], async () => {
    const { stdout } = await cluster.kubectl([
      ...['-n', 'allowed', 'get', 'secret', 'app', '-o', 'jsonpath={.data.DATABASE_URL}'],
    ]);
    return Buffer.from(stdout, 'base64').toString('utf8').includes(GOOD.other);
  });
  await until('what is told', [controller.daemon], () => {
    const lines = controller.daemon.log().split('\n');
    return lines.some(
      (line) => line.includes('reconcile failed, retrying') && line.includes('forbidden/app'),
    );
  });
  t.notMatch(controller.daemon.log(), GOOD.other);
});

t.test('the controller ends on SIGTERM', async (t) => {
  t.equal(await controller.daemon.stop('SIGTERM'), 0);
});
