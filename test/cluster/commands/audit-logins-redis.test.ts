import t from 'tap';
import { aCanary, findCanaries } from '../../helpers/canary/canary.ts';
import { lockstep } from '../../helpers/commands/commands.ts';
import type { Loose } from '../../helpers/credential/team.ts';
import { aWorld, conditionOf } from '../../helpers/credential/world.ts';
import { until } from '../../testbed/process/until.ts';
import { aRedis } from '../../testbed/redis/redis.ts';

const { cluster, controllers } = await aWorld(t);
const { daemon } = await controllers.lead('controller', { LOCKSTEP_PROPAGATION_SECONDS: '1' });
const [password, other] = [aCanary(24), aCanary(24)];
const server = await aRedis(t, {
  config: [
    `user app on >${password} ~* +@all`,
    `user plain on >${password} ~* +@all`,
    `user shared on >${password} >${other} ~* +@all`,
  ],
});

const aSecret = (name: string, stringData: Readonly<Record<string, string>>) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: 'shop' },
  stringData: { REDIS_HOST: server.host, REDIS_PORT: `${server.port}`, ...stringData },
});

async function rowsOf(...args: readonly string[]): Promise<ReadonlyMap<string, Loose>> {
  const options = ['-n', 'shop', '-o', 'json', '--kubeconfig', cluster.kubeconfig];
  const { stdout, stderr } = await lockstep('audit', '--logins', ...args, ...options);
  t.same(findCanaries(stdout + stderr, [password, other]), []);
  return new Map(JSON.parse(stdout).logins.map((row: Loose) => [row.name, row]));
}

t.before(async () => {
  const items = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
    aSecret('app', { REDIS_USERNAME: 'app', REDIS_PASSWORD: password }),
    aSecret('plain', { REDIS_USERNAME: 'plain', REDIS_PASSWORD: password }),
    aSecret('shared', { REDIS_USERNAME: 'shared', REDIS_PASSWORD: password }),
    aSecret('wrong', { REDIS_USERNAME: 'plain', REDIS_PASSWORD: other }),
    {
      apiVersion: 'lockstep.dev/v1alpha1',
      kind: 'RedisCredential',
      metadata: { name: 'app', namespace: 'shop' },
      spec: { secretName: 'app', server: { host: server.host, port: server.port } },
    },
  ];
  const input = { apiVersion: 'v1', kind: 'List', items };
  await cluster.apply(input, '--server-side');
  await until('the login to be proven', [daemon], async () => {
    const path = '/apis/lockstep.dev/v1alpha1/namespaces/shop/rediscredentials/app';
    return conditionOf(await (await cluster.request(path)).json(), 'Synced') === 'True';
  });
});

t.test('each login of Redis has a row, with what speaks against a change', async (t) => {
  const rows = await rowsOf('--connect');
  t.same([...rows.keys()].sort(), ['app', 'plain', 'shared', 'wrong']);
  const { host, port } = server;
  const reasons = (name: string) =>
    rows
      .get(name)
      ?.reasons?.map(({ reason }: Loose) => reason)
      .join('; ');
  t.match(rows.get('app'), { credential: 'app', role: 'app', proof: 'now' });
  t.notMatch(reasons('app'), /RedisCredential|Redis at|SingleUser/);
  t.match(rows.get('plain'), { role: 'plain', ready: 'no', proof: 'now' });
  t.match(reasons('plain'), 'needs a RedisCredential: lockstep connect shop/plain');
  t.match(reasons('shared'), 'has a password that lockstep does not know');
  t.match(reasons('wrong'), 'the login does not open the server that the Secret names (WRONGPASS)');
  t.same(rows.get('wrong')?.server, { host, port });
});

t.test('without --connect no login is tried', async (t) => {
  const rows = await rowsOf();
  t.match(rows.get('app')?.proof, { since: /^20/ });
  t.equal(rows.get('plain')?.proof, null);
});
