import t from 'tap';
import {
  type DenialResponse,
  startLeakyWebhook,
  type WebhookRequest,
} from '../../helpers/api/leaky-webhook.ts';
import { readableObjects } from '../../helpers/api/readable-objects.ts';
import { canarySearcher, findCanaries } from '../../helpers/canary/canary.ts';
import { canaryTeams, urlOf } from '../../helpers/canary/canary-teams.ts';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { installController } from '../../testbed/lockstep/controller.ts';
import type { Daemon } from '../../testbed/process/daemon.ts';
import { until } from '../../testbed/process/until.ts';

// Other webhooks and policies deny the writes of the controller and the commands, and quote all of them. The API server
// logs these messages. lockstep must repeat none of them.
const cluster = await aCluster(t, { controllers: true, nodes: 1 });
const daemons: Daemon[] = [];
const {
  values,
  printed,
  secret,
  kubectl,
  put,
  install,
  aTeam,
  aReader,
  change,
  indexOf,
  onCluster,
  collect,
} = canaryTeams(cluster, daemons);
const controllers = await installController(cluster);
await kubectl('delete', 'mutatingwebhookconfiguration,validatingwebhookconfiguration', 'lockstep');
await install();
const CONTROLLER = 'system:serviceaccount:lockstep-system:lockstep-controller';

const OWNED = {
  labels: { 'reconcile.external-secrets.io/managed': 'true' },
  annotations: { 'lockstep.dev/derived-secret': 'true', 'lockstep.dev/generate': 'true' },
};
const GENERATED = { annotations: { 'lockstep.dev/generate': 'true' } };

/** The writes of the controller, by the webhook that denies them. */
type Target = 'record' | 'secret' | 'sibling' | 'workload';
const TARGETS: readonly Target[] = ['record', 'secret', 'sibling', 'workload'];
const NAMES: Readonly<Record<Target, string>> = {
  record: 'lockstep-record-app',
  secret: 'app',
  sibling: 'app-derived',
  workload: 'api',
};

/** A namespace with objects that cause this write. */
async function aTeamOf(namespace: string, target: Target): Promise<void> {
  const texts = target === 'workload' ? {} : { DATABASE_URL: urlOf(secret()) };
  await aTeam(namespace, { CSRF_SECRET: secret(), ...texts }, target === 'sibling' ? OWNED : GENERATED, [
    aReader('api'),
  ]);
}

const isRecorded = async (namespace: string): Promise<boolean> => (await indexOf(namespace)) !== undefined;

/** The ways in which a webhook denies. */
const WAYS: Readonly<Record<string, Omit<DenialResponse, 'message'>>> = {
  'as-400': { code: 400 },
  'as-403': { code: 403 },
  'as-404': { code: 404 },
  'as-422': { code: 422 },
  'as-429': { code: 429 },
  'as-500': { code: 500 },
  'fails-500': { code: 500, isFailure: true },
  'fails-403': { code: 403, isFailure: true },
  'fails-200': { code: 200, isFailure: true },
};

/** All values that the webhook received, raw and decoded. */
function quoted({ object: { data = {}, spec = {} } }: WebhookRequest): string {
  const plain = Object.values(data).map((base64) => Buffer.from(base64, 'base64').toString('utf8'));
  return `${plain.join(' ')} ${JSON.stringify(data)} ${JSON.stringify(spec)}`;
}

const asked = new Map<string, number>();
let isDenied = (username: string): boolean => username === CONTROLLER;

function deny(request: WebhookRequest): DenialResponse | undefined {
  const { namespace, name } = request.object.metadata;
  const [, target, way] = /^(\w+)-([\w-]+)$/.exec(namespace) ?? [];
  const denial = WAYS[way ?? ''];
  if (denial === undefined || name !== NAMES[target as Target] || !isDenied(request.userInfo.username))
    return undefined;
  asked.set(namespace, (asked.get(namespace) ?? 0) + 1);
  return { ...denial, message: quoted(request) };
}

const exitOf = async (...args: readonly string[]): Promise<number> => (await onCluster(...args)).exitCode;

const namespaces = TARGETS.flatMap((target) => Object.keys(WAYS).map((way) => `${target}-${way}`));

async function startController(name: string) {
  const controller = await controllers.start(name, { LOCKSTEP_LOG_LEVEL: 'debug' });
  daemons.splice(0, daemons.length, controller.daemon);
  return controller;
}

const logs: string[] = [];

t.test('calls a webhook that quotes the Secret in its denial or failure', async (t) => {
  await using _ = await startLeakyWebhook(cluster, (_data, request) => deny(request));
  const controller = await startController('controller');
  for (const target of TARGETS)
    for (const way of Object.keys(WAYS)) await aTeamOf(`${target}-${way}`, target);
  const workloads = namespaces.filter((namespace) => namespace.startsWith('workload-'));
  for (const namespace of workloads) {
    await until(`a record in ${namespace}`, daemons, () => isRecorded(namespace));
    await change(namespace, { JWT_SECRET: secret() });
  }
  const warnings = () =>
    controller.daemon
      .log()
      .split('\n')
      .filter((line) => line.includes('"level":"warn"'));
  for (const namespace of namespaces) {
    // At the second call, the result of the first one has been reported.
    await until(`what is told of ${namespace}`, daemons, () => {
      const times = asked.get(namespace) ?? 0;
      return times > 1 || (times === 1 && warnings().some((line) => line.includes(`"${namespace}/app"`)));
    });
  }
  for (const namespace of namespaces.filter((name) => name.startsWith('secret-')))
    await change(namespace, { JWT_SECRET: secret() });
  await controller.metrics().then((text) => printed.push(text));
  t.equal(await controller.daemon.stop('SIGTERM'), 0);
  logs.push(controller.daemon.log());
});

t.test('runs the commands against the same webhook', async (t) => {
  await kubectl('delete', 'lease', '--all', '-n', 'lockstep-system');
  await using _ = await startLeakyWebhook(cluster, (_data, request) => deny(request));
  for (const namespace of namespaces.filter((name) => name.startsWith('secret-'))) {
    if (!(await isRecorded(namespace))) t.fail(namespace);
  }
  isDenied = () => true;
  const controller = await startController('controller-of-commands');
  await until('a leader', daemons, controller.leads);
  // Each case has its own Secrets. They run in parallel, because a command waits for the controller for minutes.
  const commands = ['as-403', 'as-422', 'as-500', 'fails-500'].flatMap((way) => [
    ['rollback', `secret-${way}/app`, '--to', '1', '--force'],
    ...['secret', 'record', 'workload'].map((target) => ['rotate', `${target}-${way}/app`]),
  ]);
  await Promise.all(
    commands.map(async (args) => t.not(await exitOf(...args, '--timeout', '1s'), 0, args.join(' '))),
  );
  t.equal(await controller.daemon.stop('SIGTERM'), 0);
  logs.push(controller.daemon.log());
});

t.test('calls an admission policy whose message quotes the Secret', async (t) => {
  const policyOf = (name: string, rule: object, messageExpression: string, reason: string) => [
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec: {
        matchConstraints: {
          resourceRules: [{ apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], ...rule }],
          namespaceSelector: { matchLabels: { quoted: 'true' } },
        },
        validations: [
          { expression: `request.userInfo.username != "${CONTROLLER}"`, messageExpression, reason },
        ],
      },
    },
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: { policyName: name, validationActions: ['Deny', 'Audit'] },
    },
  ];
  const ofSecrets = { apiGroups: [''], resources: ['secrets'] };
  const ofDeployments = { apiGroups: ['apps'], resources: ['deployments'] };
  const value = '"no " + string(object.data["DATABASE_URL"])';
  const literal = '"no " + object.spec.template.spec.containers[0].env[1].value';
  const items = [
    ...policyOf('quotes-secrets', ofSecrets, value, 'Invalid'),
    ...policyOf('quotes-deployments', ofDeployments, literal, 'Forbidden'),
  ];
  await put({ apiVersion: 'v1', kind: 'List', items }, 'create');
  const controller = await startController('controller-and-policy');
  for (const target of TARGETS) await aTeamOf(`${target}-by-policy`, target);
  await until('a record', daemons, () => isRecorded('workload-by-policy'));
  for (const target of TARGETS) await kubectl('label', 'namespace', `${target}-by-policy`, 'quoted=true');
  await until('the policies', [], async () => {
    const words = ['annotate', 'secret', 'app', 'probe=x', '--dry-run=server'];
    const { stderr } = await cluster.kubectl([...words, '-n', 'secret-by-policy'], { as: CONTROLLER });
    return stderr.includes('quotes-secrets');
  });
  for (const target of TARGETS)
    await change(`${target}-by-policy`, { [target === 'workload' ? 'JWT_SECRET' : 'DB_PASSWORD']: secret() });
  for (const target of TARGETS)
    await until(`a denial in ${target}-by-policy`, daemons, () =>
      controller.daemon
        .log()
        .split('\n')
        .some((line) => line.includes(`${target}-by-policy`) && /AdmissionPolicy 'quotes/.test(line)),
    );
  await controller.metrics().then((text) => printed.push(text));
  t.equal(await controller.daemon.stop('SIGTERM'), 0);
  logs.push(controller.daemon.log());
});

t.test('repeats no piece of the quotes, although the API server does', async (t) => {
  await collect();
  const all = [...values];
  const search = canarySearcher(all);
  const outputs = {
    ...(await readableObjects(cluster, [])),
    'the logs of the controller': logs.join('\n'),
    'what the commands printed': printed.join('\n'),
  };
  for (const [where, output] of Object.entries(outputs)) t.same(search(output), [], where);
  t.match(outputs['the logs of the controller'], /the admission webhook leaky\.example\.com/);
  t.match(await kubectl('get', 'events', '-A'), /the admission webhook leaky\.example\.com denies it/);
  t.match(outputs['what the commands printed'], /leaky\.example\.com/);
  t.not(
    findCanaries(await cluster.apiServerLog(), all).length +
      findCanaries(await cluster.auditLog(), all).length,
    0,
  );
});
