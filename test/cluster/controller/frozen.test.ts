import { kill } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { anApiProxy, type SeenCall } from '../../helpers/api/api-proxy.ts';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { aSecretPolicy } from '../../helpers/policy/secret-policy.ts';
import { type ControllerReplica, installController } from '../../testbed/lockstep/controller.ts';
import { until } from '../../testbed/process/until.ts';

// A leader that is frozen during its work, and a tenant whose Secrets are the slowest to validate. No webhook answers.
const cluster = await aCluster(t);
const controllers = await installController(cluster);
await cluster.mustRun(['delete', 'mutatingwebhookconfiguration,validatingwebhookconfiguration', 'lockstep']);
await apply(
  aSecretPolicy('app', {
    match: { names: ['app', 'app-*'] },
    keys: { JWT_SECRET: { required: true, sensitive: true, generate: { bytes: 48, encoding: 'base64url' } } },
  }),
);
for (const name of ['shop', 'tenant'])
  await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

async function apply(object: object): Promise<void> {
  await cluster.apply(object, '--server-side');
}

/** A Secret that the controller must complete. */
async function anIncomplete(name: string): Promise<void> {
  const metadata = { name, namespace: 'shop', annotations: { 'lockstep.dev/generate': 'true' } };
  await apply({ apiVersion: 'v1', kind: 'Secret', metadata, stringData: { APP: 'shop' } });
}

async function isComplete(name: string): Promise<boolean> {
  const { json } = await cluster.request(`/api/v1/namespaces/shop/secrets/${name}`);
  return json().data?.JWT_SECRET !== undefined;
}

async function lease(): Promise<{ readonly holderIdentity: string; readonly leaseTransitions: number }> {
  const path = '/apis/coordination.k8s.io/v1/namespaces/lockstep-system/leases/lockstep-controller';
  return (await cluster.request(path)).json().spec;
}

const proxy = await anApiProxy(
  t,
  await cluster.serviceAccountKubeconfig('lockstep-system', 'lockstep-controller'),
);
/** The writes of the first controller, without those of the Lease. */
const writes: string[] = [];
let atCall: ((call: SeenCall) => void) | undefined;
proxy.onCall((call) => {
  if (call.method !== 'GET' && !call.path.includes('/leases')) writes.push(`${call.method} ${call.path}`);
  atCall?.(call);
  return 'pass';
});
const first = await controllers.lead('first', { LOCKSTEP_KUBECONFIG: proxy.kubeconfig });
const second = await controllers.start('second');
const both = [first.daemon, second.daemon];

t.test('a leader that was frozen in the middle of its work writes nothing afterwards', async (t) => {
  await anIncomplete('app');
  await until('the first Secret', both, () => isComplete('app'));
  const frozen = Promise.withResolvers<void>();
  atCall = ({ method, path }) => {
    if (method !== 'GET' || path !== '/api/v1/namespaces/shop/secrets/app-frozen') return;
    atCall = undefined;
    // Before the answer: it waits in the socket when the process continues.
    kill(first.daemon.pid, 'SIGSTOP');
    frozen.resolve();
  };
  await anIncomplete('app-frozen');
  await frozen.promise;
  await until('the second leads', [second.daemon], second.leads);
  await until('its correction', [second.daemon], () => isComplete('app-frozen'));
  // Deleted, so that the first write of the frozen leader causes no conflict.
  await cluster.mustRun(['-n', 'shop', 'delete', 'secret', 'lockstep-record-app-frozen']);
  // Not counted earlier: what it had sent before it was frozen reaches the proxy later.
  const before = writes.length;
  kill(first.daemon.pid, 'SIGCONT');
  await until('the first to have stepped back', both, async () => !(await first.leads()));
  await sleep(3000);
  t.same(writes.slice(before), []);
  t.ok(await second.leads());
});

t.test('the replica that was frozen can lead again', async (t) => {
  t.equal(await second.daemon.stop('SIGTERM'), 0);
  await until('the first leads', [first.daemon], first.leads);
  await anIncomplete('app-later');
  await until('its correction', [first.daemon], () => isComplete('app-later'));
  t.ok(writes.some((write) => write.endsWith('/secrets/app-later')));
});

t.test('the slowest Secrets cost no leadership, and delay no other Secret', async (t) => {
  const third = await controllers.start('third');
  const running: readonly ControllerReplica[] = [first, third];
  const daemons = running.map(({ daemon }) => daemon);
  const values = Array.from({ length: 254 }, (_, index) => [`password${index}`, `cat${'\t'.repeat(4000)}!`]);
  const { status } = await cluster.request('/api/v1/namespaces/tenant/secrets', {
    method: 'POST',
    body: {
      metadata: { name: 'app-slow', annotations: { 'lockstep.dev/generate': 'true' } },
      stringData: { ...Object.fromEntries(values), JWT_SECRET: 'changeme' },
    },
  });
  t.equal(status, 201);
  const before = await lease();
  const lags: number[] = [];
  for (let round = 0; round < 120; round += 1) {
    await cluster.request('/api/v1/namespaces/tenant/secrets/app-slow', {
      method: 'PATCH',
      contentType: 'application/merge-patch+json',
      body: { metadata: { annotations: { round: `${round}` } } },
    });
    if (round % 20 === 10) {
      await anIncomplete(`app-${round}`);
      await until(`the correction of app-${round}`, daemons, () => isComplete(`app-${round}`));
      const lag = /^lockstep_nodejs_eventloop_lag_max_seconds (\S+)$/m.exec(await first.metrics());
      lags.push(Number(lag?.[1]));
    }
    await sleep(300);
  }
  t.comment(`longest delays of the leader's event loop, in seconds: ${lags.join(' ')}`);
  const { holderIdentity, leaseTransitions } = await lease();
  t.equal(holderIdentity, before.holderIdentity);
  t.equal(leaseTransitions, before.leaseTransitions);
  t.same(await Promise.all(running.map((each) => each.leads())), [true, false]);
  t.ok(daemons.every((daemon) => daemon.isRunning()));
  t.match(first.daemon.log(), /"leading"/);
});
