import { existsSync } from 'node:fs';
import t from 'tap';
import { until } from '../process/until.ts';
import { aPostgres } from './postgres.ts';
import { majorsHere } from './server.ts';
import { aStandby } from './standby.ts';

for (const version of majorsHere()) {
  t.test(`PostgreSQL ${version} starts, answers, and remembers after a crash`, async (t) => {
    const server = await aPostgres(t, { version, settings: { log_statement: 'all' } });
    const [row] = await server.sql('SELECT current_setting($$server_version_num$$)::int / 10000 AS major');
    t.equal(row?.major, version);

    await server.sql(`CREATE ROLE app LOGIN PASSWORD 'of the app'`);
    await server.stop('immediate');
    t.notOk(server.isRunning());
    await server.start();
    const [me] = await server.sql('SELECT current_user::text AS me', {
      as: { role: 'app', password: 'of the app' },
      database: 'postgres',
    });
    t.equal(me?.me, 'app');
    t.match(server.log(), /CREATE ROLE app/);
    await t.rejects(server.sql('SELECT 1', { as: { role: 'app', password: 'wrong' } }), { code: '28P01' });
  });
}

t.test('who is let in can be changed while it runs', async (t) => {
  const server = await aPostgres(t);
  const as = server.superuser;
  await server.sql('SELECT 1', { as });
  await server.admit(['host all all all reject']);
  await t.rejects(server.sql('SELECT 1', { as }), { code: '28000' });
});

for (const version of majorsHere()) {
  t.test(`a standby of PostgreSQL ${version} follows, and can be promoted`, async (t) => {
    const primary = await aPostgres(t, { version });
    const standby = await aStandby(t, primary);
    await primary.sql('CREATE ROLE app LOGIN');
    await until('the role to arrive', [], async () => {
      const rows = await standby.sql(`SELECT FROM pg_roles WHERE rolname = 'app'`);
      return rows.length > 0;
    });
    await primary.stop('immediate');
    await standby.sql('SELECT pg_promote()');
    await standby.sql(`ALTER ROLE app PASSWORD 'of the app'`);
    await standby.sql('SELECT 1', { as: { role: 'app', password: 'of the app' } });
  });
}

t.test('nothing is left of a server when its test is done', async (t) => {
  let folder = '';
  await t.test('a test', async (t) => {
    folder = (await aPostgres(t, { tls: { names: ['localhost', '127.0.0.1'] } })).dataDir;
    t.ok(existsSync(folder));
  });
  t.notOk(existsSync(folder));
});
