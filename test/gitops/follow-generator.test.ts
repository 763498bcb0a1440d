import t, { type Test } from 'tap';
import type { LoginRecord } from '../../src/engine/secret/record/login-record.ts';
import { connect } from '../../src/kube/client/connect.ts';
import { readRecord } from '../../src/kube/record/records.ts';
import { anApiProxy, type Fate } from '../helpers/api/api-proxy.ts';
import { aCanary } from '../helpers/canary/canary.ts';
import type { Manifest } from '../helpers/cluster/kustomize.ts';
import { lockstepOn } from '../helpers/cluster/versioned-secret.ts';
import { canLogIn } from '../helpers/credential/deviations.ts';
import { stepOf } from '../helpers/credential/step-of.ts';
import type { Loose } from '../helpers/credential/team.ts';
import { aWorld, conditionOf, messageOf } from '../helpers/credential/world.ts';
import { fluxOn } from '../helpers/gitops/flux.ts';
import { kustomizeOf } from '../helpers/gitops/kustomize.ts';
import { aTable } from '../helpers/gitops/table.ts';
import { blocksOf, readPage, sectionOf } from '../helpers/pages/pages.ts';
import type { ControllerReplica } from '../testbed/lockstep/controller.ts';
import { until } from '../testbed/process/until.ts';

// G17 of docs/tasks/kustomize.md: kustomize writes the name with its hash into a PostgresCredential, on a real server.
const world = await aWorld(t);
const { cluster, postgres, controllers, kubeconfig } = world;
const builtBy = kustomizeOf(t);
const fluxIn = fluxOn(t, cluster);
const lockstep = lockstepOn(t, cluster.kubeconfig, []);
const api = connect({ kubeconfig: cluster.kubeconfig });
const proxy = await anApiProxy(t, kubeconfig);
const row = aTable(t, ['G17', 'immutable', 'writes', 'writes of an unchanged sync']);

/** A busy machine with a rollout needs more than a minute. */
const FOLLOW_TIMEOUT_MS = 240_000;
const LEASES_PATH = '/apis/coordination.k8s.io/v1/namespaces/lockstep-system/leases';
let controller: ControllerReplica | undefined;
t.teardown(async () => controller?.daemon.stop());

/** Another process leads from now on, and knows nothing of the one before. */
async function restart(): Promise<void> {
  await controller?.daemon.stop('SIGKILL');
  await cluster.request(LEASES_PATH, { method: 'DELETE' });
  proxy.onCall(() => 'pass');
  const env = { LOCKSTEP_KUBECONFIG: proxy.kubeconfig, LOCKSTEP_PROPAGATION_SECONDS: '0' };
  controller = await controllers.start('controller', env);
}
await restart();

/** The snippets of the page. */
const [REFERENCES, CONFIGURATIONS] = blocksOf(
  sectionOf(await readPage('docs/tasks/kustomize.md'), '### With a hash'),
).map(({ text }) => text);

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
spec:
  selector: { matchLabels: { app: api } }
  template:
    metadata: { labels: { app: api } }
    spec:
      nodeName: node-1
      terminationGracePeriodSeconds: 0
      containers: [{ name: api, image: api, envFrom: [{ secretRef: { name: app } }] }]
`;

const credential = (strategy: string) => `apiVersion: lockstep.dev/v1alpha1
kind: PostgresCredential
metadata:
  name: app
spec:
  secretName: app
  adminSecretName: admin
  server: { host: ${postgres.host}, port: ${postgres.port} }
  rotation: { strategy: ${strategy} }
`;

interface Git {
  readonly password: string;
  readonly greeting?: string;
}

/** A tree of Git, and its namespace with a login that the server has. */
interface Case {
  readonly namespace: string;
  readonly role: string;
  readonly first: Git;
  build(git: Git): Promise<{ readonly name: string; readonly objects: readonly Manifest[] }>;
  /** Syncs, and waits until Secret and server agree. */
  sync(git: Git): Promise<{ readonly name: string; readonly writes: number }>;
  login(name: string): Promise<LoginRecord | undefined>;
  opens(password: string): Promise<boolean>;
  remove(name: string): Promise<void>;
}

let cases = 0;
async function aCase(t: Test, immutable: boolean, strategy = 'SingleUser'): Promise<Case> {
  cases += 1;
  const namespace = `g17-${cases}`;
  const role = `g17_${cases}`;
  const first = { password: aCanary(24) };
  await postgres.sql(`CREATE ROLE ${role} LOGIN PASSWORD '${first.password}'`);
  await cluster.mustRun(['create', 'namespace', namespace]);
  const admin = ['POSTGRES_USER', 'POSTGRES_PASSWORD'].map(
    (key, index) => `--from-literal=${key}=${[postgres.superuser.role, postgres.superuser.password][index]}`,
  );
  await cluster.mustRun(['-n', namespace, 'create', 'secret', 'generic', 'admin', ...admin]);
  const flux = fluxIn(namespace);
  const build: Case['build'] = async ({ password, greeting = 'hello' }) => {
    const login = { POSTGRES_USER: role, POSTGRES_PASSWORD: password, POSTGRES_DB: 'app' };
    const server = { POSTGRES_HOST: postgres.host, POSTGRES_PORT: postgres.port, GREETING: greeting };
    const objects = await builtBy({
      'kustomization.yaml': `secretGenerator: [{ name: app, envs: [app.env] }]
generatorOptions: { immutable: ${immutable} }
resources: [credential.yaml, api.yaml]
${CONFIGURATIONS}`,
      'lockstep.yaml': REFERENCES ?? '',
      'app.env': Object.entries({ ...login, ...server })
        .map(([key, text]) => `${key}=${text}\n`)
        .join(''),
      'credential.yaml': credential(strategy),
      'api.yaml': DEPLOYMENT,
    });
    const name = objects.find(({ kind }) => kind === 'Secret')?.metadata.name ?? '';
    return { name, objects };
  };
  const login = async (name: string): Promise<LoginRecord | undefined> => {
    const found = await readRecord(api, { namespace, name });
    return found.kind === 'read' ? found.record.login : undefined;
  };
  const one: Case = {
    namespace,
    role,
    first,
    build,
    login,
    sync: async (git) => {
      const { name, objects } = await build(git);
      const { writes, error } = await flux.sync(objects);
      t.equal(error, undefined);
      await untilFollowed(one, name, git.password);
      return { name, writes };
    },
    opens: (password) => canLogIn(postgres, { role, password }),
    remove: async (name) => {
      await cluster.mustRun(['-n', namespace, 'delete', 'secret', name]);
    },
  };
  return one;
}

const credentialOf = async ({ namespace }: Case): Promise<Loose> =>
  (
    await cluster.request(`/apis/lockstep.dev/v1alpha1/namespaces/${namespace}/postgrescredentials/app`)
  ).json();

const untilFollowed = (one: Case, name: string, password: string): Promise<void> =>
  until(
    `${one.namespace} to follow ${name}`,
    controller === undefined ? [] : [controller.daemon],
    async () => {
      const [login, stored] = [await one.login(name), await credentialOf(one)];
      const hasIt = login?.current?.password.withPlaintext(({ text }) => text === password) === true;
      return (
        hasIt &&
        login?.change === undefined &&
        login?.movedFrom === undefined &&
        conditionOf(stored, 'Synced') === 'True'
      );
    },
    FOLLOW_TIMEOUT_MS,
  );

t.test('G17: a namePrefix and a merged generator reach the PostgresCredential', async (t) => {
  const files = {
    'base/kustomization.yaml': `secretGenerator: [{ name: app, literals: [POSTGRES_USER=shop, POSTGRES_PASSWORD=a] }]
resources: [credential.yaml]
${CONFIGURATIONS}`,
    'base/lockstep.yaml': REFERENCES ?? '',
    'base/credential.yaml': credential('SingleUser'),
    'prod/kustomization.yaml': `namePrefix: prod-
resources: [../base]
secretGenerator: [{ name: app, behavior: merge, literals: [POSTGRES_PASSWORD=b] }]
`,
  };
  const objects = await builtBy(files, 'prod');
  const [secret, stored] = ['Secret', 'PostgresCredential'].map((kind) =>
    objects.find((object) => object.kind === kind),
  );
  t.match(secret?.metadata.name, /^prod-app-[a-z0-9]{10}$/);
  t.equal(stored?.spec.secretName, secret?.metadata.name);
});

for (const immutable of [true, false]) {
  t.test(`G17: immutable: ${immutable}: a new name is an edit, a rollback and a prune too`, async (t) => {
    const one = await aCase(t, immutable);
    const { name: first } = await one.sync(one.first);
    const password = aCanary(24);
    const second = await one.sync({ password });
    t.not(second.name, first);
    t.ok(await one.opens(password));
    t.notOk(await one.opens(one.first.password));
    t.equal(await one.login(first), undefined, 'one record has the login');
    const { objects } = await one.build({ password });
    const unchanged = await fluxIn(one.namespace).sync(objects);
    t.equal(unchanged.writes, 0);
    row('a new password', String(immutable), second.writes, unchanged.writes);

    await one.remove(first);
    t.equal((await one.sync(one.first)).name, first, 'a rollback in Git makes the pruned Secret again');
    t.ok(await one.opens(one.first.password));
    t.equal((await one.sync({ password })).name, second.name, 'and forth, with both names');
    t.ok(await one.opens(password));
    const other = await one.sync({ password, greeting: 'good day' });
    row('another key', String(immutable), other.writes, 0);
    t.equal((await one.login(other.name))?.failed, undefined);
    t.ok(await one.opens(password), 'another key leaves the server as it is');
  });

  t.test(`G17: immutable: ${immutable}: a crash at each write between two names`, async (t) => {
    const one = await aCase(t, immutable);
    let { name: before } = await one.sync(one.first);
    // The new record, the login in it, the record before without it, the login without its origin.
    const crashes = [1, 2, 3, 4].flatMap((at) =>
      (['cut-before', 'cut-after'] as const).map((fate) => [at, fate] as const),
    );
    for (const [at, fate] of crashes) {
      let writes = 0;
      proxy.onCall((call) => {
        const step = stepOf(call);
        if (step?.namespace !== one.namespace || !step.name.startsWith('record: ')) return 'pass';
        writes += 1;
        return writes < at ? 'pass' : writes === at ? fate : 'cut-before';
      });
      const git = { password: aCanary(24) };
      const { name, objects } = await one.build(git);
      await fluxIn(one.namespace).sync(objects);
      await until(`write ${at} in ${one.namespace}`, [], async () => writes >= at);
      await restart();
      await untilFollowed(one, name, git.password);
      t.ok(await one.opens(git.password), `${at} ${fate}`);
      t.equal(await one.login(before), undefined, `${at} ${fate}`);
      before = name;
    }
  });
}

t.test('G17: an immutable Secret is not rotated, and the reason is said', async (t) => {
  const one = await aCase(t, true);
  const { name } = await one.sync(one.first);
  const { exitCode, stdout, stderr } = await lockstep('rotate', `${one.namespace}/${name}`);
  t.not(exitCode, 0);
  t.match(stdout + stderr, /immutable/);
  t.ok(await one.opens(one.first.password));
  const doctor = await lockstep('doctor', `${one.namespace}/${name}`);
  t.comment(doctor.stdout);
  t.comment(stdout + stderr);
  t.match(messageOf(await credentialOf(one), 'Ready'), /./);
});

for (const strategy of ['SingleUser', 'AlternatingUsers'])
  t.test(`G17: ${strategy}: a new name in the middle of a rotation`, async (t) => {
    for (const phase of ['apply', 'publish', 'rollout', 'finalize']) {
      const one = await aCase(t, false, strategy);
      const { name: first } = await one.sync(one.first);
      const git = { password: aCanary(24) };
      const { objects, name } = await one.build(git);
      let isSynced = false;
      proxy.onCall(async (call): Promise<Fate> => {
        const step = stepOf(call);
        if (step?.namespace !== one.namespace || isSynced) return 'pass';
        if (step.name.split(',')[0] !== `record: ${phase}`) return 'pass';
        isSynced = true;
        await fluxIn(one.namespace).sync(objects);
        return 'pass';
      });
      const rotated = lockstep('rotate', `${one.namespace}/${first}`);
      await until(`the sync in ${phase}`, [], async () => isSynced);
      await untilFollowed(one, name, git.password);
      const { stdout, stderr } = await rotated;
      // It may have ended before the controller sees the new name.
      t.match(stdout + stderr, /has got another login since the request|have the password of version/, phase);
      const stored = (await cluster.request(`/api/v1/namespaces/${one.namespace}/secrets/${name}`)).json();
      const [role = '', password = ''] = ['POSTGRES_USER', 'POSTGRES_PASSWORD'].map((key) =>
        Buffer.from(stored.data[key], 'base64').toString(),
      );
      t.equal(password, git.password, phase);
      t.ok(await canLogIn(postgres, { role, password }), phase);
      t.equal(await one.login(first), undefined, phase);
    }
  });
