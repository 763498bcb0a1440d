import t from 'tap';
import type { CommandName, ExitCode } from '../../../src/commands/cli/exit-codes.ts';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { aLaptopController } from '../../helpers/cluster/laptop-controller.ts';
import { fetchText, lockstep as startLockstep } from '../../helpers/cluster/lockstep.ts';
import { aVersionedSecret, installPolicies } from '../../helpers/cluster/versioned-secret.ts';
import { lockstep } from '../../helpers/commands/commands.ts';
import { CODES_OF_A_CLUSTER } from '../../helpers/commands/exit-codes.ts';
import { GOOD, STORY } from '../../helpers/engine/engine.ts';
import { installLockstep } from '../../testbed/lockstep/lockstep.ts';
import { freePort } from '../../testbed/process/ports.ts';
import { until } from '../../testbed/process/until.ts';

// The exit codes of docs/reference/cli.md that only a command with a cluster reaches.
const cluster = await aCluster(t);
const OVERDUE = { sensitive: true, generate: { length: 32 }, rotate: { schedule: '0 4 1 1 *' } };
await installPolicies(cluster, {
  rotated: { match: { names: ['rotated', 'stuck'] }, restart: true, keys: { KEY: OVERDUE } },
  versions: { match: { names: ['app'] }, keys: { TOKEN: { sensitive: true, minLength: 12 } } },
});
const apply = (...items: readonly object[]) => cluster.apply(items, '--server-side');
const aSecret = (ref: string, stringData: Readonly<Record<string, string>>, annotations: object = {}) => {
  const [namespace, name] = ref.split('/');
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace, annotations }, stringData };
};

const reached = new Map<CommandName, Set<ExitCode>>();
/** The command line exits with this code. */
async function exits(expected: ExitCode, name: CommandName, ...args: readonly string[]): Promise<void> {
  const line = [...name.split(' '), ...args];
  const { exitCode, stdout, stderr } = await lockstep(...line, '--kubeconfig', cluster.kubeconfig);
  t.equal(exitCode, expected, `${line.join(' ')}: ${stdout}${stderr}`);
  reaches(name, expected);
}
const reaches = (name: CommandName, code: ExitCode): void => {
  reached.set(name, (reached.get(name) ?? new Set()).add(code));
};

t.before(async () => {
  const names = ['good', 'bad'];
  await apply(...names.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })));
  const generated = { 'lockstep.dev/generate': 'true' };
  const labels = { app: 'api' };
  const env = [{ name: 'KEY', valueFrom: { secretKeyRef: { name: 'stuck', key: 'KEY' } } }];
  await apply(
    aSecret('good/story', STORY),
    aSecret('good/rotated', { KEY: GOOD.key }, generated),
    aSecret('bad/token', { JWT_SECRET: 'CHANGE_ME' }),
    aSecret('bad/stuck', { KEY: GOOD.key }, generated),
    // No kubelet and no controller manager run, so its rollout never ends.
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'api', namespace: 'bad' },
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'api', image: 'api', env }] } },
      },
    },
    // Nothing listens there, so that heal can't try which password is right.
    aSecret('bad/unreachable', {
      POSTGRES_USER: 'app',
      POSTGRES_PASSWORD: GOOD.key,
      POSTGRES_HOST: '127.0.0.3',
      POSTGRES_PORT: '1',
      POSTGRES_DB: 'shop',
      DATABASE_URL: `postgresql://app:${GOOD.key}2@127.0.0.3:1/shop`,
    }),
  );
});

t.test('audit', async () => {
  await exits(0, 'audit', '-n', 'good');
  await exits(1, 'audit', '-n', 'bad');
});

t.test('find-value', async (t) => {
  const report = (value: string) => JSON.stringify([{ Secret: value }]);
  const folder = t.testdir({ 'absent.json': report('hT8vK2pQ9xLm-3'), 'present.json': report(GOOD.key) });
  await exits(0, 'find-value', '--report', `${folder}/absent.json`);
  const metadata = { name: 'leaked', namespace: 'good' };
  await apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { KEY: GOOD.key } });
  await exits(1, 'find-value', '--report', `${folder}/present.json`);
});

t.test('uses', async () => {
  await exits(0, 'uses', 'good/story');
});

t.test('history and rollback', async () => {
  const app = await aVersionedSecret(cluster, 'versions');
  await app.hold({ TOKEN: Buffer.from('CHANGE_ME') });
  await app.hold({ TOKEN: Buffer.from(GOOD.key) });
  await app.hold({ TOKEN: Buffer.from(`${GOOD.key}2`) });
  await exits(0, 'history', 'versions/app');
  await exits(1, 'rollback', 'versions/app', '--to', '1');
  await exits(0, 'rollback', 'versions/app', '--to', '2');
});

t.test('heal', async () => {
  await exits(0, 'heal', 'good/story');
  await exits(1, 'heal', 'bad/unreachable', '--connect');
});

t.test('rotate and connect', async (t) => {
  await exits(2, 'rotate', 'good/rotated', '--key', 'KEY');
  const controller = await aLaptopController(t, cluster, '--rollout-seconds', '1');
  await exits(0, 'rotate', 'good/rotated', '--key', 'KEY');
  await exits(1, 'rotate', 'bad/stuck', '--key', 'KEY');
  await exits(0, 'connect', 'bad/unreachable');
  await exits(1, 'connect', 'bad/stuck');
  await controller.stop();
});

t.test('doctor, probe, serve and controller', async (t) => {
  await exits(1, 'doctor', '--cluster');
  await exits(1, 'probe');
  const webhook = await installLockstep(cluster);
  await exits(0, 'probe');
  await exits(0, 'doctor', 'good/rotated');
  t.equal(await webhook.stop('SIGTERM'), 0);
  reaches('serve', 0);
  const metricsPort = await freePort();
  const controller = startLockstep(t, ['controller', '--metrics-port', String(metricsPort)], {
    LOCKSTEP_KUBECONFIG: await cluster.serviceAccountKubeconfig('lockstep-system', 'lockstep-controller'),
  });
  await until(
    'the controller lives',
    [],
    async () => (await fetchText(metricsPort, '/healthz')).status === 200,
  );
  controller.child.kill('SIGTERM');
  t.equal(await controller.exited, 0, controller.stderr());
  reaches('controller', 0);
});

t.test('each code that needs a cluster was reached', async (t) => {
  const codes = Object.fromEntries([...reached].map(([name, each]) => [name, [...each].sort()]));
  t.same(codes, CODES_OF_A_CLUSTER);
});
