import t from 'tap';
import { aCanary, canarySearcher } from '../../helpers/canary/canary.ts';
import { helm } from '../../helpers/cluster/helm.ts';
import { lockstepOn } from '../../helpers/cluster/versioned-secret.ts';
import { canLogIn } from '../../helpers/credential/deviations.ts';
import { aTeam, DATABASE, type Loose, type Team } from '../../helpers/credential/team.ts';
import { aWorld, untilInStep } from '../../helpers/credential/world.ts';
import { aSecretPolicy } from '../../helpers/policy/secret-policy.ts';
import { until } from '../../testbed/process/until.ts';

// A Secret is deleted and created again with another password, as `helm uninstall` and `helm install` do.
const world = await aWorld(t);
const { cluster, postgres, controllers } = world;
const { daemon } = await controllers.lead('controller', { LOCKSTEP_PROPAGATION_SECONDS: '1' });
const printed: string[] = [];
const lockstep = lockstepOn(t, cluster.kubeconfig, printed);
const values: string[] = [];

const aPassword = (): string => {
  const password = aCanary(24);
  values.push(password);
  return password;
};

const kubectl = async (...args: readonly string[]): Promise<string> => (await cluster.mustRun(args)).stdout;

async function eventsOf(namespace: string): Promise<readonly Loose[]> {
  const text = await kubectl('get', 'events', '-n', namespace, '-o', 'json');
  printed.push(text);
  return JSON.parse(text).items;
}

const hasEvent = async (namespace: string, reason: string): Promise<boolean> =>
  (await eventsOf(namespace)).some((event) => event.reason === reason);

async function createAgain({ place: { namespace }, ...team }: Team, password: string): Promise<void> {
  const before = await team.secret();
  const stringData = { ...before, POSTGRES_PASSWORD: password };
  await kubectl('delete', 'secret', 'app', '-n', namespace);
  const metadata = { name: 'app', namespace };
  await cluster.mustRun(['create', '-f', '-'], {
    input: { apiVersion: 'v1', kind: 'Secret', metadata, stringData },
  });
}

async function isBack(team: Team, password: string | undefined): Promise<boolean> {
  const { POSTGRES_PASSWORD: held } = await team.secret();
  return held === password;
}

const CHART = {
  'Chart.yaml': 'apiVersion: v2\nname: app\nversion: 0.1.0\n',
  templates: {
    'secret.yaml': `
apiVersion: v1
kind: Secret
metadata: { name: app }
stringData:
  POSTGRES_USER: {{ .Values.role }}
  POSTGRES_DB: ${DATABASE}
  POSTGRES_HOST: "{{ .Values.host }}"
  POSTGRES_PORT: "{{ .Values.port }}"
  POSTGRES_PASSWORD: {{ randAlphaNum 24 | quote }}
`,
  },
};

t.test('helm uninstall and install: the Secret gets the password of its server back', async (t) => {
  const namespace = 'reinstalled';
  const team = await aTeam(world, namespace, { admin: true });
  await untilInStep(team, [daemon]);
  const { POSTGRES_PASSWORD: password = '', POSTGRES_USER: role = '' } = await team.secret();
  const home = t.testdir({ chart: CHART });
  const settings = [`role=${role}`, `host=${postgres.host}`, `port=${postgres.port}`].flatMap((one) => [
    '--set',
    one,
  ]);
  const run = async (...args: readonly string[]) => {
    const { exitCode, stderr } = await helm([...args, '-n', namespace], home, cluster.kubeconfig);
    t.equal(exitCode, 0, stderr);
  };
  await kubectl('delete', 'secret', 'app', '-n', namespace);
  for (const round of [1, 2, 3]) {
    await run('install', 'app', `${home}/chart`, ...settings);
    await until(`round ${round}`, [daemon], () => isBack(team, password));
    await untilInStep(team, [daemon]);
    t.ok(await canLogIn(postgres, { role, password }));
    await run('uninstall', 'app');
  }
  t.ok(await hasEvent(namespace, 'SecretHealed'));
});

t.test('two times in a row, and while the server is away', async (t) => {
  const team = await aTeam(world, 'away', { admin: false });
  await untilInStep(team, [daemon]);
  const { POSTGRES_PASSWORD: password = '', POSTGRES_USER: role = '' } = await team.secret();
  await postgres.stop();
  await createAgain(team, aPassword());
  await createAgain(team, aPassword());
  await until('the server to be missed', [daemon], async () =>
    JSON.stringify(await team.credential()).includes('Unreachable'),
  );
  t.notOk(await isBack(team, password), 'nothing is decided');
  await postgres.start();
  await until('the password', [daemon], () => isBack(team, password));
  await untilInStep(team, [daemon]);
  t.ok(await canLogIn(postgres, { role, password }));
});

for (const strategy of ['SingleUser', 'AlternatingUsers'] as const)
  t.test(`${strategy}: in the middle of a password change`, async (t) => {
    const team = await aTeam(world, `middle-${strategy.toLowerCase()}`, { strategy, admin: true });
    await untilInStep(team, [daemon]);
    for (const _ of [1, 2, 3]) {
      const changed = lockstep('rotate', `${team.place.namespace}/app`, '--timeout', '30s');
      await until('the change', [daemon], async () => (await team.record())?.login?.change !== undefined);
      await createAgain(team, aPassword());
      await changed;
      await untilInStep(team, [daemon]);
      const { POSTGRES_PASSWORD: password = '', POSTGRES_USER: role = '' } = await team.secret();
      values.push(password);
      t.ok(await canLogIn(postgres, { role, password }));
    }
  });

t.test('without a PostgresCredential, the printed command restores the value', async (t) => {
  await cluster.apply(
    aSecretPolicy('vault', {
      match: { names: ['vault'] },
      restart: true,
      keys: { MASTER_KEY: { sensitive: true, minLength: 16 } },
    }),
  );
  await kubectl('create', 'namespace', 'vaults');
  const create = (key: string) =>
    kubectl('create', 'secret', 'generic', 'vault', '-n', 'vaults', `--from-literal=MASTER_KEY=${key}`);
  const stored = async () =>
    Buffer.from(
      (await kubectl('get', 'secret', 'vault', '-n', 'vaults', '-o', 'jsonpath={.data.MASTER_KEY}')).trim(),
      'base64',
    ).toString();
  const recordedBy = async (manager: string): Promise<readonly Loose[]> => {
    const { stdout } = await lockstep('history', 'vaults/vault', '-o', 'json');
    return JSON.parse(stdout).versions.filter(({ by }: Loose) => by === manager);
  };
  const first = aPassword();
  await create(first);
  await kubectl('wait', '--for=create', 'secret/lockstep-record-vault', '-n', 'vaults', '--timeout=60s');
  for (const key of [aPassword(), aPassword()]) {
    await kubectl('delete', 'secret', 'vault', '-n', 'vaults');
    await create(key);
  }
  await until('ValueReplaced', [daemon], () => hasEvent('vaults', 'ValueReplaced'));
  const note = (await eventsOf('vaults')).find(({ reason }) => reason === 'ValueReplaced')?.message ?? '';
  const [command = ''] = /lockstep rollback \S+ --to \d+/.exec(note) ?? [];
  const diagnosis = await lockstep('doctor', 'vaults/vault');
  t.match(diagnosis.stdout, command);
  const audited = await lockstep('audit', '-n', 'vaults');
  t.match(audited.stdout, command);
  const { exitCode, stdout, stderr } = await lockstep(...command.split(' ').slice(1));
  t.equal(exitCode, 0, stdout + stderr);
  t.equal(await stored(), first);
  t.notMatch((await lockstep('doctor', 'vaults/vault')).stdout, 'replaced');

  for (const number of [1, 2, 3]) {
    const patch = JSON.stringify({ stringData: { MASTER_KEY: aPassword() } });
    await kubectl('patch', 'secret', 'vault', '-n', 'vaults', '-p', patch, '--field-manager=a-script');
    await until(`change ${number}`, [daemon], async () => (await recordedBy('a-script')).length === number);
  }
  await until('changed-again', [daemon], async () =>
    (await eventsOf('vaults')).some(({ message }) => message.includes('[lockstep/changed-again]')),
  );
  for (const command of [
    ['doctor', 'vaults/vault'],
    ['audit', '-n', 'vaults'],
  ])
    t.match((await lockstep(...command)).stdout, 'was changed three times within a week by a-script');
});

t.test('prints no value', async (t) => {
  t.same(canarySearcher(values)(printed.join('\n')), []);
  t.same(canarySearcher(values)(daemon.log()), []);
});
