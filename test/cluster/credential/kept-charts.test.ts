import t from 'tap';
import { applyChart, WAYS } from '../../helpers/cluster/apply-chart.ts';
import { aClusterWithLockstep } from '../../helpers/cluster/cluster.ts';
import { lockstepOn } from '../../helpers/cluster/versioned-secret.ts';
import { canLogIn } from '../../helpers/credential/deviations.ts';
import { DATABASE, type Loose } from '../../helpers/credential/team.ts';
import { aSecretPolicy } from '../../helpers/policy/secret-policy.ts';
import { installController } from '../../testbed/lockstep/controller.ts';
import { aPostgres } from '../../testbed/postgres/postgres.ts';
import { until } from '../../testbed/process/until.ts';

// G11: charts that draw a password in each way that public charts do, under a policy that keeps it.
const UPGRADES = 3;

const { cluster } = await aClusterWithLockstep(t, { controllers: true, nodes: 1 });
const [controllers, postgres] = await Promise.all([installController(cluster), aPostgres(t)]);
await postgres.sql(`CREATE DATABASE ${DATABASE}`);
const { daemon } = await controllers.lead('controller', { LOCKSTEP_PROPAGATION_SECONDS: '1' });
const lockstep = lockstepOn(t, cluster.kubeconfig, []);

await cluster.apply(
  aSecretPolicy('charts', {
    match: { names: ['app'] },
    keys: {
      POSTGRES_USER: {},
      POSTGRES_DB: {},
      POSTGRES_PASSWORD: { sensitive: true, minLength: 15, onChange: 'Keep' },
      DATABASE_URL: {
        derive: { template: 'postgresql://${POSTGRES_USER}:${POSTGRES_PASSWORD}@db:5432/${POSTGRES_DB}' },
      },
    },
  }),
);

const LOOKUP = '(lookup "v1" "Secret" .Release.Namespace "app")';

interface Chart {
  /** The template of the password. */
  readonly password: string;
  /** The annotations of the Secret. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** An annotation of the pods has the checksum of the rendered Secret. */
  readonly hasChecksum?: true;
  /** Each upgrade creates the Secret again, so its consumers restart. */
  readonly isHook?: true;
}

const CHARTS: Readonly<Record<string, Chart>> = {
  always: { password: '{{ randAlphaNum 24 | b64enc }}' },
  lookup: {
    password: `{{ if ${LOOKUP} }}{{ index ${LOOKUP}.data "POSTGRES_PASSWORD" }}{{ else }}{{ randAlphaNum 24 | b64enc }}{{ end }}`,
  },
  checksum: { password: '{{ randAlphaNum 24 | b64enc }}', hasChecksum: true },
  hook: {
    password: '{{ randAlphaNum 24 | b64enc }}',
    annotations: {
      'helm.sh/hook': 'pre-install,pre-upgrade',
      'helm.sh/hook-delete-policy': 'before-hook-creation',
    },
    isHook: true,
  },
};

const chartOf = ({ password, annotations = {}, hasChecksum }: Chart) => ({
  'Chart.yaml': 'apiVersion: v2\nname: app\nversion: 0.1.0\n',
  templates: {
    'secret.yaml': `
apiVersion: v1
kind: Secret
metadata:
  name: app
  annotations: ${JSON.stringify(annotations)}
data:
  POSTGRES_USER: {{ .Values.role | b64enc }}
  POSTGRES_DB: {{ "${DATABASE}" | b64enc }}
  POSTGRES_PASSWORD: ${password}
`,
    'deployment.yaml': `
apiVersion: apps/v1
kind: Deployment
metadata: { name: api }
spec:
  selector: { matchLabels: { app: api } }
  template:
    metadata:
      labels: { app: api }
      annotations:
        checksum: ${hasChecksum === true ? '{{ include (print $.Template.BasePath "/secret.yaml") . | sha256sum }}' : 'none'}
    spec:
      nodeName: node-1
      terminationGracePeriodSeconds: 0
      containers: [{ name: api, image: api, envFrom: [{ secretRef: { name: app } }] }]
`,
  },
});

async function stored(namespace: string): Promise<Readonly<Record<string, string>>> {
  const { json } = await cluster.request(`/api/v1/namespaces/${namespace}/secrets/app`);
  const data: Readonly<Record<string, string>> = json().data;
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
  );
}

async function restartOf(namespace: string): Promise<unknown> {
  const { json } = await cluster.request(`/apis/apps/v1/namespaces/${namespace}/deployments/api`);
  return (json() as Loose).spec.template.metadata.annotations['lockstep.dev/secret-version'];
}

async function isSynced(namespace: string): Promise<boolean> {
  const { json } = await cluster.request(
    `/apis/lockstep.dev/v1alpha1/namespaces/${namespace}/postgrescredentials/app`,
  );
  const { status } = json() as Loose;
  return (
    status?.conditions?.some(({ type, status }: Loose) => type === 'Synced' && status === 'True') === true
  );
}

for (const [name, chart] of Object.entries(CHARTS))
  for (const [index, way] of WAYS.entries()) {
    // kubectl does not know hooks: it applies the Secret like any other.
    const isRecreated = chart.isHook === true && way.startsWith('upgrade');
    t.test(`${name}, ${way}: no stored value changes, and each login succeeds`, async (t) => {
      const namespace = `${name}-${index}`;
      const role = namespace.replaceAll('-', '_');
      t.testdir({ chart: chartOf(chart) });
      await cluster.mustRun(['create', 'namespace', namespace]);
      const home = t.testdirName;
      const settings = ['--set', `role=${role}`];
      const release = { name: 'app', namespace, chart: `${home}/chart`, home, settings };
      await applyChart(cluster, way, release);
      const first = await stored(namespace);
      const password = first.POSTGRES_PASSWORD ?? '';
      await postgres.sql(`CREATE ROLE ${role} LOGIN PASSWORD '${password}'`);
      await cluster.apply({
        apiVersion: 'lockstep.dev/v1alpha1',
        kind: 'PostgresCredential',
        metadata: { name: 'app', namespace },
        spec: { secretName: 'app', server: { host: postgres.host, port: postgres.port } },
      });
      await until('the first login', [daemon], () => isSynced(namespace));
      const restart = await restartOf(namespace);
      for (let upgrade = 1; upgrade <= UPGRADES; upgrade += 1) {
        await applyChart(cluster, way, release);
        if (isRecreated)
          await until(
            'the password',
            [daemon],
            async () => (await stored(namespace)).POSTGRES_PASSWORD === password,
          );
        t.same(await stored(namespace), first, `upgrade ${upgrade}`);
        t.ok(await canLogIn(postgres, { role, password }));
      }
      if (!isRecreated) t.equal(await restartOf(namespace), restart, 'no restart');
    });
  }

t.test('each change that someone asks for passes: consent, rollback and rotation', async (t) => {
  const namespace = 'always-0';
  const before = (await stored(namespace)).POSTGRES_PASSWORD;
  const until_ = new Date(Date.now() + 60 * 60 * 1000).toISOString();
  const password = `${before}Changed`;
  const patch = {
    metadata: { annotations: { 'lockstep.dev/allow-change-until': until_ } },
    stringData: { POSTGRES_PASSWORD: password },
  };
  await cluster.mustRun(['patch', 'secret', 'app', '-n', namespace, '-p', JSON.stringify(patch)]);
  await until('the server to follow', [daemon], () => canLogIn(postgres, { role: 'always_0', password }));
  t.equal((await stored(namespace)).POSTGRES_PASSWORD, password);
  await until('the change to end', [daemon], () => isSynced(namespace));

  const rolledBack = await lockstep('rollback', `${namespace}/app`, '--to', '1');
  t.equal(rolledBack.exitCode, 0, rolledBack.stdout + rolledBack.stderr);
  t.equal((await stored(namespace)).POSTGRES_PASSWORD, before);
  t.ok(await canLogIn(postgres, { role: 'always_0', password: before ?? '' }));

  const rotated = await lockstep('rotate', `${namespace}/app`);
  t.equal(rotated.exitCode, 0, rotated.stdout + rotated.stderr);
  const { POSTGRES_PASSWORD: last = '' } = await stored(namespace);
  t.not(last, before);
  t.ok(await canLogIn(postgres, { role: 'always_0', password: last }));
});
