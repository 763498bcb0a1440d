import { join } from 'node:path';
import { execa } from 'execa';
import type { Cluster } from '../../testbed/cluster/cluster.ts';
import { entryPoint } from '../../testbed/lockstep/release.ts';
import type { Daemon } from '../../testbed/process/daemon.ts';
import { until } from '../../testbed/process/until.ts';
import { aManifest as aWorkload, fromKey } from '../cluster/consumers.ts';
import { aManifest } from '../cluster/team.ts';
import { aSecretPolicy } from '../policy/secret-policy.ts';
import { aCanary } from './canary.ts';
import { keptValues } from './kept-values.ts';

type Texts = Readonly<Record<string, string>>;

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Index {
  readonly versions: readonly object[];
  readonly rollout?: object;
  readonly pending?: object;
}

const TEMPLATE = 'postgresql://app:${DB_PASSWORD}@db:5432/app';
export const urlOf = (password: string): string => TEMPLATE.replace('${DB_PASSWORD}', password);

/** The controller may do everything with each Secret `app`. */
const POLICY = aSecretPolicy('app', {
  match: { names: ['app'] },
  heal: 'Always',
  restart: true,
  keys: {
    JWT_SECRET: {
      sensitive: true,
      generate: { bytes: 48 },
      rotate: { schedule: '0 4 1 1 *', previousKey: 'JWT_SECRET_BEFORE', gracePeriod: '1m' },
    },
    CSRF_SECRET: { sensitive: true, generate: { length: 32 } },
    API_TOKEN: { sensitive: true, maxAge: '1m' },
    DB_PASSWORD: { sensitive: true },
    DATABASE_URL: { derive: { template: TEMPLATE } },
  },
});

/**
 * Teams whose values are all canaries, and a person who works with kubectl and lockstep. `daemons` are the processes
 * that must keep running.
 */
export function canaryTeams(cluster: Cluster, daemons: readonly Daemon[]) {
  const values = new Set<string>();
  const digests = new Set<string>();
  const printed: string[] = [];

  function secret(length?: number, end = ''): string {
    const value = aCanary(length) + end;
    values.add(value);
    return value;
  }

  async function kubectl(...args: readonly string[]): Promise<string> {
    return (await cluster.mustRun(args)).stdout;
  }

  async function put(object: object, ...how: readonly string[]): Promise<void> {
    const { stdout, stderr } = await cluster.mustRun([...how, '-f', '-'], { input: object });
    printed.push(stdout, stderr);
  }

  async function install(): Promise<void> {
    for (const crd of ['policyreports', 'openreports', 'externalsecrets'])
      await kubectl('apply', '-f', join(import.meta.dirname, '..', '..', 'data', 'crds', `${crd}.yaml`));
    await kubectl('wait', '--for=condition=Established', 'crd', '--all');
    await put(POLICY, 'apply');
  }

  /** A namespace with the Secret `app`, whose URL is correct unless the options differ, and with its consumers. */
  async function aTeam(
    namespace: string,
    texts: Texts = {},
    metadata: object = {},
    workloads: readonly object[] = [],
  ): Promise<void> {
    await kubectl('create', 'namespace', namespace);
    const password = secret();
    const own = { JWT_SECRET: secret(), API_TOKEN: secret(), DB_PASSWORD: password };
    const stringData = { ...own, DATABASE_URL: urlOf(password), ...texts };
    const items = [aManifest({}, { metadata: { name: 'app', ...metadata }, stringData }), ...workloads];
    // Not `apply`, which would leave a copy of the values in an annotation.
    await put({ apiVersion: 'v1', kind: 'List', items }, 'create', '-n', namespace);
  }

  /** A workload that reads JWT_SECRET, with one more value in its manifest. */
  function aReader(name: string) {
    const { env } = fromKey('JWT_SECRET') as { env: object[] };
    return aWorkload('Deployment', name, { env: [...env, { name: 'LITERAL', value: secret() }] });
  }

  /** A user's edit. */
  async function change(namespace: string, texts: Texts, name = 'app'): Promise<void> {
    const patch = JSON.stringify({ stringData: texts });
    const { stdout, stderr } = await cluster.mustRun([
      'patch',
      'secret',
      name,
      '-n',
      namespace,
      '-p',
      patch,
      '--field-manager=kubectl-edit',
    ]);
    printed.push(stdout, stderr);
  }

  async function held(namespace: string, key: string, name = 'app'): Promise<string | undefined> {
    const { status, json } = await cluster.request(`/api/v1/namespaces/${namespace}/secrets/${name}`);
    const base64 = status === 200 ? json().data?.[key] : undefined;
    return base64 && Buffer.from(base64, 'base64').toString('utf8');
  }

  /** The content of the record. Undefined if there is none. */
  async function indexOf(namespace: string): Promise<Index | undefined> {
    const text = await held(namespace, 'index', 'lockstep-record-app');
    return text === undefined ? undefined : JSON.parse(text);
  }

  /** Resolves after that many versions are recorded and all consumers have the last one. */
  const inStep = (namespace: string, count: number): Promise<void> =>
    until(`version ${count} of ${namespace}`, daemons, async () => {
      const { versions = [], rollout, pending } = (await indexOf(namespace)) ?? {};
      return versions.length >= count && rollout === undefined && pending === undefined;
    });

  /** Resolves after lockstep has recorded such an Event in that namespace. */
  const event = (namespace: string, reason: string): Promise<void> =>
    until(`${reason} in ${namespace}`, daemons, async () =>
      (await kubectl('get', 'events', '-n', namespace, '-o', 'jsonpath={.items[*].reason}')).includes(reason),
    );

  async function run(...args: readonly string[]): Promise<CommandResult> {
    const ended = await execa(process.execPath, [entryPoint(), ...args], { reject: false });
    const { stdout, stderr, exitCode = -1 } = ended;
    printed.push(stdout, stderr);
    return { exitCode, stdout, stderr };
  }

  /** Values that the controller made itself, and its copies of given values, are as secret. */
  async function collect(): Promise<void> {
    const kept = await keptValues(cluster, [...values]);
    for (const value of kept.values) values.add(value);
    for (const digest of kept.digests) digests.add(digest);
  }

  return {
    /** Each is used once, and no output may hold a piece of one. */
    values,
    /** Values of the versions in records. */
    digests,
    /** The output of kubectl and of the commands of lockstep. */
    printed,
    secret,
    kubectl,
    put,
    install,
    aTeam,
    aReader,
    change,
    held,
    indexOf,
    inStep,
    event,
    run,
    onCluster: (...args: readonly string[]) => run(...args, '--kubeconfig', cluster.kubeconfig),
    collect,
  };
}
