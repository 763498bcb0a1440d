import { gzipSync } from 'node:zlib';
import t from 'tap';
import { run } from '../../../src/commands/program.ts';
import { newRecord } from '../../../src/engine/secret/record/record.ts';
import { connect } from '../../../src/kube/client/connect.ts';
import { writeRecord } from '../../../src/kube/record/records.ts';
import { readSecret } from '../../../src/kube/secrets/stored-secrets.ts';
import { aCanary, canarySearcher, digestSearcher } from '../../helpers/canary/canary.ts';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { aLaptopController } from '../../helpers/cluster/laptop-controller.ts';
import { userWithRules } from '../../helpers/cluster/service-account.ts';
import { installPolicies } from '../../helpers/cluster/versioned-secret.ts';
import { aShell } from '../../helpers/commands/commands.ts';

// A search after a leak, on a real API server: 300 Secrets, and planted copies of 25 values in 8 encodings.
const cluster = await aCluster(t);
await installPolicies(cluster, {
  keys: {
    match: { names: ['keys'] },
    keys: { JWT_SECRET: { sensitive: true, generate: { bytes: 48, encoding: 'base64url' } } },
  },
});
await cluster.mustRun(['apply', '--server-side', '-f', 'manifests/crds/postgrescredentials.yaml']);
await cluster.mustRun([
  'wait',
  '--for=condition=Established',
  '--timeout=60s',
  'crd/postgrescredentials.lockstep.dev',
]);
const api = connect({ kubeconfig: cluster.kubeconfig });
const NAMESPACES = ['shop', 'billing', 'reports'];
for (const name of NAMESPACES) await cluster.mustRun(['create', 'namespace', name]);

const apply = (items: readonly object[]) =>
  cluster.mustRun(['create', '-f', '-'], { input: { apiVersion: 'v1', kind: 'List', items } });

const base64 = (text: string) => Buffer.from(text).toString('base64');
const ENCODINGS: Readonly<Record<string, (value: string) => string>> = {
  plain: (value) => value,
  base64,
  'base64 twice': (value) => base64(base64(value)),
  percent: (value) => `postgresql://app:${encodeURIComponent(value)}@db:5432/app`,
  hex: (value) => Buffer.from(value).toString('hex'),
  JSON: (value) => JSON.stringify({ database: { password: value } }),
  shell: (value) => `export DB_PASSWORD='${value.replaceAll("'", "'\\''")}'`,
  registry: (value) => JSON.stringify({ auths: { 'r.example': { auth: base64(`ci:${value}`) } } }),
};
const values = Array.from({ length: 25 }, () => `${aCanary(14)}'"/+%${aCanary(6)}`);
const searchCanaries = canarySearcher(values);
const searchDigests = digestSearcher(values, []);

/** `lockstep find-value` with this input. No output may hold a value, a piece or a digest of one. */
async function findValue(input: string, args: readonly string[] = [], kubeconfig = cluster.kubeconfig) {
  const shell = aShell();
  const stdin = new ReadableStream<Uint8Array>({
    start: (controller) => {
      controller.enqueue(Buffer.from(input));
      controller.close();
    },
  });
  const exitCode = await run(['find-value', '--kubeconfig', kubeconfig, ...args], { ...shell, stdin });
  const { stdout, stderr } = shell.printed;
  t.same(searchCanaries(stdout + stderr), [], args.join(' '));
  t.same(searchDigests(stdout + stderr), [], args.join(' '));
  return { exitCode, stdout, stderr };
}

const report = (...found: readonly string[]) =>
  JSON.stringify(found.map((Secret) => ({ RuleID: 'r', Secret })));
const metadataOf = (name: string, namespace = 'shop') => ({ name, namespace });

interface PrintedPlace {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly key?: string;
  readonly at: string;
  readonly readers: readonly string[];
  readonly change: { readonly by: string; readonly command?: string };
}

interface PrintedSearch {
  readonly found: boolean;
  readonly values: readonly { readonly value: number; readonly places: readonly PrintedPlace[] }[];
  readonly unread: readonly string[];
}

t.test('all planted copies are found, and nothing else', async (t) => {
  const planted = new Map<string, number>();
  const secrets = Array.from({ length: 300 }, (_, at) => {
    const namespace = NAMESPACES[at % NAMESPACES.length]!;
    const stringData: Record<string, string> = {
      PORT: '5432',
      TOKEN: aCanary(),
      FILE: `A=${aCanary()}\nB=${at}\n`,
    };
    if (at < 200) {
      const [how, write] = Object.entries(ENCODINGS)[at % 8]!;
      const value = Math.floor(at / 8);
      stringData.FOUND =
        at % 3 === 0 ? `# ${how}\nX=1\nPASSWORD=${write(values[value]!)}\n` : write(values[value]!);
      planted.set(`${namespace}/s-${at}`, value);
    } else stringData.OTHER = ENCODINGS[Object.keys(ENCODINGS)[at % 8]!]!(values[at % 25]!.slice(1));
    return { apiVersion: 'v1', kind: 'Secret', metadata: metadataOf(`s-${at}`, namespace), stringData };
  });
  await apply(secrets);
  const { exitCode, stdout } = await findValue(report(...values), ['--report', '-', '-o', 'json']);
  const printed: PrintedSearch = JSON.parse(stdout);
  const found = printed.values.flatMap(({ value, places }) =>
    places.map(({ namespace, name, key }) => [`${namespace}/${name}`, value - 1, key] as const),
  );
  t.same(found.sort(), [...planted].map(([ref, value]) => [ref, value, 'FOUND']).sort());
  t.same(found.length, 200);
  t.same([exitCode, printed.unread], [1, []]);
  const one = await findValue(`${values[3]}\n`, ['-n', 'billing']);
  t.equal(one.exitCode, 1);
  t.match(one.stdout, /^the value is in 3 places:$/m);
  t.equal((await findValue(aCanary())).exitCode, 0);
});

t.test('each place has its readers and the command that changes it', async (t) => {
  const value = values[0]!;
  const url = `postgresql://app:${encodeURIComponent(value)}@db:5432/app`;
  const container = (more: object) => ({ name: 'web', image: 'web', ...more });
  const labels = { app: 'web' };
  await cluster.mustRun(['create', 'namespace', 'places']);
  const named = (name: string, more: object = {}) => ({ ...metadataOf(name, 'places'), ...more });
  const release = base64(gzipSync(JSON.stringify({ config: { password: value } })).toString('base64'));
  await apply([
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: named('default') },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: named('app'),
      stringData: { POSTGRES_USER: 'app', POSTGRES_PASSWORD: value, POSTGRES_DB: 'app', DATABASE_URL: url },
    },
    {
      apiVersion: 'lockstep.dev/v1alpha1',
      kind: 'PostgresCredential',
      metadata: named('app'),
      spec: { secretName: 'app' },
    },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: named('keys', { annotations: { 'lockstep.dev/generate': 'true' } }),
      stringData: { JWT_SECRET: value },
    },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: named('external', { labels: { 'reconcile.external-secrets.io/managed': 'true' } }),
      stringData: { A: value },
    },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: named('sh.helm.release.v1.web.v1'),
      type: 'helm.sh/release.v1',
      data: { release },
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: named('settings', { annotations: { 'meta.helm.sh/release-name': 'web' } }),
      data: { 'app.env': `A=1\nDB=${url}\n` },
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: named('binary'),
      binaryData: { blob: base64(`\u0001${value}`) },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: named('web'),
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            containers: [
              container({
                env: [
                  { name: 'DATABASE_URL', valueFrom: { secretKeyRef: { name: 'app', key: 'DATABASE_URL' } } },
                  { name: 'PLAIN', value },
                ],
                args: ['--password', value],
                envFrom: [{ configMapRef: { name: 'settings' } }],
              }),
            ],
          },
        },
      },
    },
    {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: named('report'),
      spec: {
        schedule: '0 0 * * *',
        jobTemplate: {
          spec: {
            template: {
              spec: {
                restartPolicy: 'Never',
                containers: [container({ livenessProbe: { exec: { command: ['redis-cli', '-a', value] } } })],
              },
            },
          },
        },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: named('debug'),
      spec: { containers: [container({ envFrom: [{ secretRef: { name: 'app' } }] })] },
    },
  ]);
  const stored = (await readSecret(api, metadataOf('app', 'places')))!;
  const record = newRecord(stored.uid, stored.secret.data, { ...stored.written, why: { kind: 'seen' } });
  await writeRecord(api, metadataOf('app', 'places'), record, undefined);

  const { exitCode, stdout } = await findValue(value, ['-n', 'places', '-o', 'json']);
  const printed: PrintedSearch = JSON.parse(stdout);
  t.equal(exitCode, 1);
  const lines = printed.values.flatMap(({ places }) =>
    places.map(({ kind, name, at, key, readers, change }) =>
      [kind, name, at, key ?? '', readers.join(' '), change.by, change.command ?? ''].join('|'),
    ),
  );
  t.same(lines.sort(), [
    'ConfigMap|binary|key|blob||person|kubectl -n places edit configmap binary',
    'ConfigMap|settings|key|app.env|Deployment/web|owner|',
    'CronJob|report|command|||person|kubectl -n places edit cronjob report',
    'Deployment|web|command|||person|kubectl -n places edit deployment web',
    'Deployment|web|env|||person|kubectl -n places edit deployment web',
    'Secret|app|key|DATABASE_URL|Deployment/web Pod/debug|lockstep|lockstep rotate places/app',
    'Secret|app|key|POSTGRES_PASSWORD|Pod/debug|lockstep|lockstep rotate places/app',
    'Secret|app|versions|DATABASE_URL||history|lockstep history places/app',
    'Secret|app|versions|POSTGRES_PASSWORD||history|lockstep history places/app',
    'Secret|external|key|A||owner|',
    'Secret|keys|key|JWT_SECRET||lockstep|lockstep rotate places/keys --key JWT_SECRET',
    'Secret|sh.helm.release.v1.web.v1|key|release||history|kubectl -n places delete secret sh.helm.release.v1.web.v1',
  ]);
  const text = (await findValue(value, ['-n', 'places'])).stdout;
  t.match(text, /^ {4}key DATABASE_URL: percent-encoded; read by Deployment\/web, Pod\/debug$/m);
  t.match(text, /^ {6}to change it: lockstep rotate places\/app$/m);
});

t.test('what this user may not read is named, and the exit code is 2', async (t) => {
  const reader = await userWithRules(cluster, 'config-reader', [
    { apiGroups: [''], resources: ['configmaps'], verbs: ['list', 'get'] },
  ]);
  const { exitCode, stdout } = await findValue(values[0]!, [], reader);
  t.equal(exitCode, 2);
  t.match(stdout, /^the value is in 2 places:$/m);
  for (const what of [/secrets in all namespaces/, /deployments/, /the policies and logins/])
    t.match(stdout, new RegExp(`^not read: .*${what.source}`, 'm'));
});

t.test('--rotate rotates what lockstep can rotate, by the code of lockstep rotate', async (t) => {
  await aLaptopController(t, cluster);
  const value = values[20]!;
  await cluster.mustRun(['create', 'namespace', 'rotated']);
  const metadata = { ...metadataOf('keys', 'rotated'), annotations: { 'lockstep.dev/generate': 'true' } };
  await apply([{ apiVersion: 'v1', kind: 'Secret', metadata, stringData: { JWT_SECRET: value } }]);
  const { exitCode, stdout, stderr } = await findValue(value, ['-n', 'rotated', '--yes']);
  t.equal(exitCode, 1, stderr);
  t.match(stdout, /^to do: lockstep rotate rotated\/keys --key JWT_SECRET$/m);
  const after: PrintedSearch = JSON.parse((await findValue(value, ['-n', 'rotated', '-o', 'json'])).stdout);
  t.same(
    after.values[0]?.places.map(({ at }) => at),
    ['versions'],
  );
});
