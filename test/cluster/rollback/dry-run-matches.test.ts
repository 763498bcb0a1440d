import pg from 'pg';
import t, { type Test } from 'tap';
import { aManifest } from '../../helpers/cluster/consumers.ts';
import { aVersionedSecret, type VersionedSecret } from '../../helpers/cluster/versioned-secret.ts';
import { compareDryRun } from '../../helpers/commands/compare-dry-run.ts';
import { aTeam } from '../../helpers/credential/team.ts';
import { aWorld, untilInStep } from '../../helpers/credential/world.ts';
import { aSecretPolicy } from '../../helpers/policy/secret-policy.ts';
import { fc } from '../../helpers/property.ts';
import type { ControllerReplica } from '../../testbed/lockstep/controller.ts';
import { until } from '../../testbed/process/until.ts';

// Compares the plan of a dry run with the real run, on a real API server and a real PostgreSQL server. A controller leads
// in the last tests. It corrects a Secret before the dry run, so the tests of heal: Always run before it starts, and
// without restarts.
const world = await aWorld(t);
const { cluster, postgres } = world;
const { kubeconfig } = cluster;
const RUNS = { numRuns: 10, endOnFailure: true };
const HEALS = ['Always', 'Off'] as const;
const ACTIONS = ['Enforce', 'Warn'] as const;

/** Selected by a label of the namespace. */
await cluster.apply(
  HEALS.flatMap((heal) =>
    [true, false].flatMap((restart) =>
      ACTIONS.map((action) =>
        aSecretPolicy(`h-${heal.toLowerCase()}-r-${restart}-${action.toLowerCase()}`, {
          match: {
            names: ['app'],
            namespaceSelector: { matchLabels: { policy: `${heal}-${restart}-${action}` } },
          },
          action,
          heal,
          restart,
          keys: {
            API_PASSWORD: { sensitive: true, minLength: 8 },
            API_URL: { derive: { template: 'postgresql://app:${API_PASSWORD}@db/app' } },
            TOKEN: { sensitive: true, minLength: 8, generate: { bytes: 32 } },
          },
        }),
      ),
    ),
  ),
);

const policy = fc.record({
  heal: fc.constantFrom(...HEALS),
  restart: fc.boolean(),
  action: fc.constantFrom(...ACTIONS),
});
/** No controller restarts the consumers. */
const policyWithoutRestart = policy.map((one) => ({ ...one, restart: false }));
/** The controller corrects and records nothing before the command. */
const policyOfController = policy.map((one) => ({ ...one, heal: 'Off' }));
const PASSWORDS = ['Vq7mT2xLr9KcW4nB8sZd', 'h3JfPz6RyD1gXw5EuNaQ'];
const urlOf = (password: string): string => `postgresql://app:${password}@db/app`;
const values = fc
  .record(
    {
      API_PASSWORD: fc.constantFrom(...PASSWORDS),
      API_URL: fc.constantFrom(...PASSWORDS.map(urlOf)),
      TOKEN: fc.constantFrom('zW8rTq2LmXv5', 'CHANGE_ME', ''),
      FLAG: fc.constantFrom('on', 'off'),
    },
    { requiredKeys: ['API_PASSWORD'] },
  )
  .map((texts) => texts as Readonly<Record<string, string>>);

const env = (key: string) => ({ env: [{ name: key, valueFrom: { secretKeyRef: { name: 'app', key } } }] });
const CONSUMERS = {
  url: aManifest('Deployment', 'url', env('API_URL')),
  all: aManifest('Deployment', 'all', { envFrom: [{ secretRef: { name: 'app' } }] }),
  flag: aManifest('StatefulSet', 'flag', env('FLAG'), { serviceName: 'flag' }),
  cron: aManifest('CronJob', 'cron', env('API_URL')),
};
const consumers = fc.subarray(Object.keys(CONSUMERS) as (keyof typeof CONSUMERS)[]);

const WRITES = {
  resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['secrets'] }],
};
const OF_APP = [{ name: 'app', expression: "object.metadata.name == 'app'" }];
/** An API server that refuses the write, or reverts it, in namespaces with that label. */
await cluster.apply([...refusing('refused'), ...puttingBack('put-back')]);
let count = 0;
const nextNamespace = (): string => `plan-${++count}`;
const NO_SERVER = { kubeconfig, verifier: async () => '' };

interface Stored {
  readonly values: Readonly<Record<string, string>>;
  readonly kind?: string;
  /** Waits until lockstep has recorded a version. */
  readonly isRecorded: boolean;
  readonly policy: { readonly heal: string; readonly restart: boolean; readonly action: string };
  readonly consumers: readonly (keyof typeof CONSUMERS)[];
}

/** A Secret `app` in its own namespace. */
async function aStored({ values, kind = 'plain', isRecorded, policy, consumers }: Stored) {
  const namespace = nextNamespace();
  const app = await aVersionedSecret(cluster, namespace);
  await labelled(namespace, policy, kind);
  const annotations = {
    ...(kind === 'owned' && { 'reconcile.external-secrets.io/data-hash': '1' }),
    ...(kind === 'generated' && { 'lockstep.dev/generate': 'true' }),
  };
  await app.kubectl(['create', '-f', '-'], {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'app', annotations },
    stringData: values,
    immutable: kind === 'immutable',
  });
  if (isRecorded) await app.recordVersion();
  const items = consumers.map((name) => CONSUMERS[name]);
  if (items.length > 0) await app.kubectl(['apply', '-f', '-'], { apiVersion: 'v1', kind: 'List', items });
  return app;
}

const labelled = (namespace: string, { heal, restart, action }: Stored['policy'], kind: string) =>
  cluster.mustRun(['label', 'namespace', namespace, `policy=${heal}-${restart}-${action}`, `kind=${kind}`]);

/** A rollback of a Secret with several versions. */
const rollbackOf = (policy: fc.Arbitrary<Stored['policy']>) =>
  fc.record({
    policy,
    consumers,
    versions: fc.array(values, { minLength: 2, maxLength: 3 }),
    force: fc.boolean(),
    kind: fc.constantFrom(
      'plain',
      'plain',
      'plain',
      'plain',
      'plain',
      'owned',
      'immutable',
      'refused',
      'put-back',
    ),
  });

const matchesRollback = (t: Test, policy: fc.Arbitrary<Stored['policy']>) =>
  fc.assert(
    fc.asyncProperty(
      rollbackOf(policy),
      async ({ policy: { heal, restart, action }, versions, force, ...rest }) => {
        const namespace = nextNamespace();
        const app = await aVersionedSecret(cluster, namespace);
        for (const texts of versions)
          await app.hold(
            Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, Buffer.from(text)])),
          );
        await labelled(namespace, { heal, restart, action }, rest.kind);
        if (rest.kind === 'owned')
          await app.kubectl(['annotate', 'secret', 'app', 'reconcile.external-secrets.io/data-hash=1']);
        if (rest.kind === 'immutable')
          await app.kubectl(['patch', 'secret', 'app', '-p', '{"immutable":true}']);
        const items = rest.consumers.map((name) => CONSUMERS[name]);
        if (items.length > 0)
          await app.kubectl(['apply', '-f', '-'], { apiVersion: 'v1', kind: 'List', items });
        const args = ['rollback', `${namespace}/app`, '--to', '1', ...(force ? ['--force'] : [])];
        await matches(t, app, args);
      },
    ),
    RUNS,
  );

const healOf = (policy: fc.Arbitrary<Stored['policy']>) =>
  fc.record({
    policy,
    consumers,
    values,
    isRecorded: fc.boolean(),
    kind: fc.constantFrom('plain', 'plain', 'plain', 'owned', 'immutable', 'refused', 'put-back'),
  });

const matchesHeal = (t: Test, policy: fc.Arbitrary<Stored['policy']>) =>
  fc.assert(
    fc.asyncProperty(healOf(policy), async (stored) => {
      const app = await aStored(stored);
      await matches(t, app, ['heal', `${app.place.namespace}/app`], stored.kind);
    }),
    RUNS,
  );

async function matches(
  t: Test,
  { place }: VersionedSecret,
  args: readonly string[],
  kind = '',
): Promise<void> {
  const { plan, deed, printed } = await compareDryRun({ ...NO_SERVER, place }, args);
  t.same(plan, deed, `${kind}\n${printed.join('\n---\n')}`);
}

t.test('rolls back as its dry run predicts', (t) => matchesRollback(t, policyWithoutRestart));

t.test('heals as its dry run predicts, also if the API server refuses or reverts the write', (t) =>
  matchesHeal(t, policyWithoutRestart),
);

const rotation = fc.record({
  policy: policyOfController,
  consumers,
  values,
  isRecorded: fc.constant(true),
  kind: fc.constantFrom('generated', 'generated', 'generated', 'plain'),
});

const verifierOf = (role: string) => async (): Promise<string> => {
  const rows = await postgres.sql(
    `SELECT rolpassword FROM pg_authid WHERE rolname = ${pg.escapeLiteral(role)}`,
  );
  return String(rows[0]?.rolpassword);
};

let leader: ControllerReplica;

t.test('a leader', async () => {
  leader = await world.controllers.lead('leader', { LOCKSTEP_PROPAGATION_SECONDS: '1' });
});

t.test('rolls back and rotates a login with its server as the dry run predicts', async (t) => {
  const situation = fc.record({
    admin: fc.boolean(),
    force: fc.boolean(),
    command: fc.constantFrom('rotate', 'rollback', 'rollback', 'from-secret'),
    restart: fc.boolean(),
    pods: fc.constantFrom(0, 1),
    edit: fc.record({ password: fc.boolean(), flag: fc.boolean() }),
  });
  await fc.assert(
    fc.asyncProperty(situation, async ({ admin, force, command, restart, pods, edit }) => {
      const team = await aTeam(world, nextNamespace(), {
        admin,
        pods,
        spec: { consumers: { restart } },
      });
      const { place } = team;
      const name = `${place.namespace}/app`;
      await untilInStep(team, [leader.daemon]);
      const password = `${PASSWORDS[0]}-${count}`;
      const url = (await team.secret()).DATABASE_URL ?? '';
      const texts = {
        ...(edit.password && {
          POSTGRES_PASSWORD: password,
          DATABASE_URL: url.replace(/:[^:@]*@/, `:${password}@`),
        }),
        ...(edit.flag && { FLAG: 'on' }),
      };
      const last = async () => (await team.record())?.versions.at(-1)?.number;
      const before = await last();
      if (Object.keys(texts).length > 0) {
        await team.edit(texts);
        await until('the edit to be a version', [leader.daemon], async () => (await last()) !== before);
      }
      await untilInStep(team, [leader.daemon]);
      const args = {
        rollback: ['rollback', name, '--to', '1', ...(force ? ['--force'] : [])],
        rotate: ['rotate', name],
        'from-secret': ['rotate', name, '--from-secret'],
      }[command];
      const verifier = verifierOf(team.role);
      const { plan, deed, printed } = await compareDryRun({ place, kubeconfig, verifier }, args);
      t.same(plan, deed, printed.join('\n---\n'));
    }),
    RUNS,
  );
});

t.test('rotates keys as its dry run predicts', async (t) => {
  await fc.assert(
    fc.asyncProperty(rotation, async (stored) => {
      const app = await aStored(stored);
      // The controller generates a missing key without a request, which must not happen during the dry run.
      if (stored.kind === 'generated' && stored.values.TOKEN === undefined)
        await until('the generated key', [leader.daemon], async () => {
          const { versions, pending, rollout } = await app.record();
          const isRecorded = versions.at(-1)?.data?.has('TOKEN') === true;
          return isRecorded && pending === undefined && rollout === undefined;
        });
      await matches(t, app, ['rotate', `${app.place.namespace}/app`, '--key', 'TOKEN'], stored.kind);
    }),
    RUNS,
  );
});

t.test('rolls back and heals with the restarts that the dry run predicts', async (t) => {
  await matchesRollback(t, policyOfController);
  await matchesHeal(t, policyOfController);
  t.equal(await leader.daemon.stop('SIGTERM'), 0);
});

function refusing(kind: string): readonly object[] {
  const spec = {
    matchConstraints: WRITES,
    matchConditions: OF_APP,
    validations: [{ expression: 'false', message: 'no write here', reason: 'Invalid' }],
  };
  return bound('ValidatingAdmissionPolicy', kind, spec, { validationActions: ['Deny'] });
}

/** All keys of a Secret at an earlier time. */
function puttingBack(kind: string): readonly object[] {
  const keys = ['API_PASSWORD', 'API_URL', 'TOKEN', 'FLAG'];
  const patches = keys.map(
    (key) =>
      `('${key}' in oldObject.data ? [JSONPatch{op: "add", path: "/data/${key}", value: oldObject.data.${key}}] : ` +
      `'${key}' in object.data ? [JSONPatch{op: "remove", path: "/data/${key}"}] : [])`,
  );
  const spec = {
    matchConstraints: WRITES,
    matchConditions: OF_APP,
    reinvocationPolicy: 'Never',
    mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: patches.join(' + ') } }],
  };
  return bound('MutatingAdmissionPolicy', kind, spec);
}

function bound(policy: string, kind: string, spec: object, of: object = {}): readonly object[] {
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const matchResources = { namespaceSelector: { matchLabels: { kind } } };
  return [
    { apiVersion, kind: policy, metadata: { name: kind }, spec },
    {
      apiVersion,
      kind: `${policy}Binding`,
      metadata: { name: kind },
      spec: { policyName: kind, matchResources, ...of },
    },
  ];
}
