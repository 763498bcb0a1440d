import t from 'tap';
import { connect } from '../../../src/kube/client/connect.ts';
import { readWorkloads } from '../../../src/kube/objects/workloads.ts';
import { mergePatch, stolenToken } from '../../helpers/api/stolen-token.ts';
import { installRollouts, playArgo, ROLLOUTS } from '../../helpers/cluster/argo.ts';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { aManifest, aTeam, fromKey } from '../../helpers/cluster/consumers.ts';
import type { Loose } from '../../helpers/cluster/kustomize.ts';
import { until } from '../../testbed/process/until.ts';

// Rollouts of Argo, by their real CRD. This test plays the part of Argo's controller by writes of the status.
const cluster = await aCluster(t, { controllers: true, nodes: 1 });
const JWT = fromKey('JWT_SECRET');

const aRollout = (name: string, spec: object = {}): object => ({
  ...aManifest('Rollout', name, JWT, { replicas: 2, strategy: { canary: {} }, ...spec }),
  apiVersion: 'argoproj.io/v1alpha1',
});

const { api: controller, errorMessage } = await stolenToken(cluster, 'lockstep-controller');

t.test('without the CRD, a user without a right to Rollouts reads the other workloads', async (t) => {
  await cluster.mustRun(['create', 'serviceaccount', 'reader']);
  for (const args of [
    'create clusterrole reader --verb=list --resource=deployments,statefulsets,daemonsets,cronjobs',
    'create clusterrolebinding reader --clusterrole=reader --serviceaccount=default:reader',
  ])
    await cluster.mustRun(args.split(' '));
  const reader = connect({ kubeconfig: await cluster.serviceAccountKubeconfig('default', 'reader') });
  await until('the right', [], () =>
    readWorkloads(reader, 'default').then(
      () => true,
      () => false,
    ),
  );
  t.same(await readWorkloads(reader, 'default'), []);
  t.same(await readWorkloads(controller, 'default'), []);

  await installRollouts(cluster);
  await t.rejects(readWorkloads(reader, 'default'), {
    code: 'LOCKSTEP_WORKLOADS_FORBIDDEN',
    message: /list rollouts in namespace default/,
  });
  t.same(await readWorkloads(controller, 'default'), []);
});

t.test('restarts a Rollout by spec.restartAt, once for each version, and waits for it', async (t) => {
  playArgo(t, cluster);
  const team = await aTeam(cluster, 'argo', [
    aManifest('Deployment', 'api', JWT, { replicas: 1 }),
    aManifest('StatefulSet', 'queue', JWT, { replicas: 1 }),
    aRollout('web'),
    aRollout('paused'),
    aRollout('other', { template: { spec: { containers: [{ name: 'main', image: 'main' }] } } }),
    {
      ...aRollout('opted-out'),
      metadata: { name: 'opted-out', annotations: { 'lockstep.dev/restart': 'false' } },
    },
    // A Deployment that only holds the template of a Rollout.
    aManifest('Deployment', 'template', JWT, { replicas: 0 }),
    {
      ...aRollout('by-reference'),
      spec: { replicas: 2, workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'template' } },
    },
  ]);
  const { rollout, events, overlaps } = await team.drive(await team.change('JWT_SECRET', 2), {
    crashing: true,
    by: controller,
  });
  t.equal(rollout, undefined);
  t.same(overlaps, []);
  t.same(events, [
    'restarted Deployment/api',
    'restarted Rollout/by-reference',
    'restarted Rollout/paused',
    'restarted Rollout/web',
    'restarted StatefulSet/queue',
    'finished 5',
  ]);
  const all = (await cluster.request(ROLLOUTS)).json().items as Loose[];
  for (const { metadata, spec, status } of all) {
    const isRestarted = ['by-reference', 'paused', 'web'].includes(metadata.name);
    t.equal(metadata.generation, isRestarted ? 2 : 1, `${metadata.name} is restarted once`);
    t.equal(spec.restartAt !== undefined, isRestarted, metadata.name);
    t.equal(status.restartedAt, spec.restartAt, metadata.name);
    t.equal(metadata.annotations?.['lockstep.dev/secret-version'], isRestarted ? '2' : undefined);
    t.equal(spec.template?.metadata?.annotations, undefined, 'a change of the template begins a canary');
  }
  const { stdout } = await cluster.kubectl('get deployment template -n argo -o json'.split(' '));
  t.equal(JSON.parse(stdout).metadata.generation, 1);

  const again = await team.drive(await team.change('JWT_SECRET', 3), { by: controller });
  t.match(again.events, ['restarted Deployment/api', 'restarted Rollout/by-reference']);
  t.match(await team.stamps(), { 'Rollout/web': '3', 'Rollout/paused': '3' });
});

t.test('does not restart a Rollout whose pods are younger than the change', async (t) => {
  playArgo(t, cluster);
  const team = await aTeam(cluster, 'young', [aRollout('web'), aRollout('nothing', { replicas: 0 })]);
  const change = await team.change('JWT_SECRET', 2);
  await until('the next second', [], () => Date.now() > (change.changes[0]?.time.getTime() ?? 0) + 1500);
  // A person has restarted it, and its ReplicaSet is known.
  const { stdout } = await cluster.kubectl('get rollout web -n young -o json'.split(' '));
  const { uid } = JSON.parse(stdout).metadata;
  const labels = { app: 'rollout-web' };
  const revision = { 'rollout.argoproj.io/revision': '1' };
  await team.kubectl(['apply', '-f', '-'], {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: 'web-1',
      labels,
      annotations: revision,
      ownerReferences: [
        { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'web', uid, controller: true },
      ],
    },
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'main' }] } },
    },
  });
  const patch = { metadata: { annotations: revision }, spec: { restartAt: new Date().toISOString() } };
  await team.kubectl(['patch', 'rollout', 'web', '--type=merge', '-p', JSON.stringify(patch)]);
  await team.rolledOut();
  const { events } = await team.drive(change, { by: controller });
  t.same(events, ['restarted Rollout/nothing', 'finished 2']);
  t.same(await team.stamps(), { 'Rollout/nothing': '2' });
});

t.test('stops at a Rollout that does not become healthy', async (t) => {
  playArgo(t, cluster);
  const team = await aTeam(cluster, 'stopped', [aManifest('StatefulSet', 'queue', JWT, { replicas: 0 })]);
  await team.kubectl(['apply', '-f', '-'], aRollout('stuck'));
  const { rollout, events } = await team.drive(await team.change('JWT_SECRET', 2), {
    by: controller,
    timeout: 1500,
  });
  t.match(rollout?.stopped, {
    workload: 'Rollout/stuck',
    reason: /not healthy after|its controller has not seen/,
  });
  t.same(events, ['restarted Rollout/stuck', 'stopped Rollout/stuck']);
});

t.test("the controller's account may change nothing else of a Rollout", async (t) => {
  const path = '/apis/argoproj.io/v1alpha1/namespaces/argo/rollouts/web';
  const said = (body: object, where = path) => errorMessage(mergePatch(where, body));
  const image = { template: { spec: { containers: [{ name: 'main', image: 'another' }] } } };
  await until('the guard', [], async () => (await said({ spec: image })) !== '');
  for (const spec of [image, { replicas: 9 }, { workloadRef: { name: 'a' } }, { paused: true }])
    t.match(await said({ spec }), /and nothing else of it; this changes more in: spec/);
  t.match(await said({ metadata: { finalizers: ['example.com/never'] } }), /changes more in: metadata/);
  t.equal(await said({ spec: { restartAt: '2026-11-25T10:00:00Z' } }), '');
  t.match(await said({ status: { phase: 'Healthy' } }, `${path}/status`), /forbidden/i);
});
