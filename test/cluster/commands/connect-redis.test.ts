import t from 'tap';
import { parseAllDocuments } from 'yaml';
import { run } from '../../../src/commands/program.ts';
import { aCanary, canarySearcher } from '../../helpers/canary/canary.ts';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { aShell, lockstep } from '../../helpers/commands/commands.ts';
import type { Loose } from '../../helpers/credential/team.ts';
import { aRedis, aReplica, CLUSTER_NODE, type Redis } from '../../testbed/redis/redis.ts';

const cluster = await aCluster(t);
await cluster.mustRun(['create', 'namespace', 'shop']);
for (const plural of ['postgrescredentials', 'rediscredentials']) {
  await cluster.mustRun(['apply', '--server-side', '-f', `manifests/crds/${plural}.yaml`]);
  const crd = `crd/${plural}.lockstep.dev`;
  await cluster.mustRun(['wait', '--for=condition=Established', crd]);
}
const [password, other] = [aCanary(24), aCanary(24)];
const user = `user app on >${password} ~* +@all`;
const server = await aRedis(t, {
  config: [
    `requirepass ${password}`,
    user,
    `user plain on >${password} ~* +@all -@admin -@dangerous`,
    `user shared on >${password} >${other} ~* +@all`,
    'user open on nopass ~* +@all',
    `user admin on >${other} ~* +@all`,
  ],
});
const keysOf = ({ host, port }: Redis, name?: string) => ({
  ...(name !== undefined && { REDIS_USERNAME: name }),
  REDIS_PASSWORD: password,
  REDIS_HOST: host,
  REDIS_PORT: String(port),
});
const printed: string[] = [];
let secrets = 0;

async function aStored(stringData: Readonly<Record<string, string>>): Promise<string> {
  const name = `app-${++secrets}`;
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'shop' }, stringData };
  await cluster.mustRun(['create', '-f', '-'], { input: secret });
  return name;
}

async function connect(stringData: Readonly<Record<string, string>>, ...args: readonly string[]) {
  const name = await aStored(stringData);
  const { exitCode, stdout, stderr } = await lockstep(
    'connect',
    `shop/${name}`,
    '--kubeconfig',
    cluster.kubeconfig,
    ...args,
  );
  printed.push(stdout, stderr);
  const documents: readonly Loose[] = parseAllDocuments(stdout).map((one) => one.toJS());
  return { name, exitCode, stdout, stderr, documents };
}

const applies = (stdout: string) => cluster.apply(stdout, '--dry-run=server');

const NO_LEADER = 'no controller leads in lockstep-system: start one';

t.test('prints a RedisCredential for the login of each spelling', async (t) => {
  const { host, port } = server;
  for (const [secret, spec] of [
    [keysOf(server), { server: { host, port } }],
    [keysOf(server, 'app'), { server: { host, port } }],
    [
      { CACHE_PASSWORD: password, CACHE_USER: 'app', URL: `redis://app:${password}@${host}:${port}/0` },
      { keys: { user: 'CACHE_USER', password: 'CACHE_PASSWORD' }, server: { host, port } },
    ],
    [
      { VALKEY_PASSWORD: password, VALKEY_URL: `rediss://:${password}@redis.shop.svc` },
      {
        keys: { password: 'VALKEY_PASSWORD' },
        server: { host: 'redis.shop.svc', tls: { mode: 'verify-full' } },
      },
    ],
  ] as const) {
    const { name, stdout, documents } = await connect(secret);
    const [document, ...more] = documents;
    t.match(document, { kind: 'RedisCredential', metadata: { name }, spec: { secretName: name, ...spec } });
    t.same(more, []);
    t.notOk('rotation' in document.spec);
    await applies(stdout);
  }
});

t.test('a login that is only in a URL, or names no server, is printed with the missing parts', async (t) => {
  const url = await connect({ REDIS_URL: `redis://:${password}@redis.example/0` });
  t.match(url, { exitCode: 1, stderr: /only inside of REDIS_URL: .* as REDIS_USERNAME and REDIS_PASSWORD/ });
  t.match(await connect({ REDIS_PASSWORD: password }), { exitCode: 1, stderr: /set spec.server.host/ });
  const sentinels = { REDIS_PASSWORD: password, REDIS_URL: `redis-sentinel://:${password}@a,b/0` };
  t.match(await connect(sentinels), { exitCode: 1, stderr: /for Sentinels or a cluster/ });
});

t.test('a Secret with a login of each kind gets two documents, until one exists', async (t) => {
  const secret = {
    ...keysOf(server),
    POSTGRES_USER: 'shop',
    POSTGRES_PASSWORD: other,
    POSTGRES_HOST: 'pg.example',
  };
  const { name, stdout, documents } = await connect(secret);
  t.match(
    stdout,
    /# POSTGRES_HOST of the Secret names this server.*# REDIS_HOST of the Secret names this server/s,
  );
  t.match(stdout, /permits the ports 5432 and 6379 alone: add one for \d+\.$/m);
  t.same(
    documents.map(({ kind }) => kind),
    ['PostgresCredential', 'RedisCredential'],
  );
  await applies(stdout);
  const shell = aShell();
  const again = ['connect', `shop/${name}`, '--kubeconfig', cluster.kubeconfig];
  t.equal(await run([...again, '--output', 'json'], shell), 1);
  await cluster.apply(JSON.parse(shell.printed.stdout).items[0]);
  const second = aShell();
  await run(again, second);
  t.match(second.printed.stdout, /^kind: RedisCredential$/m);
  t.notMatch(second.printed.stdout, 'PostgresCredential');
  printed.push(shell.printed.stdout, second.printed.stdout, second.printed.stderr);
});

t.test('the server shows the obstacles to a change', async (t) => {
  const replica = await aReplica(t, await aRedis(t, { config: [user] }), { config: [user] });
  const node = await aRedis(t, { config: [user, CLUSTER_NODE] });
  const sentinel = await aRedis(t, { sentinel: true });
  const tls = await aRedis(t, { config: [user], tls: { names: ['localhost'] } });
  for (const [secret, obstacle] of [
    [keysOf(server, 'app'), undefined],
    [
      { ...keysOf(server, 'app'), REDIS_PASSWORD: other },
      /the login does not open the server .* \(WRONGPASS\)/,
    ],
    [keysOf(server, 'plain'), /may not see its user \(ACL GETUSER\): name an administrator that may/],
    [keysOf(server, 'shared'), /has a password that lockstep does not know: another manager/],
    [keysOf(server, 'open'), /its user needs no password \(nopass\)/],
    [keysOf(replica, 'app'), /is a replica/],
    [keysOf(node, 'app'), /a node of a cluster, .*: lockstep does not change them yet/],
    [keysOf(sentinel, 'app'), /a Sentinel answers there/],
  ] as const) {
    const { stdout, stderr } = await connect(secret, '--connect');
    const missing = stderr
      .split('\n')
      .filter((line) => !line.includes(NO_LEADER))
      .join('');
    if (obstacle === undefined) t.equal(missing, '');
    else t.match(stdout + stderr, obstacle);
  }
  t.match(await connect(keysOf(tls, 'app'), '--connect'), {
    documents: [{ spec: { server: { tls: { mode: 'verify-full' } } } }],
  });
  const admin = await aStored({ username: 'admin', password: other });
  const { documents, stderr } = await connect(keysOf(server, 'plain'), '--connect', '--admin-secret', admin);
  t.match(documents, [{ spec: { adminSecretName: admin } }]);
  t.notMatch(stderr, /ACL GETUSER/);
});

t.test('prints no password', async (t) => {
  t.same(canarySearcher([password, other])(printed.join('\n')), []);
});
