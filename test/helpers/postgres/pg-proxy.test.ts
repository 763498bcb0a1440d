import pg from 'pg';
import t, { type Test } from 'tap';
import { aPostgres, type Postgres } from '../../testbed/postgres/postgres.ts';
import { aPgProxy, type PgProxy } from './pg-proxy.ts';

async function aClient(
  t: Test,
  server: Postgres,
  { host, port }: PgProxy,
  ssl: pg.ClientConfig['ssl'] = false,
) {
  const { role: user, password } = server.superuser;
  const client = new pg.Client({
    host,
    port,
    user,
    password,
    database: 'postgres',
    ssl,
    query_timeout: 5000,
  });
  client.on('error', () => {});
  await client.connect();
  t.teardown(() => client.end());
  return client;
}

t.test('a proxy before a server', async (t) => {
  const server = await aPostgres(t, { tls: { names: ['127.0.0.1'] } });

  await t.test('passes statements on, with values or without, and tells them', async (t) => {
    const proxy = await aPgProxy(t, server);
    const client = await aClient(t, server, proxy);
    t.same((await client.query('SELECT 1 AS one')).rows, [{ one: 1 }]);
    t.same((await client.query('SELECT $1::int AS two', [2])).rows, [{ two: 2 }]);
    t.same(proxy.statements, ['SELECT 1 AS one', 'SELECT $1::int AS two']);
    t.same([proxy.connections.open, proxy.connections.ever, proxy.hits], [1, 1, 0]);
  });

  await t.test('cuts before a statement, or once it is carried out, that one time', async (t) => {
    const proxy = await aPgProxy(t, server);
    await server.sql('CREATE TABLE seen (n int)');
    proxy.cutBefore('INSERT');
    proxy.cutAfter(/VALUES \(\$1\)/);
    await t.rejects((await aClient(t, server, proxy)).query('INSERT INTO seen VALUES (1)'));
    await t.rejects((await aClient(t, server, proxy)).query('INSERT INTO seen VALUES ($1)', [2]));
    await (await aClient(t, server, proxy)).query('INSERT INTO seen VALUES ($1)', [3]);
    t.same(await server.sql('SELECT n FROM seen ORDER BY n'), [{ n: 2 }, { n: 3 }]);
    t.equal(proxy.hits, 2);
  });

  await t.test('says nothing more, and leaves the connection open', async (t) => {
    const proxy = await aPgProxy(t, server);
    proxy.hangAfter('SELECT 1');
    await t.rejects((await aClient(t, server, proxy)).query('SELECT 1'), /timeout/);
    t.equal(proxy.connections.open, 1);
  });

  await t.test('asks a handler, which may take its time', async (t) => {
    const proxy = await aPgProxy(t, server);
    const asked: string[] = [];
    proxy.onStatement(async (statement) => {
      asked.push(statement);
      await new Promise((resolve) => setImmediate(resolve));
      return statement === 'SELECT 2' ? 'cut-before' : 'pass';
    });
    const client = await aClient(t, server, proxy);
    await client.query('SELECT 1');
    await t.rejects(client.query('SELECT 2'));
    t.same(asked, ['SELECT 1', 'SELECT 2']);
  });

  await t.test('lets TLS through, and reads nothing of it', async (t) => {
    const proxy = await aPgProxy(t, server);
    const client = await aClient(t, server, proxy, { rejectUnauthorized: false });
    const sql = 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()';
    t.same((await client.query(sql)).rows, [{ ssl: true }]);
    t.same(proxy.statements, []);
  });

  await t.test('can be a server that is away', async (t) => {
    const proxy = await aPgProxy(t, server);
    const client = await aClient(t, server, proxy);
    proxy.refuse(true);
    await t.rejects(aClient(t, server, proxy));
    proxy.refuse(false);
    proxy.cut();
    await t.rejects(client.query('SELECT 1'));
    await aClient(t, server, proxy);
  });
});
