import t from 'tap';
import { run } from '../../../src/commands/program.ts';
import { aCanary, canarySearcher } from '../../helpers/canary/canary.ts';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { aShell } from '../../helpers/commands/commands.ts';
import { aFakeServer } from '../../helpers/postgres/fake-server.ts';
import { freePort } from '../../testbed/process/ports.ts';
import { aRedis, aReplica, CLUSTER_NODE, type Redis } from '../../testbed/redis/redis.ts';

// Secrets without a credential, on a real API server and real servers of Redis.
const cluster = await aCluster(t);
await cluster.mustRun(['create', 'namespace', 'shop']);
const [password, other] = [aCanary(24), aCanary(24)];
const config = [
  `requirepass ${password}`,
  `user app on >${password} ~* +@all`,
  `user off off >${password} ~* +@all`,
  'user empty on resetpass ~* +@all',
  'user open on nopass ~* +@all',
  `user admin on >${other} ~* +@all`,
  `user reader on >${other} ~* +get`,
];
const server = await aRedis(t, { config });
const at = ({ host, port }: Pick<Redis, 'host' | 'port'>) => `${host}:${port}`;
const printed: string[] = [];

interface Told {
  readonly check: string;
  readonly outcome: string;
  readonly message: string;
  readonly fix: string;
}

let secrets = 0;

async function aStored(stringData: Readonly<Record<string, string>>): Promise<string> {
  const name = `app-${++secrets}`;
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'shop' }, stringData };
  await cluster.mustRun(['create', '-f', '-'], { input: secret });
  return name;
}

async function checksOf(name: string, ...args: readonly string[]): Promise<readonly Told[]> {
  const shell = aShell();
  const options = ['--kubeconfig', cluster.kubeconfig, '--connect-timeout', '1s'];
  await run(['doctor', `shop/${name}`, '--output', 'json', ...options, ...args], shell);
  printed.push(shell.printed.stdout, shell.printed.stderr);
  return (JSON.parse(shell.printed.stdout) as { readonly checks: readonly Told[] }).checks;
}

async function asked(stringData: Readonly<Record<string, string>>, ...args: readonly string[]) {
  return (await checksOf(await aStored(stringData), ...args)).filter(({ check }) => check === 'login');
}

const url = (login: string, place = at(server), scheme = 'redis') => ({
  REDIS_URL: `${scheme}://${login}@${place}/0`,
});

t.test('says the result of each login, and the next step', async (t) => {
  const user = [`user app on >${password} ~* +@all`];
  const open = await aRedis(t);
  const replica = await aReplica(t, server, { config: user });
  const sentinel = await aRedis(t, { sentinel: true });
  const node = await aRedis(t, { config: [...user, CLUSTER_NODE] });
  const tls = await aRedis(t, { config: user, tls: { names: ['localhost'] } });
  const silent = await aFakeServer(t, () => {});
  const keys = { REDIS_PASSWORD: password, REDIS_HOST: server.host, REDIS_PORT: String(server.port) };
  const inCluster = /exec deployment\/lockstep-controller .* doctor shop\/app-\d+$/;
  const login = `app:${password}`;
  for (const [secret, outcome, message, fix] of [
    [url(`:${password}`), 'ok', /^REDIS_URL opens .* as default$/, /^$/],
    [url(login), 'ok', /^REDIS_URL opens .* as app$/, /^$/],
    [keys, 'ok', /^REDIS_PASSWORD opens .* as default$/, /^$/],
    [{ ...keys, ...url(`:${password}`) }, 'ok', /^REDIS_PASSWORD opens .* as default$/, /^$/],
    [{ ...keys, REDIS_USERNAME: 'app' }, 'ok', /^REDIS_PASSWORD opens .* as app$/, /^$/],
    [url(`app:${other}`), 'fault', /, user app on .*, is refused \(WRONGPASS\)/, / --admin-secret NAME$/],
    [{ REDIS_URL: `redis://${at(server)}/0` }, 'fault', /is refused: .* \(NOAUTH\)/, /^kubectl .* edit/],
    [url(`:${other}`, at(open)), 'warning', /without asking for a password/, /requirepass/],
    [url(login, at(replica)), 'warning', /but it is a replica$/, /host of its primary/],
    [url(login, at(sentinel)), 'unknown', /a Sentinel answers at .* does not follow it to/, /primary/],
    [url(login, at(sentinel), 'redis-sentinel'), 'unknown', /a Sentinel answers at/, /primary/],
    [url(login, at(node)), 'ok', /on a node of a cluster: lockstep does not change passwords there/, /^$/],
    [url(login, at(tls)), 'fault', /speaks only TLS$/, /in a URL rediss$/],
    [url(login, at(server), 'rediss'), 'fault', /has no TLS$/, /tls.mode: disable$/],
    [url(login, at(tls), 'rediss'), 'unknown', /not of an authority that is trusted/, /caSecretName$/],
    [url(login, 'redis.invalid'), 'unknown', /DNS does not know the host of redis.invalid:6379$/, /the name/],
    [url(login, 'redis'), 'unknown', /DNS does not know the host of redis.shop.svc:6379$/, inCluster],
    [url(login, `127.0.0.1:${await freePort('127.0.0.1')}`), 'unknown', /nothing listens at/, inCluster],
    [url(login, at(silent)), 'unknown', /nothing answered at .* in time$/, inCluster],
  ] as const) {
    const told = await asked(secret);
    t.match([told.length, ...told], [1, { outcome, message, fix }], String(message));
  }
});

t.test('an administrator sees why a user is refused', async (t) => {
  const admin = ['--admin-secret', await aStored({ username: 'admin', password: other })];
  for (const [login, message, fix] of [
    [
      `off:${password}`,
      /is refused: the user is off$/,
      /^redis-cli .* --user admin --askpass ACL SETUSER off on$/,
    ],
    [`nobody:${password}`, /is refused: the server has no such user$/, /make it/],
    [`empty:${password}`, /is refused: the user has no password on the server$/, /ACL SETUSER/],
    [`app:${other}`, /is refused: the server has another password/, /make a RedisCredential for it/],
    [`app:'${password}'`, /is refused: the server has the password without the quotes/, /RedisCredential/],
  ] as const)
    t.match(
      await asked(url(login), ...admin),
      [{ outcome: 'fault', message, fix }],
      login.split(':', 1).join(),
    );
  const [off] = await asked(url(`off:${password}`), ...admin);
  const words = /ACL SETUSER \w+ on$/.exec(off?.fix ?? '')?.[0].split(' ') ?? [];
  await server.send(words);
  t.match(await asked(url(`off:${password}`)), [{ outcome: 'ok' }], 'the command of the fix');
  const reader = ['--admin-secret', await aStored({ username: 'reader', password: other })];
  const hidden = {
    message: /only an administrator sees whether .*: .*user reader may not ACL GETUSER \(NOPERM\)/,
  };
  t.match(await asked(url(`app:${other}`), ...reader), [hidden]);
});

t.test('the login of an administrator goes to the kind of server that its keys name', async (t) => {
  const mixed = { ...url(`app:${other}`), DATABASE_URL: `postgresql://app:${other}@127.0.0.1:1/orders` };
  const unnamed = ['--admin-secret', await aStored({ username: 'admin', password: other })];
  const isRefused = (message: RegExp) => [{ outcome: 'unknown' }, { outcome: 'fault', message }];
  t.match(
    await asked(mixed, ...unnamed),
    isRefused(/: Secret shop\/app-\d+: its login goes to PostgreSQL alone, .* REDIS_PASSWORD$/),
  );
  const named = ['--admin-secret', await aStored({ REDIS_USERNAME: 'admin', REDIS_PASSWORD: other })];
  t.match(await asked(mixed, ...named), isRefused(/the server has another password/));
});

t.test('a RedisCredential has the checks of a PostgresCredential', async (t) => {
  const keys = { REDIS_USERNAME: 'app', REDIS_PASSWORD: password };
  const name = await aStored({ ...keys, DATABASE_URL: `postgresql://app:${other}@127.0.0.1:1/orders` });
  await cluster.mustRun(['apply', '--server-side', '-f', 'manifests/crds/rediscredentials.yaml']);
  const crd = 'crd/rediscredentials.lockstep.dev';
  await cluster.mustRun(['wait', '--for=condition=Established', crd]);
  const credential = (server: object) => ({
    apiVersion: 'lockstep.dev/v1alpha1',
    kind: 'RedisCredential',
    metadata: { name: 'login', namespace: 'shop' },
    spec: { secretName: name, server },
  });
  const told = async (check: string) => (await checksOf(name)).filter((one) => one.check === check);
  await cluster.apply(credential({}));
  t.match(await told('login'), [{ outcome: 'fault', message: /names no server: set REDIS_HOST/ }, {}]);
  await cluster.apply(credential({ host: server.host, port: server.port }));
  t.match(await told('credential'), [{ message: /^RedisCredential login has not been looked at/ }]);
  t.match(await told('record'), [{ outcome: 'warning', message: /there is no record of it yet/ }]);
  t.match(await told('login'), [{ outcome: 'unknown' }, { outcome: 'ok', message: /^REDIS_PASSWORD opens/ }]);
  await server.send(['ACL', 'SETUSER', 'app', 'resetpass', `>${other}`]);
  const problem =
    /^the login of REDIS_PASSWORD, user app on .*, is refused: no login in this Secret has opened/;
  t.match(await told('login'), [{}, { outcome: 'fault', message: problem, fix: /--admin-secret NAME$/ }]);
  const admin = ['--admin-secret', await aStored({ REDIS_USERNAME: 'admin', REDIS_PASSWORD: other })];
  const fix = `kubectl -n shop patch rediscredential login --type merge -p '{"spec":{"adminSecretName":"${admin[1]}","server":{"host":"127.0.0.1","port":${server.port}},"allowedUsers":["app"]}}' && lockstep rotate shop/${name} --from-secret`;
  const [, refused] = (await checksOf(name, ...admin)).filter(({ check }) => check === 'login');
  t.match(refused, { outcome: 'fault', fix });
});

t.test('prints no password', async (t) => {
  t.same(canarySearcher([password, other])(printed.join('\n')), []);
});
