import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { parse } from 'yaml';
import { applyChart, WAYS, type Way } from '../helpers/cluster/apply-chart.ts';
import { aClusterWithLockstep } from '../helpers/cluster/cluster.ts';
import { lockstepOn } from '../helpers/cluster/versioned-secret.ts';
import { canLogIn } from '../helpers/credential/deviations.ts';
import { DATABASE, type Loose } from '../helpers/credential/team.ts';
import { installController } from '../testbed/lockstep/controller.ts';
import { aPostgres } from '../testbed/postgres/postgres.ts';
import { until } from '../testbed/process/until.ts';
import { type PublicChart, unpackChart } from './chart-folder.ts';
import { changedValues, type Observed, observe, recreatedValues, rolledWorkloads } from './observed.ts';

const { CHARTS: CLONES = '', UPGRADES = '20', ONLY = '' } = process.env;
const UPGRADES_WITHOUT_POLICY = 2;
/** The controller writes within a second. */
const SETTLE_MS = 3000;

const charts: readonly PublicChart[] = parse(readFileSync('test/data/charts/public.yaml', 'utf8'));
const chosen = charts.filter((chart) => ONLY === '' || ONLY.split(',').includes(nameOf(chart)));

const { cluster } = await aClusterWithLockstep(t, { controllers: true });
const [controllers, postgres] = await Promise.all([installController(cluster), aPostgres(t)]);
await postgres.sql(`CREATE DATABASE ${DATABASE}`);
const { daemon } = await controllers.lead('controller', { LOCKSTEP_PROPAGATION_SECONDS: '1' });
const lockstep = lockstepOn(t, cluster.kubeconfig, []);

const policy = parse(readFileSync('manifests/examples/keep-passwords/policy.yaml', 'utf8'));
policy.spec.match.namespaces = ['kept-*'];
await cluster.apply(policy);
await cluster.mustRun([
  'wait',
  '--for=condition=Ready',
  `secretpolicy/${policy.metadata.name}`,
  '--timeout=60s',
]);

const POST_RENDERER = 'core-objects';
const KINDS = ['Secret', 'Deployment', 'StatefulSet', 'DaemonSet'];
const home = t.testdir({
  charts: {},
  '.local': {
    share: {
      helm: {
        plugins: {
          [POST_RENDERER]: {
            'plugin.yaml': JSON.stringify({
              apiVersion: 'v1',
              type: 'postrenderer/v1',
              name: POST_RENDERER,
              version: '1.0.0',
              runtime: 'subprocess',
              runtimeConfig: {
                // Helm appends an argument: the kinds.
                platformCommand: [
                  {
                    command: '/usr/bin/env',
                    args: ['awk', '-f', join(import.meta.dirname, `${POST_RENDERER}.awk`)],
                  },
                ],
              },
            }),
          },
        },
      },
    },
  },
});

/** What the upgrades of one chart in one way did. */
interface Tally {
  readonly way: Way;
  readonly upgrades: number;
  /** Values that an upgrade changed, with the number of upgrades that did. */
  readonly changed: Readonly<Record<string, number>>;
  /** The same, in a Secret that Helm deletes and creates again. */
  readonly recreated: Readonly<Record<string, number>>;
  /** Workloads whose pod template the chart changed, with the number of upgrades that did. */
  readonly rolled: Readonly<Record<string, number>>;
  readonly warnings: number;
  readonly logins: number;
  readonly failedLogins: number;
}

interface Installed {
  readonly namespace: string;
  readonly role: string;
  readonly first: Observed;
  readonly tally: Tally;
}

async function upgrade(
  chart: PublicChart,
  folder: string,
  way: Way,
  { mode, upgrades }: { readonly mode: 'plain' | 'kept'; readonly upgrades: number },
): Promise<Installed> {
  const namespace = `${mode}-${nameOf(chart)}-${WAYS.indexOf(way)}`;
  const role = namespace.replaceAll('-', '_');
  const isHelm = way.startsWith('upgrade');
  const values = (chart.set ?? []).map((each) => each.replace('{role}', role));
  const kinds = (chart.kinds ?? KINDS).join(',');
  const settings = ['--post-renderer', POST_RENDERER, `--post-renderer-args=${kinds}`].concat(
    values.flatMap((each) => ['--set', each]),
  );
  const release = { name: 'app', namespace, chart: folder, home, settings };
  await cluster.mustRun(['create', 'namespace', namespace]);
  await applyChart(cluster, way, release);
  const first = await observe(cluster, namespace);
  if (chart.login !== undefined) await connectLogin(chart.login, namespace, role, first, mode);
  const [changed, recreated, rolled] = [new Count(), new Count(), new Count()];
  let [warnings, logins, failedLogins] = [0, 0, 0];
  let before = first;
  for (let done = 0; done < upgrades; done += 1) {
    const stderr = await applyChart(cluster, way, release);
    warnings += stderr.match(/\[lockstep\//g)?.length ?? 0;
    const after = await observe(cluster, namespace);
    changed.add(changedValues(before, after, isHelm));
    recreated.add(recreatedValues(before, after, isHelm));
    rolled.add(rolledWorkloads(before, after));
    if (chart.login !== undefined) {
      logins += 1;
      if (!(await canLogIn(postgres, { role, password: passwordIn(after, chart.login) }))) failedLogins += 1;
    }
    before = after;
  }
  const counts = { changed: changed.all(), recreated: recreated.all(), rolled: rolled.all() };
  return { namespace, role, first, tally: { way, upgrades, ...counts, warnings, logins, failedLogins } };
}

class Count {
  readonly #counts = new Map<string, number>();
  add(names: readonly string[]): void {
    for (const name of names) this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }
  readonly all = (): Readonly<Record<string, number>> => Object.fromEntries(this.#counts);
}

type Login = NonNullable<PublicChart['login']>;

const passwordIn = ({ values }: Observed, { secret, password }: Login): string =>
  values.get(`${secret}/${password}`) ?? '';

async function connectLogin(login: Login, namespace: string, role: string, first: Observed, mode: string) {
  await postgres.sql(`CREATE ROLE ${role} LOGIN PASSWORD '${passwordIn(first, login)}'`);
  const { secret, password, user, database } = login;
  if (mode !== 'kept' || user === undefined || database === undefined) return;
  await cluster.apply({
    apiVersion: 'lockstep.dev/v1alpha1',
    kind: 'PostgresCredential',
    metadata: { name: 'app', namespace },
    spec: {
      secretName: secret,
      keys: { user, password, database },
      server: { host: postgres.host, port: postgres.port },
    },
  });
  await until('the first login', [daemon], () => isSynced(namespace));
}

async function isSynced(namespace: string): Promise<boolean> {
  const path = `/apis/lockstep.dev/v1alpha1/namespaces/${namespace}/postgrescredentials/app`;
  const { status } = (await cluster.request(path)).json() as Loose;
  return (
    status?.conditions?.some(({ type, status }: Loose) => type === 'Synced' && status === 'True') === true
  );
}

/** A person changes `name` with consent. */
async function changeOnPurpose(namespace: string, name: string): Promise<boolean> {
  const [secret = '', key = ''] = name.split('/');
  const value = `${(await observe(cluster, namespace)).values.get(name)}Changed`;
  const until_ = new Date(Date.now() + 60 * 60 * 1000).toISOString();
  const patch = {
    metadata: { annotations: { 'lockstep.dev/allow-change-until': until_ } },
    stringData: { [key]: value },
  };
  await cluster.mustRun(['patch', 'secret', secret, '-n', namespace, '-p', JSON.stringify(patch)]);
  return (await observe(cluster, namespace)).values.get(name) === value;
}

/** The change with consent may still run: then the first command only follows it. */
async function isRotated(login: Login, namespace: string, role: string): Promise<boolean> {
  const before = passwordIn(await observe(cluster, namespace), login);
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    const { exitCode } = await lockstep('rotate', `${namespace}/${login.secret}`);
    const password = passwordIn(await observe(cluster, namespace), login);
    if (exitCode === 0 && password !== before) return await canLogIn(postgres, { role, password });
  }
  return false;
}

for (const chart of chosen)
  t.test(`${nameOf(chart)} ${chart.version} of ${chart.repository}`, async (t) => {
    const folder = await unpackChart(chart, CLONES, join(home, 'charts', nameOf(chart)));
    const plain: Tally[] = [];
    for (const way of WAYS)
      plain.push(
        (await upgrade(chart, folder, way, { mode: 'plain', upgrades: UPGRADES_WITHOUT_POLICY })).tally,
      );
    const drawn = Object.keys(plain.at(-1)?.changed ?? {});
    t.not(drawn.length, 0, 'it draws a value');

    const installed: Installed[] = [];
    for (const way of WAYS)
      installed.push(await upgrade(chart, folder, way, { mode: 'kept', upgrades: Number(UPGRADES) }));
    await sleep(SETTLE_MS);
    const kept = [];
    for (const { namespace, role, first, tally } of installed) {
      const { restarts } = await observe(cluster, namespace);
      t.same(tally.changed, {}, `${tally.way}: no stored value changes`);
      t.same(restarts, first.restarts, `${tally.way}: lockstep restarts no workload`);
      t.equal(tally.failedLogins, 0, `${tally.way}: each login succeeds`);
      const consent = await changeOnPurpose(namespace, drawn[0] ?? '');
      t.ok(consent, `${tally.way}: a change with consent passes`);
      const rotated =
        chart.login?.user === undefined ? undefined : await isRotated(chart.login, namespace, role);
      t.not(rotated, false, `${tally.way}: lockstep rotate passes`);
      kept.push({ ...tally, restarts: restartsOf(first, restarts), consent, rotated });
    }
    for (const { namespace } of installed)
      for (const each of [namespace, namespace.replace('kept', 'plain')])
        await cluster.mustRun(['delete', 'namespace', each, '--wait=false']);
    const result = {
      chart: nameOf(chart),
      version: chart.version,
      repository: chart.repository,
      plain,
      kept,
    };
    appendFileSync(join(CLONES, 'results.jsonl'), `${JSON.stringify(result)}\n`);
  });

function restartsOf({ restarts: before }: Observed, after: Observed['restarts']): number {
  return [...before].filter(([workload, version]) => after.get(workload) !== version).length;
}

function nameOf({ repository, path }: PublicChart): string {
  const name = path === '.' ? repository.split('/')[1] : path.split('/').at(-1);
  return `${repository.split('/')[0]}-${name}`.toLowerCase();
}
