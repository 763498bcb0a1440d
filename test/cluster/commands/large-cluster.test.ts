import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { aCanary, canarySearcher } from '../../helpers/canary/canary.ts';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { ROOT, start } from '../../helpers/cluster/lockstep.ts';

// The commands that read a whole cluster. The proof of a release is `SECRETS=10000 PODS=20000`; it prints the seconds.
const SECRETS = Number(process.env.SECRETS ?? 600);
const PODS = Number(process.env.PODS ?? 1500);
const NAMESPACES = 20;
const COPIES = 200;
const VALUES = 50;
const MAX_RESIDENT_MIB = 150;
/** `audit --logins` looks for each password in all encodings. Here, each Secret is a login. */
const MIB_OF_LOGIN = 12 / 1024;
const CREATED_AT_ONCE = 16;
const PODS_OF_WORKLOAD = 10;

const cluster = await aCluster(t, { nodes: 5 });
const namespaceOf = (at: number): string => `team-${at % NAMESPACES}`;

async function create(count: number, path: (at: number) => string, object: (at: number) => object) {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      const at = next;
      next += 1;
      const { status, text } = await cluster.request(path(at), { method: 'POST', body: object(at) });
      if (status !== 201) throw new Error(text);
    }
  };
  await Promise.all(Array.from({ length: CREATED_AT_ONCE }, lane));
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const hex = (text: string): string => Buffer.from(text).toString('hex');
/** Half of the values have characters that each encoding writes in another way. */
const values = Array.from({ length: VALUES }, (_, at) =>
  at % 2 === 0 ? aCanary(24) : `${aCanary(14)}&'"/+%${aCanary(6)}`,
);
const ENCODINGS: readonly ((value: string) => string)[] = [
  (value) => value,
  base64,
  (value) => base64(base64(value)),
  (value) => `postgresql://app:${encodeURIComponent(value)}@db:5432/app`,
  (value) => hex(value).toUpperCase(),
  (value) => JSON.stringify({ database: { password: value } }).replaceAll('&', '\\u0026'),
  (value) => `export DB_PASSWORD='${value.replaceAll("'", "'\\''")}'`,
  (value) => JSON.stringify({ auths: { 'r.example': { auth: base64(`ci:${value}`) } } }),
];
/** The text with the copy of this number. */
const copyOf = (at: number): string => ENCODINGS[at % ENCODINGS.length]!(values[at % VALUES]!);
const secretWithCopy = (at: number): number => Math.floor((at * SECRETS) / COPIES);

/** About 2 KiB, as an application has. */
const ordinary = (at: number): Record<string, string> => ({
  POSTGRES_USER: 'app',
  POSTGRES_PASSWORD: aCanary(32),
  DATABASE_URL: `postgresql://app:${aCanary(32)}@db-${at}.svc:5432/app?sslmode=require`,
  '.env': Array.from({ length: 20 }, (_, line) => `SETTING_${line}=${aCanary(20)}`).join('\n'),
  'config.json': JSON.stringify({ at, keys: Array.from({ length: 10 }, () => aCanary(30)) }),
  'tls.crt': `-----BEGIN CERTIFICATE-----\n${base64(aCanary(700))}\n-----END CERTIFICATE-----\n`,
});

const meta = (name: string, at: number, more: object = {}) => ({ name, namespace: namespaceOf(at), ...more });
const collection = (group: string, plural: string) => (at: number) =>
  `/${group}/namespaces/${namespaceOf(at)}/${plural}`;

const ofWorkload = (at: number): number =>
  Math.floor(at / PODS_OF_WORKLOAD / NAMESPACES) * NAMESPACES + (at % NAMESPACES);
const podSpec = (at: number) => ({
  nodeName: `node-${1 + (at % 5)}`,
  terminationGracePeriodSeconds: 0,
  containers: ['main', 'proxy'].map((name) => ({
    name,
    image: `registry.example/${name}:1`,
    env: [
      { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: `secret-${at}`, key: 'POSTGRES_PASSWORD' } } },
      ...Array.from({ length: 25 }, (_, index) => ({
        name: `SETTING_${index}`,
        value: `setting ${index} of ${at}`,
      })),
    ],
  })),
});
const controlledBy = (apiVersion: string, kind: string, name: string) => ({
  ownerReferences: [{ apiVersion, kind, name, uid: 'u', controller: true }],
});
const workloads = NAMESPACES * Math.ceil(PODS / PODS_OF_WORKLOAD / NAMESPACES);
const workload = (kind: string, at: number, more: object = {}) => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: meta(`app-${at}`, at, more),
  spec: {
    selector: { matchLabels: { app: `app-${at}` } },
    template: { metadata: { labels: { app: `app-${at}` } }, spec: podSpec(at) },
  },
});

t.before(async () => {
  await create(
    NAMESPACES,
    () => '/api/v1/namespaces',
    (at) => ({ metadata: { name: namespaceOf(at) } }),
  );
  await create(NAMESPACES, collection('api/v1', 'serviceaccounts'), (at) => ({
    metadata: meta('default', at),
  }));
  const copies = new Map(Array.from({ length: COPIES }, (_, at) => [secretWithCopy(at), at]));
  await create(SECRETS, collection('api/v1', 'secrets'), (at) => {
    const copy = copies.get(at);
    return {
      metadata: meta(`secret-${at}`, at),
      stringData: { ...ordinary(at), ...(copy === undefined ? {} : { COPY: copyOf(copy) }) },
    };
  });
  await create(workloads, collection('apis/apps/v1', 'deployments'), (at) => workload('Deployment', at));
  await create(workloads, collection('apis/apps/v1', 'replicasets'), (at) =>
    workload('ReplicaSet', at, controlledBy('apps/v1', 'Deployment', `app-${at}`)),
  );
  await create(PODS, collection('api/v1', 'pods'), (at) => ({
    metadata: meta(`app-${at}`, at, controlledBy('apps/v1', 'ReplicaSet', `app-${ofWorkload(at)}`)),
    spec: podSpec(ofWorkload(at)),
  }));
});

const searchCanaries = canarySearcher(values);
const REPORT_MEMORY =
  'process.on("exit",()=>process.stderr.write(`maxRSS ${process.resourceUsage().maxRSS}\\n`))';

/** `npm run build` has run before. From the sources, Node needs more memory, for the types. */
const RELEASE = join(ROOT, 'dist', 'lockstep.js');

/** The release, in a process of its own. */
async function run(t: Test, args: readonly string[], maxMiB = MAX_RESIDENT_MIB) {
  const startedAt = performance.now();
  const command = start(t, {
    file: process.execPath,
    args: [
      `--import=data:text/javascript,${encodeURIComponent(REPORT_MEMORY)}`,
      RELEASE,
      ...args,
      '--kubeconfig',
      cluster.kubeconfig,
    ],
  });
  const exitCode = await command.exited;
  const [stdout, stderr] = [command.stdout(), command.stderr()];
  const memory = Number(/maxRSS (\d+)/.exec(stderr)?.[1]) / 1024;
  const seconds = (performance.now() - startedAt) / 1000;
  t.comment(`${args.slice(0, 2).join(' ')}: ${seconds.toFixed(1)} s, ${memory.toFixed(0)} MiB`);
  t.ok(memory < maxMiB, `${memory} MiB`);
  t.same(searchCanaries(stdout + stderr), []);
  return { exitCode, stdout, stderr };
}

t.test('find-value finds all copies, and nothing else', async (t) => {
  const report = join(cluster.dir, 'leaks.json');
  writeFileSync(report, JSON.stringify(values.map((Secret) => ({ RuleID: 'r', Secret }))));
  const { exitCode, stdout, stderr } = await run(t, ['find-value', '--report', report, '-o', 'json']);
  const printed: {
    readonly values: readonly {
      readonly value: number;
      readonly places: readonly { readonly name: string; readonly key: string }[];
    }[];
  } = JSON.parse(stdout);
  const found = printed.values.flatMap(({ value, places }) =>
    places.map(({ name, key }) => `${name} ${key} ${value - 1}`),
  );
  const planted = Array.from(
    { length: COPIES },
    (_, at) => `secret-${secretWithCopy(at)} COPY ${at % VALUES}`,
  );
  t.same(found.sort(), planted.sort());
  t.equal(exitCode, 1, stderr);
});

t.test('uses names one workload for its pods', async (t) => {
  const { exitCode, stdout, stderr } = await run(t, ['uses', 'team-0/secret-0']);
  t.equal(exitCode, 0, stderr);
  t.match(stdout, /^ {2}Deployment\/app-0 +POSTGRES_PASSWORD +env/m);
  t.equal(stdout.match(/^ {2}\w+\//gm)?.length, 1);
});

t.test('uses --unused counts each key that a workload reads', async (t) => {
  const { exitCode, stdout, stderr } = await run(t, ['uses', '--unused', '-A', '-o', 'json']);
  t.equal(exitCode, 0, stderr);
  const { secrets, unused } = JSON.parse(stdout);
  t.equal(secrets, SECRETS);
  const whole = unused.filter((row: { readonly whole: boolean }) => row.whole);
  t.equal(whole.length, SECRETS - workloads);
});

t.test('audit --logins has a row for each login', async (t) => {
  const { exitCode, stdout, stderr } = await run(
    t,
    ['audit', '--logins', '-o', 'json'],
    MAX_RESIDENT_MIB + SECRETS * MIB_OF_LOGIN,
  );
  t.equal(exitCode, 0, stderr);
  const { logins, secrets } = JSON.parse(stdout);
  t.same([logins.length, secrets], [SECRETS, SECRETS]);
  t.ok(logins.every(({ ready }: { readonly ready: string }) => ready === 'no'));
});
