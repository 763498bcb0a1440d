import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { clusterAdapter } from '../../../src/commands/adapters/cluster-adapter.ts';
import { cliContext } from '../../../src/commands/cli/cli-context.ts';
import { reconcileSecret } from '../../../src/controllers/secret/reconciler.ts';
import { withRequestedKeys } from '../../../src/engine/versions/reconcile/requested-rotation.ts';
import { connect } from '../../../src/kube/client/connect.ts';
import { readRecord, writeRecord } from '../../../src/kube/record/records.ts';
import { canarySearcher } from '../../helpers/canary/canary.ts';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { aManifest } from '../../helpers/cluster/consumers.ts';
import { aConsumer, type JwtConsumer, rejectedTokens } from '../../helpers/cluster/jwt-consumers.ts';
import { aLaptopController } from '../../helpers/cluster/laptop-controller.ts';
import { installPolicies, lockstepOn } from '../../helpers/cluster/versioned-secret.ts';
import { reconcilerDeps } from '../../helpers/controllers/reconciler-deps.ts';
import { aPolicy } from '../../helpers/engine/engine.ts';
import { installController } from '../../testbed/lockstep/controller.ts';
import { until } from '../../testbed/process/until.ts';

// Rotation on a real API server, with real tokens: by the reconciler, by a controller on this machine, and by the
// controller with its own rights.
const cluster = await aCluster(t, { controllers: true, nodes: 2 });
const api = connect({ kubeconfig: cluster.kubeconfig });
const SPEC = {
  match: { names: ['app'] },
  restart: true,
  keys: {
    KEY: {
      sensitive: true,
      generate: { bytes: 48, encoding: 'base64url' },
      rotate: { schedule: '0 4 1 1 *', previousKey: 'KEY_BEFORE', gracePeriod: '1h' },
    },
    ONCE: { sensitive: true, generate: { length: 32 }, rotate: { schedule: '0 4 1 1 *' } },
    DB_PASSWORD: { generate: { length: 32 } },
    URL: { derive: { template: 'postgresql://app:${DB_PASSWORD}@db:5432/app' } },
    FOREIGN: {},
  },
};
await installPolicies(cluster, { app: SPEC });
const printed: string[] = [];
const held = new Set<string>();
const lockstep = lockstepOn(t, cluster.kubeconfig, printed);

type Texts = Readonly<Record<string, string>>;

async function aTeam(namespace: string, texts: Texts = {}, annotated = true) {
  await cluster.mustRun(['create', 'namespace', namespace]);
  const annotations = annotated ? { 'lockstep.dev/generate': 'true' } : {};
  const metadata = { name: 'app', namespace, annotations };
  const stringData = { KEY: 'first-key-of-a-secret-that-is-long', ONCE: 'h3JfPz6RyD1gXw5EuNaQ', ...texts };
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata, stringData };
  await cluster.apply(secret);
  const stored = async (): Promise<Texts> => {
    const { data } = (await cluster.request(`/api/v1/namespaces/${namespace}/secrets/app`)).json();
    const texts = Object.entries<string>(data).map(([key, base64]) => [
      key,
      Buffer.from(base64, 'base64').toString('utf8'),
    ]);
    // The scheme of a URL is no secret, and the name of a resource begins like it.
    for (const [, text] of texts) held.add(String(text).replace(/^postgres(?:ql)?:\/\//, ''));
    return Object.fromEntries(texts);
  };
  const wish = async (key: string): Promise<void> => {
    const found = await readRecord(api, { namespace, name: 'app' });
    if (found.kind !== 'read') throw new Error('there is no record');
    const asked = withRequestedKeys(found.record, [key]);
    await writeRecord(api, { namespace, name: 'app' }, asked, found.resourceVersion);
  };
  const versions = async (): Promise<readonly string[]> => {
    const found = await readRecord(api, { namespace, name: 'app' });
    if (found.kind !== 'read') return [];
    return found.record.versions.map(({ why }) => ('step' in why ? why.step : why.kind));
  };
  return { place: { namespace, name: 'app' }, name: `${namespace}/app`, stored, wish, versions };
}

type Team = Awaited<ReturnType<typeof aTeam>>;

/** The reconciler, step by step, with a clock that the test sets. */
function reconciler({ place }: Team, propagation: number) {
  let ahead = 0;
  const policies = [aPolicy('app', { ...SPEC, restart: false })];
  const now = (): Date => new Date(Date.now() + ahead);
  const ports = clusterAdapter({
    cluster: api,
    writer: 'lockstep-controller',
    rolloutTimeout: 60_000,
  });
  const deps = reconcilerDeps(ports, {
    clock: { now },
    policies: { current: () => policies },
    context: { ...cliContext({ cpu: () => 0 }), now },
    settings: { propagation },
  });
  return {
    step: () => reconcileSecret(place, deps),
    pass: (milliseconds: number) => {
      ahead += milliseconds;
    },
  };
}

const HOUR = 60 * 60 * 1000;
const MIN_ROUNDS = 6;

t.test('pods that get a rotation one by one by volumes verify each other’s signatures', async (t) => {
  const team = await aTeam('volumes');
  const { namespace } = team.place;
  const before = await team.stored();
  const lag = 400;
  const consumers = await Promise.all(
    ['a', 'b', 'c', 'd'].map((name) => aConsumer(cluster, namespace, name)),
  );
  // Each pod reads the Secret at its own pace, no later than a kubelet does.
  const ending = new AbortController();
  t.teardown(() => ending.abort());
  const volumes = consumers.map(async ({ read }, index) => {
    while (!ending.signal.aborted) {
      await read();
      await sleep((lag * (index + 1)) / consumers.length);
    }
  });
  const { step, pass } = reconciler(team, 10 * lag);
  await step();
  await team.wish('KEY');
  const wrong: string[] = [];
  let checks = 0;
  const tokens: string[] = [];
  const rounds = async (isThrough: (whys: readonly string[]) => boolean): Promise<void> => {
    // A busy machine does few rounds until the switch.
    while (checks < MIN_ROUNDS || (checks < 1000 && !isThrough(await team.versions()))) {
      await step();
      tokens.push(...(await Promise.all(consumers.map(({ sign }) => sign()))));
      wrong.push(...(await rejectedTokens(consumers)));
      const [old = ''] = tokens;
      for (const one of consumers) if (!(await one.verifies(old))) wrong.push(`${one.name} forgets too soon`);
      checks += 1;
    }
  };
  await rounds(
    (whys) => whys.includes('switched') && whys.includes('introduced') && whys.at(-1) === 'switched',
  );
  const between = await team.stored();
  t.equal(between.KEY_BEFORE, before.KEY);
  t.not(between.KEY, before.KEY);
  for (let turn = 0; turn < 20; turn += 1) {
    wrong.push(...(await rejectedTokens(consumers)));
    await sleep(lag / 10);
  }
  pass(HOUR + 10 * lag);
  await step();
  t.same((await team.versions()).at(-1), 'retired');
  for (let turn = 0; turn < 20; turn += 1) {
    wrong.push(...(await rejectedTokens(consumers)));
    await sleep(lag / 10);
  }
  t.same(wrong, []);
  t.ok(checks < 1000, `${checks} times`);
  t.equal((await team.stored()).KEY_BEFORE, undefined);
  const [first] = consumers as [JwtConsumer];
  t.notOk(await first.verifies(tokens[0] ?? ''), 'what was signed with the old value counts no more');
  ending.abort();
  await Promise.all(volumes);
});

t.test(
  'lockstep rotate needs a controller, which may run on this machine, and keeps the previous key',
  async (t) => {
    const team = await aTeam('alone');
    const env = { env: [{ name: 'KEY', valueFrom: { secretKeyRef: { name: 'app', key: 'KEY' } } }] };
    const reader = { ...aManifest('Deployment', 'api', env), metadata: { name: 'api', namespace: 'alone' } };
    await cluster.apply(reader);
    const before = await team.stored();

    const dry = await lockstep('rotate', team.name, '--dry-run');
    t.match(dry, { exitCode: 0, stderr: '' });
    t.same(dry.stdout.split('\n').slice(0, -1), [
      'Secret alone/app would get new values in 5 steps',
      '1. DB_PASSWORD, URL: a value is generated, for there is none',
      '2. ONCE: the new value takes its place',
      '3. KEY_BEFORE: the next value, before anybody uses it',
      '4. KEY, KEY_BEFORE: the new value takes its place, and the one before stays beside it',
      '   1 workload would be restarted:',
      '     1. Deployment/api (KEY)',
      '5. KEY_BEFORE: the value before is removed, 1h later',
      'nothing was written',
    ]);
    t.same([await team.stored(), await team.versions()], [before, []]);

    t.match(await lockstep('rotate', team.name), {
      exitCode: 2,
      stdout: '',
      stderr:
        /^lockstep: no controller leads in the namespace lockstep-system, so nothing was written; lockstep controller --kubeconfig \S+ starts one, also from this machine\n$/,
    });
    t.same([await team.stored(), await team.versions()], [before, []]);

    const controller = await aLaptopController(t, cluster, '--context', 'testbed');
    const done = await lockstep('rotate', team.name);
    t.match(done, { exitCode: 0, stderr: '' }, done.stdout);
    t.match(
      done.stdout,
      /^the controller rotates KEY, ONCE in Secret alone\/app, also if you do not wait for it$/m,
    );
    t.match(done.stdout, /^version \d, by lockstep-controller: rotated: introduced \(KEY_BEFORE\)$/m);
    t.match(done.stdout, /^version \d, by lockstep-controller: rotated: switched \(KEY, KEY_BEFORE\)$/m);
    t.match(done.stdout, /^the value of KEY before stays in KEY_BEFORE for 1h$/m);
    const after = await team.stored();
    t.equal(after.KEY_BEFORE, before.KEY);
    t.not(after.KEY, before.KEY);
    t.not(after.ONCE, before.ONCE);
    const template = await cluster.kubectl(['get', 'deployment', 'api', '-n', 'alone', '-o', 'yaml']);
    t.match(template.stdout, /lockstep\.dev\/secret-version: "\d"/);
    await controller.stop();
  },
);

t.test('a rotation that is not possible is refused before any write', async (t) => {
  const team = await aTeam('refused', {
    FOREIGN: 'x',
    DB_PASSWORD: 'h3JfPz6RyD1gXw5EuNaQ',
    URL: 'postgresql://a@b/c',
  });
  const bare = await aTeam('bare', {}, false);
  for (const [args, message] of [
    [[bare.name], /kubectl -n bare annotate secret app lockstep\.dev\/generate=true$/m],
    [[team.name, '--key', 'FOREIGN'], /FOREIGN has no generate in its policy/],
    [[team.name, '--key', 'NOWHERE'], /no policy that matches it names the key NOWHERE/],
    [[team.name, '--key', 'DB_PASSWORD'], /DB_PASSWORD is part of a connection URL/],
    [['refused/none'], /there is no Secret refused\/none/],
  ] as const) {
    const { exitCode, stderr, stdout } = await lockstep('rotate', ...args);
    t.match({ exitCode, stderr, stdout }, { exitCode: 2, stderr: message, stdout: '' });
  }
  t.same(await team.versions(), []);
});

t.test('the controller rotates in steps, and every signature can be verified at any moment', async (t) => {
  const controllers = await installController(cluster);
  await cluster.mustRun([
    'delete',
    'mutatingwebhookconfiguration,validatingwebhookconfiguration',
    'lockstep',
  ]);
  const { daemon } = await controllers.lead('controller', { LOCKSTEP_PROPAGATION_SECONDS: '1' });
  const team = await aTeam('led');
  const env = {
    env: ['KEY', 'KEY_BEFORE'].map((key) => ({
      name: key,
      valueFrom: { secretKeyRef: { name: 'app', key, optional: true } },
    })),
  };
  const items = ['api', 'web'].map((name) => aManifest('Deployment', name, env, { replicas: 2 }));
  await cluster.apply(items, '-n', 'led');
  await until('a record', [daemon], async () => (await team.versions()).length > 0);

  // A pod has the data that the Secret had when the pod was created.
  const pods = new Map<string, JwtConsumer>();
  const wrong: string[] = [];
  let checks = 0;
  const uidsNow = async (): Promise<ReadonlySet<string>> => {
    const { items: found } = (await cluster.request('/api/v1/namespaces/led/pods')).json();
    return new Set(found.map(({ metadata }: { metadata: { uid: string } }) => metadata.uid));
  };
  const look = async (): Promise<void> => {
    for (const uid of await uidsNow())
      if (!pods.has(uid)) pods.set(uid, await aConsumer(cluster, 'led', uid));
    // A pod may have been replaced while another one read the Secret.
    const left = await uidsNow();
    for (const uid of pods.keys()) if (!left.has(uid)) pods.delete(uid);
    wrong.push(...(await rejectedTokens([...pods.values()])));
    checks += 1;
  };
  await until('the first pods', [daemon], async () => {
    await look();
    return pods.size === 4;
  });
  const [first] = pods.keys();
  const before = await team.stored();
  let isDone = false;
  const rotated = lockstep('rotate', team.name, '--key', 'KEY').finally(() => {
    isDone = true;
  });
  while (!isDone) await look();
  const { exitCode, stdout } = await rotated;
  t.equal(exitCode, 0, stdout);
  t.match(stdout, /^the controller rotates KEY in Secret led\/app, also if you do not wait for it$/m);
  t.match(
    stdout,
    /by lockstep-controller: rotated: introduced[\s\S]*by lockstep-controller: rotated: switched/,
  );
  t.match(stdout, /stays in KEY_BEFORE for 1h$/m);
  await look();
  t.same(wrong, []);
  t.ok(checks > 5, `${checks} times`);
  t.notOk(pods.has(first ?? ''), 'the pods are others');
  t.equal((await team.stored()).KEY_BEFORE, before.KEY);
  printed.push(daemon.log(), (await cluster.kubectl(['get', 'events', '-A', '-o', 'yaml'])).stdout);
});

t.test('no value, or part of one, was printed, logged or reported', async (t) => {
  const find = canarySearcher([...held].filter((text) => text.length > 8));
  for (const text of printed) t.same(find(text), []);
});
