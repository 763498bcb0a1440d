import t from 'tap';
import { postgresAdapter } from '../../src/commands/adapters/postgres-adapter.ts';
import { serverNetworks } from '../../src/dial/server-networks.ts';
import { Sensitive } from '../../src/engine/secret/sensitive.ts';
import { THE_PASSWORD } from '../helpers/login/login.ts';
import { aFakeServer } from '../helpers/postgres/fake-server.ts';
import { aPostgres } from '../testbed/postgres/postgres.ts';

const ONE = { role: 'app', password: Sensitive.fromText(THE_PASSWORD) };
const targetAt = (host: string, port: number) =>
  ({ host, port, database: 'postgres', tls: { mode: 'disable' } }) as const;
const LOOPBACK = { address: '127.0.0.0', prefix: 8 };
const nobody = async (): Promise<readonly string[]> => [];

/** Notations of names and addresses of this machine. DNS resolves the first, and the C library alone the last four. */
const SPELLINGS = [
  'localhost',
  '127.0.0.1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '127.1',
  '2130706433',
  '0x7f.1',
  '0',
];

t.test('does not connect to an address that is local to the controller, in any notation', async (t) => {
  const listener = await aFakeServer(t, (socket) => socket.end());
  const { tryLogin, openServer } = postgresAdapter(serverNetworks([], nobody));
  for (const host of SPELLINGS) {
    t.same(await tryLogin(targetAt(host, listener.port), ONE), { kind: 'network' }, host);
    const entry = { as: 'admin', mayChange: [], server: host, roleLabel: String } as const;
    await t.rejects(openServer(targetAt(host, listener.port), ONE, entry), host);
  }
  t.equal(listener.sockets.length, 0);
});

t.test('gives the same answer for closed and open local ports', async (t) => {
  const { tryLogin } = postgresAdapter(serverNetworks([], nobody));
  const listener = await aFakeServer(t, (socket) => socket.end());
  const closed = await aFakeServer(t, (socket) => socket.end());
  const verdicts = [listener.port, closed.port, 1].map((port) => tryLogin(targetAt('localhost', port), ONE));
  for (const verdict of await Promise.all(verdicts)) t.same(verdict, { kind: 'network' });
});

t.test('does not connect to the address of the API server', async (t) => {
  const listener = await aFakeServer(t, (socket) => socket.end());
  const { tryLogin } = postgresAdapter(serverNetworks([], async () => ['127.0.0.1']));
  t.same(await tryLogin(targetAt('127.0.0.1', listener.port), ONE), { kind: 'network' });
  t.equal(listener.sockets.length, 0);
});

t.test('connects to an allowed network, by name, address and socket', async (t) => {
  const server = await aPostgres(t, {
    hba: ['local all all scram-sha-256', 'host all all all scram-sha-256'],
  });
  await server.sql(`CREATE ROLE app LOGIN PASSWORD '${THE_PASSWORD}'`);
  const open = postgresAdapter(serverNetworks([LOOPBACK], nobody));
  const shut = postgresAdapter(serverNetworks([], nobody));
  for (const host of ['localhost', '127.0.0.1', server.socketDir]) {
    t.same(await open.tryLogin(targetAt(host, server.port), ONE), { kind: 'ok', standby: false }, host);
    t.same(await shut.tryLogin(targetAt(host, server.port), ONE), { kind: 'network' }, host);
  }
});

t.test('distinguishes an unknown name from a name of a local address', async (t) => {
  const { tryLogin } = postgresAdapter(serverNetworks([], nobody));
  t.same(await tryLogin(targetAt('postgres.no-such-namespace.invalid', 5432), ONE), { kind: 'dns' });
});
