import { inspect } from 'node:util';
import { Redis as Client } from 'ioredis';
import t from 'tap';
import { serverNetworks } from '../../src/dial/server-networks.ts';
import { redisLoginMessage } from '../../src/engine/login/redis/login-messages.ts';
import { Sensitive } from '../../src/engine/secret/sensitive.ts';
import { secretWord } from '../../src/redis/client.ts';
import { tryLogin } from '../../src/redis/login.ts';
import { THE_PASSWORD } from '../helpers/login/login.ts';
import { logInRedis } from '../helpers/redis/login.ts';
import { aPostgres } from '../testbed/postgres/postgres.ts';
import { aRedis, aReplica, CLUSTER_NODE, programsHere } from '../testbed/redis/redis.ts';

const OK = { kind: 'ok', standby: false, by: 'password' };
const REFUSED = { kind: 'password-refused' };
const quoted = JSON.stringify(THE_PASSWORD);

for (const program of programsHere()) {
  t.test(`${program}: each result of a login`, async (t) => {
    const server = await aRedis(t, {
      program,
      config: [
        `user app on ">${THE_PASSWORD}" ~* +get`,
        `user other on ">${THE_PASSWORD}" ~* +@all`,
        `user disabled off ">${THE_PASSWORD}" ~* +@all`,
        'user locked on resetpass ~* +@all',
      ],
    });
    t.comment(server.version);
    t.same(await logInRedis(server), OK, 'a user that may not even PING');
    t.same(await logInRedis(server, { user: 'other' }), OK);
    t.same(await logInRedis(server, { password: 'wrong' }), REFUSED);
    t.same(await logInRedis(server, { password: '' }), REFUSED);
    t.same(await logInRedis(server, { user: 'disabled' }), REFUSED);
    t.same(await logInRedis(server, { user: 'locked' }), REFUSED);
    t.same(await logInRedis(server, { user: 'nobody' }), REFUSED);
    t.same(await logInRedis(server, { user: 'a b\r\n' }), REFUSED);
    t.same(await logInRedis(server, { user: 'default' }), { ...OK, unproven: true }, 'no password is set');
    await server.stop();
    t.same(await logInRedis(server), { kind: 'refused' });
  });

  t.test(`${program}: the user default of a server with requirepass`, async (t) => {
    const server = await aRedis(t, { program, config: [`requirepass ${quoted}`] });
    t.same(await logInRedis(server, { user: 'default' }), OK);
    t.same(await logInRedis(server, { user: 'default', password: 'wrong' }), REFUSED);
  });

  t.test(`${program}: TLS, and plain text in its place`, async (t) => {
    const user = [`user app on ">${THE_PASSWORD}" ~* +@all`];
    const server = await aRedis(t, { program, tls: { names: ['localhost'] }, config: user });
    const { ca } = server;
    t.same(await logInRedis(server, { host: 'localhost', tls: { mode: 'verify-full', ca } }), OK);
    t.same(await logInRedis(server, { tls: { mode: 'verify-full', ca, name: 'localhost' } }), OK);
    t.same(await logInRedis(server, { tls: { mode: 'verify-ca', ca } }), OK);
    t.same(await logInRedis(server, { tls: { mode: 'require' } }), OK);
    const fault = (why: string) => ({ kind: 'tls', why });
    t.same(await logInRedis(server, { tls: { mode: 'verify-full', ca } }), fault('other-name'));
    t.same(await logInRedis(server, { tls: { mode: 'verify-full' } }), fault('untrusted'));
    t.same(await logInRedis(server, { tls: { mode: 'verify-full', ca: 'none' } }), fault('no-authority'));
    t.same(await logInRedis(server, { tls: { mode: 'disable' } }), fault('wanted'));
    const plain = await aRedis(t, { program, config: user });
    t.same(await logInRedis(plain, { tls: { mode: 'require' }, timeout: 500 }), fault('absent'));
    t.same(
      await logInRedis(plain, { tls: { mode: 'prefer' }, timeout: 500 }),
      fault('absent'),
      'no downgrade',
    );
  });

  t.test(`${program}: a replica, a Sentinel and a node of a cluster`, async (t) => {
    const user = [`user app on ">${THE_PASSWORD}" ~* +@all`];
    const primary = await aRedis(t, { program, config: user });
    const replica = await aReplica(t, primary, { program, config: user });
    t.same(await logInRedis(replica), { ...OK, standby: true });
    t.same(await logInRedis(await aRedis(t, { program, sentinel: true })), { kind: 'sentinel' });
    const node = await aRedis(t, { program, config: [...user, CLUSTER_NODE] });
    t.same(await logInRedis(node), { ...OK, cluster: true });
    await primary.stop();
    await replica.send(['CONFIG', 'SET', 'replica-serve-stale-data', 'no']);
    t.same(await logInRedis(replica), { kind: 'starting-up' }, 'MASTERDOWN');
  });
}

t.test('does not connect to an address that is local to the controller', async (t) => {
  const { host, port } = await aRedis(t);
  const networks = serverNetworks([], async () => []);
  const credential = { role: 'app', password: Sensitive.fromText(THE_PASSWORD) };
  const address = { host, port, tls: { mode: 'disable' } } as const;
  t.same(await tryLogin(address, credential, { timeout: 1000, networks }), { kind: 'network' });
  t.same(await tryLogin({ ...address, host: 'localhost' }, credential, { timeout: 1000, networks }), {
    kind: 'network',
  });
});

t.test('no text of ioredis has a secret word', async (t) => {
  const word = secretWord(THE_PASSWORD);
  for (const text of [inspect(word), inspect([word]), String(word), JSON.stringify([word]), [word].join(',')])
    t.notMatch(text, THE_PASSWORD);
  const server = await aRedis(t);
  const client = new Client({ host: server.host, port: server.port, retryStrategy: null });
  const error = await client.call('AUTH', 'app', word).catch((error: Error) => error);
  t.match(error, { message: /WRONGPASS/ });
  const hex = Buffer.from(THE_PASSWORD).toString('hex');
  for (const text of [inspect(error, { depth: 9 }), JSON.stringify(error)])
    t.notMatch(text, new RegExp(`${THE_PASSWORD}|${hex}|${hex.replaceAll(/(..)/g, '$1 ').trim()}`));
  client.disconnect();
});

t.test('the port of a PostgreSQL cuts the connection, and the message names the port', async (t) => {
  const { host, port } = await aPostgres(t);
  const result = await logInRedis({ host, port });
  t.same(result, { kind: 'cut' });
  t.match(redisLoginMessage(result, { host, port, database: '', role: 'app' }), {
    problem: `the connection to ${host}:${port} was cut`,
    fix: 'correct the port if another program listens there',
  });
});
