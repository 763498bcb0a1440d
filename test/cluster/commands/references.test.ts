import t from 'tap';
import { aCanary, findCanaries } from '../../helpers/canary/canary.ts';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { userWithRules } from '../../helpers/cluster/service-account.ts';
import { lockstep } from '../../helpers/commands/commands.ts';
import { GOOD } from '../../helpers/engine/engine.ts';

const cluster = await aCluster(t);
const canary = aCanary();
const apply = (...items: readonly object[]) => cluster.apply(items, '--server-side');

async function printedBy(...args: readonly string[]) {
  const printed = await lockstep(...args);
  t.same(findCanaries(printed.stdout + printed.stderr, [canary]), [], args.join(' '));
  return printed;
}

const audit = async (kubeconfig = cluster.kubeconfig, ...args: readonly string[]) => {
  const { exitCode, stdout, stderr } = await printedBy(
    'audit',
    '--kubeconfig',
    kubeconfig,
    ...['--format', 'json'],
    ...args,
  );
  return { exitCode, stderr, report: JSON.parse(stdout) };
};

interface Told {
  readonly check: string;
  readonly outcome: string;
  readonly message: string;
  readonly fix: string;
  readonly names: readonly string[];
}

const doctor = async (place: string, kubeconfig = cluster.kubeconfig) => {
  const { exitCode, stdout, stderr } = await printedBy(
    ...['doctor', place, '--kubeconfig', kubeconfig, '--format', 'json'],
  );
  const checks: readonly Told[] = stdout === '' ? [] : JSON.parse(stdout).checks;
  return { exitCode, stderr, references: checks.find(({ check }) => check === 'references') };
};

interface ObjectTold {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly findings: readonly { readonly rule: string; readonly message: string; readonly fix: string }[];
}

const messagesOf = ({ objects }: { readonly objects: readonly ObjectTold[] }): readonly string[] =>
  objects
    .flatMap(({ kind, namespace, name, findings }) =>
      findings.map(({ message, fix }) => `${kind} ${namespace}/${name}: ${message}: ${fix}`),
    )
    .sort();

const named = (name: string, namespace = 'shop') => ({ name, namespace });
const keyRef = (name: string, key: string, more = {}) => ({
  name: key.replaceAll(/\W/g, '_'),
  valueFrom: { secretKeyRef: { name, key, ...more } },
});
const pod = (spec: object) => ({ containers: [{ name: 'main', image: 'api', ...spec }] });
const labels = { app: 'api' };
const aDeployment = (name: string, spec: object, namespace = 'shop') => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: named(name, namespace),
  spec: { replicas: 0, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
});
const aSecret = (name: string, stringData: object = { API_TOKEN: `${GOOD.key}${canary}` }, more = {}) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: named(name),
  stringData,
  ...more,
});

/** The CRD of a controller that is not installed: only its objects are read. */
const aCrd = (group: string, kind: string, plural: string) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { kind, plural, singular: kind.toLowerCase() },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
});

const someoneWho = (name: string, rules: Parameters<typeof userWithRules>[2]) =>
  userWithRules(cluster, name, rules);

t.before(async () => {
  await apply(
    ...['shop', 'other'].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
    // No controller manager runs.
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: named('default') },
    aCrd('external-secrets.io', 'ExternalSecret', 'externalsecrets'),
    aCrd('postgresql.cnpg.io', 'Cluster', 'clusters'),
  );
  await cluster.mustRun(['wait', '--for=condition=Established', 'crd', '--all']);
  await apply(aSecret('app'));
});

t.test('reports nothing while each reference has its Secret and key', async (t) => {
  await apply(
    aDeployment('good', {
      ...pod({
        env: [keyRef('app', 'API_TOKEN'), keyRef('absent', 'A', { optional: true })],
        envFrom: [{ secretRef: { name: 'app' } }, { secretRef: { name: 'absent', optional: true } }],
      }),
      volumes: [
        { name: 'v', secret: { secretName: 'app', items: [{ key: 'API_TOKEN', path: 'a' }] } },
        { name: 'w', projected: { sources: [{ secret: { name: 'absent', optional: true } }] } },
      ],
    }),
  );
  const { exitCode, report } = await audit(undefined, '--fail-on', 'Warn');
  t.match({ exitCode, report }, { exitCode: 0, report: { summary: { objects: 0, complete: true } } });
  t.same([report.objects, report.notes], [[], []]);
  const { references } = await doctor('shop/app');
  t.match(references, { outcome: 'ok', message: '1 object reads it, and no key is missing' });
});

t.test('audit finds each form of a reference', async (t) => {
  await apply(
    aDeployment('all', {
      ...pod({ env: [keyRef('app', 'api-token')], envFrom: [{ secretRef: { name: 'gone-env' } }] }),
      initContainers: [{ name: 'init', image: 'api', env: [keyRef('app', 'INIT')] }],
      volumes: [
        { name: 'v', secret: { secretName: 'gone-volume' } },
        { name: 'w', projected: { sources: [{ secret: { name: 'gone-projected' } }] } },
      ],
      imagePullSecrets: [{ name: 'gone-pull' }],
    }),
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: named('web'),
      spec: {
        defaultBackend: { service: { name: 'x', port: { number: 80 } } },
        tls: [{ secretName: 'gone-tls' }],
      },
    },
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: named('ci'),
      imagePullSecrets: [{ name: 'gone-account' }],
    },
    {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: named('night'),
      spec: {
        schedule: '0 3 * * *',
        jobTemplate: {
          spec: {
            template: { spec: { ...pod({ env: [keyRef('gone-cron', 'K')] }), restartPolicy: 'Never' } },
          },
        },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: named('alone'),
      spec: pod({ env: [keyRef('gone-pod', 'K')] }),
    },
    aDeployment('elsewhere', pod({ env: [keyRef('app', 'API_TOKEN')] }), 'other'),
  );
  const { exitCode, report } = await audit();
  t.equal(exitCode, 0);
  t.equal((await audit(undefined, '--fail-on', 'Warn')).exitCode, 1);
  const create = 'create it, correct the name, or set optional: true if the pods can do without it';
  const gone = (name: string, reader: string) => `the Secret ${name} does not exist, and ${reader} reads it`;
  t.same(messagesOf(report), [
    `CronJob shop/night: ${gone('gone-cron', 'the variable K')}: ${create}`,
    `Deployment other/elsewhere: ${gone('app', 'the variable API_TOKEN')}: ${create}`,
    'Deployment shop/all: the Secret app has no key INIT, and the variable INIT reads it: add INIT to it, or correct the key',
    'Deployment shop/all: the Secret app has no key api-token, and the variable api_token reads it: did you mean API_TOKEN?',
    `Deployment shop/all: ${gone('gone-env', 'envFrom')}: ${create}`,
    `Deployment shop/all: ${gone('gone-projected', 'the volume w')}: ${create}`,
    `Deployment shop/all: ${gone('gone-pull', 'imagePullSecrets')}: create it, or correct the name`,
    `Deployment shop/all: ${gone('gone-volume', 'the volume v')}: ${create}`,
    `Ingress shop/web: ${gone('gone-tls', 'spec.tls')}: create it, or correct the name`,
    `Pod shop/alone: ${gone('gone-pod', 'the variable K')}: ${create}`,
    `ServiceAccount shop/ci: ${gone('gone-account', 'imagePullSecrets')}: create it, or correct the name`,
  ]);
  const one = await audit(undefined, '-n', 'other');
  t.equal(one.report.summary.objects, 1);
  const { stdout } = await printedBy('audit', '--kubeconfig', cluster.kubeconfig);
  t.match(
    stdout,
    /^Other objects\n(?: .*\n)* {2}Deployment shop\/all\n {4}warning {2}the Secret app has no key/m,
  );
  t.match(stdout, /validated: all would be allowed as they are; .*11 missing references$/m);
  const summary = await audit(undefined, '--summary');
  t.match(summary.report, { objects: [], summary: { objects: 6 } });
});

t.test('a Secret that another object makes is a note, and names its maker', async (t) => {
  await apply(
    { apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret', metadata: named('gone-env'), spec: {} },
    { apiVersion: 'postgresql.cnpg.io/v1', kind: 'Cluster', metadata: named('db'), spec: {} },
    aDeployment('made', pod({ env: [keyRef('db-app', 'password')] })),
    {
      apiVersion: 'external-secrets.io/v1',
      kind: 'ExternalSecret',
      metadata: named('app', 'shop'),
      spec: {},
    },
  );
  const { report } = await audit();
  const messages = messagesOf(report).join('\n');
  t.notMatch(messages, /gone-env|db-app/);
  t.match(messages, /Deployment other\/elsewhere: /, 'a maker of another namespace does not count');
  t.match(messages, 'add INIT to it, in the ExternalSecret app, or correct the key');
  t.same(report.notes.map(({ message }: { message: string }) => message).sort(), [
    'the Secret shop/db-app does not exist yet: Cluster db makes it',
    'the Secret shop/gone-env does not exist yet: ExternalSecret gone-env makes it',
  ]);
});

t.test('the token of a ServiceAccount exists, although no list of Secrets has it', async (t) => {
  await apply(
    aSecret('ci-key', undefined, {
      metadata: { ...named('robot'), annotations: { 'kubernetes.io/service-account.name': 'ci' } },
      type: 'kubernetes.io/service-account-token',
      stringData: undefined,
    }),
    aDeployment('robot', pod({ env: [keyRef('robot', 'token')] })),
  );
  const { report } = await audit();
  t.notMatch(messagesOf(report).join('\n'), 'robot');
});

t.test('doctor names the objects that ask for a key that the Secret lacks', async (t) => {
  const { exitCode, references } = await doctor('shop/app');
  t.equal(exitCode, 1);
  t.same(references, {
    check: 'references',
    outcome: 'fault',
    message: 'it lacks the keys INIT, api-token, and 1 object reads them: pods do not start without',
    fix: 'add INIT, api-token to it, or correct the key in Deployment/all',
    names: [
      'Deployment/all: the Secret app has no key INIT, and the variable INIT reads it: add INIT to it, in the ExternalSecret app, or correct the key',
      'Deployment/all: the Secret app has no key api-token, and the variable api_token reads it: did you mean API_TOKEN?',
    ],
  });
});

t.test('doctor names the readers and the maker of a Secret that does not exist', async (t) => {
  t.match(await doctor('shop/gone-volume'), {
    exitCode: 1,
    references: {
      outcome: 'fault',
      message: 'it does not exist, and 1 object reads it',
      fix: 'create it, or correct the name in Deployment/all',
    },
  });
  t.match(await doctor('shop/db-app'), {
    exitCode: 1,
    references: {
      message: 'it does not exist: Cluster db makes it, and has not yet',
      fix: 'kubectl -n shop describe cluster db',
    },
  });
  t.match(await doctor('shop/nowhere'), { exitCode: 2, stderr: /there is no Secret shop\/nowhere/ });
});

t.test('audit finds passwords in workloads, and prints none', async (t) => {
  const url = 'postgres://app:$(API_TOKEN)@db/shop';
  const env = [
    { name: 'DB_PASSWORD', value: `${canary}7Q` },
    keyRef('app', 'API_TOKEN'),
    { name: 'DATABASE_URL', value: url },
  ];
  await apply(aDeployment('plain', pod({ env })));
  const { report } = await audit();
  const messages = messagesOf(report).filter((message) => message.includes('shop/plain'));
  t.same(messages, [
    'Deployment shop/plain: the variable DATABASE_URL puts $(API_TOKEN) into a URL unescaped, so that a password with @ or / breaks it: read the whole URL from a Secret, in which lockstep escapes the password',
    'Deployment shop/plain: the variable DB_PASSWORD holds a password in plain text: put it into a Secret, and read it with secretKeyRef',
  ]);
  t.notMatch((await doctor('shop/app')).references?.names.join('\n'), 'plain');
  const { stdout } = await printedBy('audit', '--kubeconfig', cluster.kubeconfig);
  t.match(stdout, '1 plain-text password');
});

t.test('names what it may not read, and compares the rest', async (t) => {
  const secrets = { apiGroups: [''], resources: ['secrets', 'namespaces'], verbs: ['get', 'list'] };
  const own = { apiGroups: ['lockstep.dev'], resources: ['*'], verbs: ['list'] };
  const deployments = { apiGroups: ['apps'], resources: ['deployments'], verbs: ['list'] };
  const few = await audit(await someoneWho('few', [secrets, own, deployments]));
  t.match(few, { exitCode: 0, stderr: /^lockstep: the installation may limit the actions, .*\n$/ });
  t.match(messagesOf(few.report).join('\n'), 'Deployment shop/all: the Secret gone-volume does not exist');
  t.notMatch(messagesOf(few.report).join('\n'), 'Ingress');
  t.match(
    few.report.notes.map(({ message }: { message: string }) => message).join('\n'),
    /^references to Secrets were compared without statefulsets, .*serviceaccounts, externalsecrets \(external-secrets\.io\), clusters \(postgresql\.cnpg\.io\), which could not be read$/,
  );
  const none = await audit(await someoneWho('none', [secrets, own]));
  t.match(none, { exitCode: 0, report: { objects: [], summary: { complete: true } } });
  t.match(none.report.notes.length, 1);
  t.match((await doctor('shop/app', await someoneWho('no-readers', [secrets, own]))).references, {
    outcome: 'unknown',
    message: 'the objects that read it could not be read',
  });
});
