import { inspect } from 'node:util';
import t from 'tap';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import { type Client, openClient } from '../../../src/postgres/protocol/client.ts';
import { THE_PASSWORD } from '../../helpers/login/login.ts';
import { aFakeServer, backendMessage } from '../../helpers/postgres/fake-server.ts';
import { LET_IN } from '../../helpers/postgres/hostile-answers.ts';
import { dataRow, rowDescription } from '../../helpers/postgres/malformed.ts';
import { aPostgres, type Postgres } from '../../testbed/postgres/postgres.ts';
import { until } from '../../testbed/process/until.ts';

const LOST = { name: 'StatementFailure', isUnanswered: true };
const SURPRISED = { ...LOST, fault: 'not-postgres' };
const APP = `CREATE ROLE app LOGIN PASSWORD '${THE_PASSWORD}'`;

function open(
  { host, port }: Pick<Postgres, 'host' | 'port'>,
  options: { readonly timeout?: number; readonly signal?: AbortSignal } = {},
): Promise<Client> {
  const target = { host, port, database: 'postgres', tls: { mode: 'disable' } } as const;
  const credential = { role: 'app', password: Sensitive.fromText(THE_PASSWORD) };
  return openClient(target, credential, { timeout: 60_000, ...options });
}

async function sessions(server: Postgres): Promise<unknown> {
  const [row] = await server.sql(`SELECT count(*)::int AS n FROM pg_stat_activity WHERE usename = 'app'`);
  return row?.n;
}

const none = (server: Postgres) =>
  until('no session to be left', [], async () => (await sessions(server)) === 0);

t.test(
  'a session ends after ten times the limit of a statement, however often a server answers',
  async (t) => {
    const answer = Buffer.concat([
      rowDescription('one'),
      dataRow('1'),
      backendMessage('C', 'SELECT 1\0'),
      backendMessage('Z', 'I'),
    ]);
    const server = await aFakeServer(t, (socket) => {
      socket.once('data', () => {
        socket.write(LET_IN);
        socket.on('data', () => setTimeout(() => socket.write(answer), 20));
      });
    });
    await using client = await open(server, { timeout: 300 });
    const endless = async (): Promise<never> => {
      for (;;) t.same(await client.query('SELECT 1 AS one', { one: 'int' }), [{ one: 1 }]);
    };
    await t.rejects(endless(), { ...LOST, fault: 'timeout' });
  },
);

t.test('a session', async (t) => {
  const server = await aPostgres(t);
  await server.sql(APP);

  t.test('answers one statement after the other, and closes', async (t) => {
    const client = await open(server);
    t.same(
      await client.query(
        'SELECT 1 AS one, $1::text AS given',
        { one: 'int', given: 'text' },
        { values: ['x'] },
      ),
      [{ one: 1, given: 'x' }],
    );
    t.same(await client.query('SELECT current_user::text AS me', { me: 'text' }), [{ me: 'app' }]);
    t.equal(await sessions(server), 1);
    await client[Symbol.asyncDispose]();
    await client[Symbol.asyncDispose]();
    await none(server);
    await t.rejects(client.query('SELECT 1 AS one', { one: 'int' }), LOST);
  });

  t.test('reports the code of a failed statement, and not its text', async (t) => {
    await using client = await open(server);
    const failure = await client
      .query(`SELECT 'a value'::int AS one`, { one: 'int' })
      .catch((error: unknown) => error);
    t.match(failure, { sqlstate: '22P02', isUnanswered: false, routine: String });
    t.notMatch(inspect(failure, { depth: 9, showHidden: true }), 'a value');
    t.same(await client.query('SELECT 1 AS one', { one: 'int' }), [{ one: 1 }], 'and goes on');
  });

  t.test('holds no password', async (t) => {
    await using client = await open(server);
    t.notMatch(inspect(client, { depth: 12, showHidden: true }), THE_PASSWORD);
  });

  t.test('times out a slow statement, and ends the session', async (t) => {
    // Also the limit of the login, for which a busy machine takes a second.
    const client = await open(server, { timeout: 3000 });
    await t.rejects(client.query('SELECT pg_sleep(600) AS slept', { slept: 'text' }), {
      ...LOST,
      fault: 'timeout',
    });
    await t.rejects(client.query('SELECT 1 AS one', { one: 'int' }), LOST);
    await client[Symbol.asyncDispose]();
    await server.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'`);
    await none(server);
  });

  t.test('ends with its signal, whatever statement runs', async (t) => {
    const stopping = new AbortController();
    const client = await open(server, { signal: stopping.signal });
    const slow = client.query('SELECT pg_sleep(600) AS slept', { slept: 'text' });
    stopping.abort();
    await t.rejects(slow, LOST);
    await client[Symbol.asyncDispose]();
    await server.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'`);
    await none(server);
  });

  t.test('reports a session that an administrator ended at its next statement', async (t) => {
    await using client = await open(server);
    await server.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'`);
    await none(server);
    await t.rejects(client.query('SELECT 1 AS one', { one: 'int' }), { name: 'StatementFailure' });
    await t.rejects(client.query('SELECT 1 AS one', { one: 'int' }), LOST);
  });

  t.test('reads a long answer, and stops at an endless one', async (t) => {
    await using client = await open(server);
    const [row] = await client.query(`SELECT repeat('x', 200000) AS long`, { long: 'text' });
    t.equal(row?.long.length, 200_000);
    await t.rejects(client.query(`SELECT repeat('x', 300000) AS long`, { long: 'text' }), SURPRISED);
  });

  t.test('reports a crash of the server', async (t) => {
    await using client = await open(server);
    await server.stop('immediate');
    await t.rejects(client.query('SELECT 1 AS one', { one: 'int' }), { name: 'StatementFailure' });
    await server.start();
  });
});
