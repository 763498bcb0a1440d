import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { connect } from '../../../src/kube/client/connect.ts';
import { readWorkload, restartWorkload } from '../../../src/kube/objects/workloads.ts';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { aManifest, aTeam, fromKey } from '../../helpers/cluster/consumers.ts';
import { until } from '../../testbed/process/until.ts';

// The consumers of a Secret restart after it has changed, with real controllers, and pods that become ready.
const cluster = await aCluster(t, { controllers: true, nodes: 2 });

const JWT = fromKey('JWT_SECRET');
const FILES = [{ name: 'files', secret: { secretName: 'app', items: [{ key: 'JWT_SECRET', path: 'jwt' }] } }];
const PROJECTED = [{ name: 'files', projected: { sources: [{ secret: { name: 'app' } }] } }];
const MOUNTED = { volumeMounts: [{ name: 'files', mountPath: '/files' }] };
const WITH_TLS = { ...JWT, envFrom: [{ secretRef: { name: 'tls', optional: true } }] };

const shop = await aTeam(cluster, 'shop', [
  aManifest('CronJob', 'nightly', JWT),
  aManifest('DaemonSet', 'agent', MOUNTED, {}, PROJECTED),
  aManifest('StatefulSet', 'queue', { envFrom: [{ secretRef: { name: 'app' } }] }, { replicas: 2 }),
  aManifest('Deployment', 'web', MOUNTED, { replicas: 2 }, FILES),
  aManifest('Deployment', 'api', WITH_TLS, { replicas: 2 }),
  aManifest('Deployment', 'csrf', fromKey('CSRF_SECRET')),
]);

const READERS = [
  'restarted Deployment/api',
  'restarted Deployment/web',
  'restarted StatefulSet/queue',
  'restarted DaemonSet/agent',
  'restarted CronJob/nightly',
];

const revisions = async (team: typeof shop): Promise<string> => {
  const path = String.raw`{range .items[*]}{.metadata.name}={.metadata.annotations.deployment\.kubernetes\.io/revision} {end}`;
  return (await team.kubectl(['get', 'deployments', '-o', `jsonpath=${path}`])).trim();
};

t.test('exactly the consumers of the key restart, in order, each healthy before the next', async (t) => {
  const { rollout, events, overlaps } = await shop.drive(await shop.change('JWT_SECRET', 2), {
    crashing: true,
  });
  t.equal(rollout, undefined);
  t.same(events, [...READERS, 'finished 5']);
  t.same(overlaps, []);
  t.same(await shop.stamps(), {
    'Deployment/api': 'app=2',
    'Deployment/web': '2',
    'StatefulSet/queue': '2',
    'DaemonSet/agent': '2',
    'CronJob/nightly': '2',
  });
  t.equal(await revisions(shop), 'api=2 csrf=1 web=2', 'once each, though each step was taken twice');
});

t.test('a second change restarts only the consumers of its key', async (t) => {
  const { events } = await shop.drive(await shop.change('CSRF_SECRET', 3));
  const whole = ['restarted StatefulSet/queue', 'restarted DaemonSet/agent'];
  t.same(events, ['restarted Deployment/csrf', ...whole, 'finished 3']);
  t.match(await shop.stamps(), { 'Deployment/csrf': '3', 'StatefulSet/queue': '3', 'Deployment/web': '2' });
});

t.test('workloads that changed together with the Secret are awaited, and not restarted again', async (t) => {
  const rollout = await shop.change('JWT_SECRET', 4);
  const [{ time } = { time: new Date() }] = rollout.changes;
  // The templates change a second later, as in a release.
  await until('the next second', [], () => Date.now() > time.getTime() + 1000);
  const release = JSON.stringify({ spec: { template: { metadata: { annotations: { release: '2' } } } } });
  for (const name of ['deployment/api', 'statefulset/queue', 'daemonset/agent'])
    await shop.kubectl(['patch', name, '-p', release]);
  await shop.rolledOut();
  const { events, rollout: end } = await shop.drive(rollout);
  t.equal(end, undefined);
  t.same(events, ['restarted Deployment/web', 'restarted CronJob/nightly', 'finished 5']);
  t.match(await shop.stamps(), {
    'Deployment/api': 'app=2',
    'DaemonSet/agent': '3',
    'Deployment/web': '4',
  });
});

t.test(
  'a restart of a workload that has changed is refused, and others have the field manager lockstep',
  async (t) => {
    const api = connect({ kubeconfig: cluster.kubeconfig });
    const read = () => readWorkload(api, 'shop', 'CronJob/nightly');
    const before = await read();
    await shop.kubectl(['annotate', 'cronjob/nightly', 'note=x']);
    if (before === undefined) throw new Error('it was there');
    await t.rejects(restartWorkload(api, before, '9', new Date()), {
      code: 'LOCKSTEP_CLUSTER_CONFLICT',
    });
    const after = await read();
    if (after !== undefined) await restartWorkload(api, after, '9', new Date());
    t.equal((await read())?.versionAnnotation, '9');
    const managers = '{.metadata.managedFields[*].manager}';
    t.match(
      await shop.kubectl(['get', 'cronjob/nightly', '-o', `jsonpath=${managers}`, '--show-managed-fields']),
      /lockstep( |$)/,
    );
  },
);

t.test('a workload that is not rolled out stops the rollout until it is', async (t) => {
  const team = await aTeam(cluster, 'stuck', [
    aManifest('Deployment', 'a', JWT, { progressDeadlineSeconds: 5, replicas: 1 }),
    aManifest('Deployment', 'b', JWT, { replicas: 1 }),
  ]);
  // There is no room for another pod, so the new one can't be created.
  await team.kubectl(['create', 'quota', 'full', '--hard=pods=2']);
  const { rollout: stopped, events } = await team.drive(await team.change('JWT_SECRET', 2));
  t.same(events, ['restarted Deployment/a', 'stopped Deployment/a']);
  t.match(stopped?.stopped?.reason, /^exceeded its progress deadline/);
  t.same(await team.stamps(), { 'Deployment/a': '2' });
  if (stopped === undefined) return;

  const again = await team.drive(stopped);
  t.same([again.rollout, again.events], [stopped, []], 'it stays so, and is told once');

  await team.kubectl(['delete', 'quota', 'full']);
  // Its ReplicaSet retries with backoff. A change of its scale makes it retry at once.
  await team.kubectl(['scale', 'deployment/a', '--replicas=2']);
  await team.rolledOut();
  const healed = await team.drive(stopped);
  t.same(healed.events, ['restarted Deployment/b', 'finished 2']);
  t.same(await team.stamps(), { 'Deployment/a': '2', 'Deployment/b': '2' });
});

t.test('a newer version continues after an earlier rollout has stopped', async (t) => {
  const team = await aTeam(cluster, 'back', [
    aManifest('Deployment', 'a', JWT, { replicas: 1 }),
    aManifest('Deployment', 'b', JWT, { replicas: 1 }),
  ]);
  await team.kubectl(['create', 'quota', 'full', '--hard=pods=2']);
  const { rollout: stopped, events } = await team.drive(await team.change('JWT_SECRET', 2), { timeout: 500 });
  t.same(events, ['restarted Deployment/a', 'stopped Deployment/a']);
  t.match(stopped?.stopped?.reason, /^was not rolled out within/);
  await team.kubectl(['delete', 'quota', 'full']);
  const back = await team.drive(await team.change('JWT_SECRET', 3, stopped));
  t.same(back.events, ['restarted Deployment/a', 'restarted Deployment/b', 'finished 2']);
  t.same(await team.stamps(), { 'Deployment/a': '3', 'Deployment/b': '3' });
});

t.test(
  'paused and OnDelete workloads are annotated and not awaited, and those that opt out are skipped',
  async (t) => {
    const out = aManifest('Deployment', 'out', JWT);
    const team = await aTeam(cluster, 'held', [
      aManifest('Deployment', 'paused', JWT, { paused: true }),
      aManifest('StatefulSet', 'manual', JWT, { updateStrategy: { type: 'OnDelete' } }),
      aManifest('Deployment', 'zero', JWT, { replicas: 0 }),
      { ...out, metadata: { ...out.metadata, annotations: { 'lockstep.dev/restart': 'false' } } },
    ]);
    const { events } = await team.drive(await team.change('JWT_SECRET', 2));
    t.same(events, [
      'passed Deployment/paused',
      'restarted Deployment/zero',
      'passed StatefulSet/manual',
      'finished 1',
    ]);
    t.same(await team.stamps(), {
      'Deployment/paused': '2',
      'Deployment/zero': '2',
      'StatefulSet/manual': '2',
    });
  },
);

t.test('a workload that is deleted while it is awaited does not stop the rollout', async (t) => {
  const team = await aTeam(cluster, 'deleted', [
    aManifest('Deployment', 'a', JWT, { replicas: 1 }),
    aManifest('Deployment', 'b', JWT, { replicas: 1 }),
  ]);
  await team.kubectl(['create', 'quota', 'full', '--hard=pods=2']);
  const isWaiting = { isEnough: () => true };
  const { rollout } = await team.drive(await team.change('JWT_SECRET', 2), isWaiting);
  t.equal(rollout?.current?.workload, 'Deployment/a');
  // The object stays in deletion as long as its finalizer exists.
  await team.kubectl(['patch', 'deployment/a', '-p', '{"metadata":{"finalizers":["example.com/held"]}}']);
  await team.kubectl(['delete', 'deployment/a', '--wait=false', '--cascade=orphan']);
  await team.kubectl(['delete', 'quota', 'full']);
  const rest = rollout && (await team.drive(rollout));
  t.same(rest?.events, ['restarted Deployment/b', 'finished 2']);
  await team.kubectl(['patch', 'deployment/a', '-p', '{"metadata":{"finalizers":null}}']);
});

t.test('a rollout ends in a namespace that is being deleted', async (t) => {
  const team = await aTeam(cluster, 'ending', [
    aManifest('Deployment', 'a', JWT, { replicas: 1 }),
    aManifest('StatefulSet', 'b', JWT, { replicas: 1 }),
  ]);
  const { rollout } = await team.drive(await team.change('JWT_SECRET', 2), { isEnough: () => true });
  await cluster.mustRun(['delete', 'namespace', 'ending', '--wait=false']);
  const end = rollout && (await team.drive(rollout));
  t.equal(end?.rollout, undefined);
});

t.test('a missing right to list or to restart is reported', async (t) => {
  const team = await aTeam(cluster, 'rights', [
    aManifest('Deployment', 'a', JWT),
    aManifest('Deployment', 'b', JWT),
  ]);
  await team.kubectl(['create', 'serviceaccount', 'me']);
  const by = connect({ kubeconfig: await cluster.serviceAccountKubeconfig('rights', 'me') });
  const rollout = await team.change('JWT_SECRET', 2);
  await t.rejects(team.drive(rollout, { by }), {
    code: 'LOCKSTEP_WORKLOADS_FORBIDDEN',
    message: /^this user may not list deployments in namespace rights/,
  });
  const kinds = [
    'deployments.apps',
    'statefulsets.apps',
    'daemonsets.apps',
    'cronjobs.batch',
    'replicasets.apps',
    'controllerrevisions.apps',
  ];
  const may = `--resource=${kinds.join()}`;
  await team.kubectl(['create', 'role', 'reader', '--verb=get,list', may]);
  await team.kubectl(['create', 'rolebinding', 'reader', '--role=reader', '--serviceaccount=rights:me']);
  const { rollout: stopped, events } = await team.drive(rollout, { by });
  t.same(events, ['stopped Deployment/a']);
  t.match(stopped?.stopped?.reason, /can not be restarted: .*this user may not patch it/);
  await team.kubectl(['create', 'role', 'writer', '--verb=patch', '--resource=deployments.apps']);
  await team.kubectl(['create', 'rolebinding', 'writer', '--role=writer', '--serviceaccount=rights:me']);
  await sleep(500);
  const rest = stopped && (await team.drive(stopped, { by }));
  t.same(rest?.events, ['restarted Deployment/a', 'restarted Deployment/b', 'finished 2']);
});
