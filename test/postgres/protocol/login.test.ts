import { createServer } from 'node:http';
import pg from 'pg';
import t from 'tap';
import { isPasswordCorrect, isRefused } from '../../../src/engine/login/result/login-result.ts';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import { logIn, THE_PASSWORD } from '../../helpers/login/login.ts';
import { onEachMajor } from '../../helpers/postgres/role-servers.ts';
import { aPostgres } from '../../testbed/postgres/postgres.ts';
import { aStandby } from '../../testbed/postgres/standby.ts';
import { freePort } from '../../testbed/process/ports.ts';

const APP = `CREATE ROLE app LOGIN PASSWORD '${THE_PASSWORD}'`;

onEachMajor(t, {}, (on) => {
  on('the right password is let in', async (t, server) => {
    await server.sql(APP);
    const verdict = await logIn(server);
    t.same(verdict, { kind: 'ok', standby: false });
    t.ok(isPasswordCorrect(verdict));
  });

  on('wrong, unknown, expired, without a password: one answer for all', async (t, server) => {
    await server.sql(
      `${APP}; CREATE ROLE late LOGIN PASSWORD '${THE_PASSWORD}' VALID UNTIL '2020-01-01'; CREATE ROLE bare LOGIN`,
    );
    const verdicts = [
      await logIn(server, { password: 'wrong' }),
      await logIn(server, { role: 'nobody' }),
      await logIn(server, { role: 'late' }),
      await logIn(server, { role: 'bare' }),
      await logIn(server, { password: '' }),
    ];
    for (const verdict of verdicts) {
      t.same(verdict, { kind: 'password-refused' });
      t.ok(isRefused(verdict));
    }
  });

  on('a role that may not log in is told from a password that is wrong', async (t, server) => {
    await server.sql(`CREATE ROLE app NOLOGIN PASSWORD '${THE_PASSWORD}'`);
    t.same(await logIn(server), { kind: 'no-login' });
    t.same(await logIn(server, { password: 'wrong' }), { kind: 'password-refused' });
  });

  on(
    'a database that is not there, closed, or not for this role, tells that the password is right',
    async (t, server) => {
      await server.sql(APP);
      await server.sql('CREATE DATABASE theirs');
      await server.sql('REVOKE CONNECT ON DATABASE theirs FROM PUBLIC');
      await server.sql('CREATE DATABASE closed ALLOW_CONNECTIONS false');
      for (const [database, kind] of [
        ['absent', 'no-database'],
        ['theirs', 'no-connect-right'],
        ['closed', 'no-connect-right'],
      ] as const) {
        const verdict = await logIn(server, { database });
        t.same(verdict, { kind }, database);
        t.ok(isPasswordCorrect(verdict));
      }
    },
  );

  on('a limit of connections is told, whose ever it is', async (t, server) => {
    await server.sql(`${APP} CONNECTION LIMIT 0`);
    t.same(await logIn(server), { kind: 'too-many-connections' });
    await server.sql('ALTER ROLE app CONNECTION LIMIT -1');
    await server.sql('CREATE DATABASE small CONNECTION LIMIT 0');
    t.same(await logIn(server, { database: 'small' }), { kind: 'too-many-connections' });
  });

  on('a name that no role or database can have is no way to say more than a name', async (t, server) => {
    await server.sql(APP);
    t.same(await logIn(server, { role: 'app\0database\0template1' }), { kind: 'other' });
    t.same(await logIn(server, { database: 'postgres\0options\0-c log_statement=all' }), { kind: 'other' });
    t.same(await logIn(server, { role: '__proto__' }), { kind: 'password-refused' });
    t.same(await logIn(server, { database: 'x'.repeat(20_000) }), { kind: 'other' });
  });

  on('a password may be anything, and none hangs', async (t, server) => {
    await server.sql(APP);
    for (const password of ['\0', 'x'.repeat(1024 * 1024), 'é'.repeat(512 * 1024)])
      t.same(await logIn(server, { password }), { kind: 'password-refused' });
    t.same(await logIn(server, { password: Sensitive.fromBytes(Buffer.from([0xff, 0xfe])) }), {
      kind: 'password-refused',
    });
  });

  on('an old verifier lets in as well, by an MD5 answer', async (t, server) => {
    await server.sql(`SET password_encryption = 'md5'; ${APP}`);
    await server.admit(['host all all all md5']);
    t.same(await logIn(server), { kind: 'ok', standby: false, by: 'md5' });
    t.same(await logIn(server, { password: 'wrong' }), { kind: 'password-refused' });
    await server.admit(['host all all all scram-sha-256']);
  });

  on('pg_hba.conf that refuses a role, or does not know it, is told from a password', async (t, server) => {
    await server.sql(APP);
    await server.admit(['host all all all reject']);
    t.same(await logIn(server), { kind: 'pg-hba' });
    await server.admit(['host all other all scram-sha-256']);
    t.same(await logIn(server), { kind: 'pg-hba' });
    await server.admit(['host all all all scram-sha-256']);
  });

  on('a password is sent to nobody in clear', async (t, server) => {
    await server.sql(APP);
    await server.admit(['host all all all password']);
    t.same(await logIn(server), { kind: 'other-method' });
    await server.admit(['host all all all scram-sha-256']);
  });

  on('what asks for no password but for something else is told from a password', async (t, server) => {
    await server.sql(APP);
    await server.admit(['local all all peer', 'host all all all ident']);
    t.same(await logIn(server, { host: server.socketDir }), { kind: 'other-method' });
    t.same(await logIn(server), { kind: 'other-method' });
    await server.admit(['host all all all scram-sha-256']);
  });

  on('of a server that asks for no password it is told that nothing is proven', async (t, server) => {
    await server.sql(APP);
    await server.admit(['host all all all trust']);
    t.same(await logIn(server, { password: 'any' }), { kind: 'ok', standby: false, unproven: true });
    t.same(await logIn(server, { role: 'nobody' }), { kind: 'unknown-role' });
    const verdict = await logIn(server, { database: 'absent' });
    t.same(verdict, { kind: 'no-database', unproven: true });
    t.notOk(isPasswordCorrect(verdict));
    await server.admit(['host all all all scram-sha-256']);
  });

  on('a socket is a way in, and no TLS is asked for on it', async (t, server) => {
    await server.sql(APP);
    t.same(await logIn(server, { host: server.socketDir, tls: { mode: 'verify-full' } }), {
      kind: 'pg-hba',
    });
    await server.admit(['local all all scram-sha-256', 'host all all all scram-sha-256']);
    t.same(await logIn(server, { host: server.socketDir, tls: { mode: 'verify-full' } }), {
      kind: 'ok',
      standby: false,
    });
    t.same(await logIn(server, { host: '/nowhere' }), { kind: 'refused' });
  });
});

t.test('reports a server without a free connection, for a later attempt', async (t) => {
  const server = await aPostgres(t, {
    settings: { max_connections: '4', superuser_reserved_connections: '1', reserved_connections: '0' },
  });
  await server.sql(APP);
  const held = [1, 2, 3].map(() => {
    const { host, port } = server;
    return new pg.Client({
      host,
      port,
      user: 'app',
      password: THE_PASSWORD,
      database: 'postgres',
      ssl: false,
    });
  });
  for (const client of held) await client.connect();
  t.same(await logIn(server), { kind: 'too-many-connections' });
  for (const client of held) await client.end();
});

t.test('reports a port on which no program listens', async (t) => {
  const server = await aPostgres(t);
  await server.stop();
  t.same(await logIn(server), { kind: 'refused' });
});

t.test('distinguishes a standby from a primary', async (t) => {
  const primary = await aPostgres(t);
  await primary.sql(APP);
  const standby = await aStandby(t, primary);
  t.same(await logIn(standby), { kind: 'ok', standby: true });
  t.same(await logIn(primary), { kind: 'ok', standby: false });
});

t.test('reports a standby that accepts no logins as not ready', async (t) => {
  const primary = await aPostgres(t);
  await primary.sql(APP);
  const standby = await aStandby(t, primary, { settings: { hot_standby: 'off' } });
  t.same(await logIn(standby), { kind: 'starting-up' });
});

t.test('reports an unknown host', async (t) => {
  t.same(await logIn({ host: 'postgres.no-such-namespace.invalid', port: 5432 }), { kind: 'dns' });
});

t.test('reports a web server as no PostgreSQL', async (t) => {
  const server = createServer((_, response) => response.end('hello'));
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  t.same(await logIn({ host: '127.0.0.1', port }), { kind: 'not-postgres' });
  t.same(await logIn({ host: '127.0.0.1', port }, { tls: { mode: 'require' } }), { kind: 'not-postgres' });
});

t.test('logs in by IPv6', async (t) => {
  const server = await aPostgres(t, { host: '::1' });
  await server.sql(APP);
  t.same(await logIn(server), { kind: 'ok', standby: false });
});

t.test('shows its application name to the server, and no password in its log', async (t) => {
  const server = await aPostgres(t, {
    settings: { log_connections: 'on', log_statement: 'all', log_min_messages: 'debug1' },
  });
  await server.sql(APP);
  const before = server.log().length;
  await logIn(server);
  await logIn(server, { password: 'a wrong password' });
  const log = server.log().slice(before);
  t.match(log, /application_name=lockstep/);
  t.notMatch(log, THE_PASSWORD);
  t.notMatch(log, 'a wrong password');
});

t.test('ignores the environment variables of PostgreSQL', async (t) => {
  const server = await aPostgres(t);
  await server.sql(APP);
  const around = {
    PGPASSWORD: THE_PASSWORD,
    PGUSER: 'postgres',
    PGDATABASE: 'absent',
    PGSSLMODE: 'verify-full',
    PGSSLNEGOTIATION: 'direct',
    PGOPTIONS: '-c nonsense=1',
    PGHOST: 'nowhere.invalid',
  };
  Object.assign(process.env, around);
  t.teardown(() => {
    for (const name of Object.keys(around)) delete process.env[name];
  });
  t.same(await logIn(server), { kind: 'ok', standby: false });
  t.same(await logIn(server, { password: '' }), { kind: 'password-refused' });
});
