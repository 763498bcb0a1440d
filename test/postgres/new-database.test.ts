import t from 'tap';
import type { InitialLogin } from '../../src/engine/login/init-db/initial-login.ts';
import type { ServerTarget } from '../../src/engine/login/server/target.ts';
import { Sensitive } from '../../src/engine/secret/sensitive.ts';
import { openDatabaseServer } from '../../src/postgres/new-database.ts';
import { tryLogin } from '../../src/postgres/protocol/login.ts';
import { aPostgres, type Postgres } from '../testbed/postgres/postgres.ts';
import { majorsHere } from '../testbed/postgres/server.ts';

const WAIT = { timeout: 20_000, role: 'app "of" shop' };

/** A DBA's role that lets others create databases, and nothing more. */
async function anAdmin(t: Parameters<typeof aPostgres>[0], version: 18 | 15) {
  const server = await aPostgres(t, { version, settings: { log_statement: 'all' } });
  await server.sql(`CREATE ROLE maker LOGIN CREATEROLE CREATEDB PASSWORD 'of the maker'`);
  const admin = { role: 'maker', password: Sensitive.fromText('of the maker') };
  return { server, databases: await openDatabaseServer(targetOf(server, 'postgres'), admin, WAIT) };
}

const targetOf = ({ host, port }: Postgres, database: string): ServerTarget => ({
  host,
  port,
  database,
  tls: { mode: 'disable' },
});

const aLogin = (password: string, rest: Partial<InitialLogin> = {}): InitialLogin => ({
  key: 'POSTGRES_PASSWORD',
  role: 'app "of" shop',
  database: 'shop',
  password: Sensitive.fromText(password),
  ...rest,
});

for (const version of majorsHere()) {
  t.test(
    `PostgreSQL ${version}: creates role and database without a superuser, and keeps no membership`,
    async (t) => {
      const { server, databases } = await anAdmin(t, version);
      await using _ = databases;
      const login = aLogin('first of the app');
      t.same(await databases.inspect(login.role, login.database), {
        existingRole: undefined,
        existingDatabase: undefined,
      });
      await databases.runStep('make-role', login);
      t.match(await databases.inspect(login.role, login.database), {
        existingRole: { mayLogin: true, isSuperuser: false, databases: [] },
        existingDatabase: undefined,
      });
      t.match(await tryLogin(targetOf(server, 'shop'), login, WAIT), { kind: 'no-database' });
      await databases.runStep('make-database', login);
      t.match(await tryLogin(targetOf(server, 'shop'), login, WAIT), { kind: 'ok' });
      t.match(await databases.inspect(login.role, login.database), {
        existingRole: { databases: ['shop'] },
        existingDatabase: { owner: login.role, objects: 0 },
      });
      const [member] = await server.sql(`SELECT pg_has_role('maker', 'app "of" shop', 'USAGE') AS is`);
      t.equal(member?.is, false);
    },
  );

  t.test(`PostgreSQL ${version}: deletes a database with its objects, and creates it again`, async (t) => {
    const { server, databases } = await anAdmin(t, version);
    await using _ = databases;
    const [old, login] = [aLogin('first of the app'), aLogin('second of the app')];
    await databases.runStep('make-role', old);
    await databases.runStep('make-database', old);
    const as = { role: old.role, password: 'first of the app' };
    await server.sql('CREATE TABLE a (); CREATE SEQUENCE b; CREATE VIEW c AS SELECT 1 AS one', {
      as,
      database: 'shop',
    });
    t.equal((await databases.inspect(login.role, 'shop')).existingDatabase?.objects, 3);
    await databases.runStep('drop-database', login);
    await databases.runStep('set-password', login);
    await databases.runStep('make-database', login);
    t.equal((await databases.inspect(login.role, 'shop')).existingDatabase?.objects, 0);
    t.match(await tryLogin(targetOf(server, 'shop'), login, WAIT), { kind: 'ok' });
    t.match(await tryLogin(targetOf(server, 'shop'), old, WAIT), { kind: 'password-refused' });
    t.notMatch(server.log(), /(?:first|second) of the app/);
  });
}

t.test('does not delete a database with a connected client', async (t) => {
  const { server, databases } = await anAdmin(t, majorsHere()[0]!);
  await using _ = databases;
  const login = aLogin('first of the app');
  await databases.runStep('make-role', login);
  await databases.runStep('make-database', login);
  const guest = server.sql('SELECT pg_sleep(60)', { database: 'shop' });
  guest.catch(() => {});
  const present = `SELECT FROM pg_stat_activity WHERE datname = 'shop' AND query LIKE '%pg_sleep(60)%'`;
  while ((await server.sql(present)).length === 0);
  await t.rejects(databases.runStep('drop-database', login), {
    code: 'LOCKSTEP_POSTGRES_REFUSED',
    message: /deleting database shop: a client is connected to it/,
  });
  t.match(await tryLogin(targetOf(server, 'shop'), login, WAIT), { kind: 'ok' });
  const [member] = await server.sql(`SELECT pg_has_role('maker', 'app "of" shop', 'USAGE') AS is`);
  t.equal(member?.is, false);
});

t.test('counts a large object as data', async (t) => {
  const { server, databases } = await anAdmin(t, majorsHere()[0]!);
  await using _ = databases;
  const login = aLogin('first of the app');
  await databases.runStep('make-role', login);
  await databases.runStep('make-database', login);
  await server.sql('SELECT lo_create(0)', { database: 'shop' });
  t.equal((await databases.inspect(login.role, 'shop')).existingDatabase?.objects, 1);
});

t.test('names the login that may not create roles', async (t) => {
  const { server } = await anAdmin(t, majorsHere()[0]!);
  await server.sql(`CREATE ROLE weak LOGIN PASSWORD 'of the weak one'`);
  const weak = { role: 'weak', password: Sensitive.fromText('of the weak one') };
  await using databases = await openDatabaseServer(targetOf(server, 'postgres'), weak, WAIT);
  await t.rejects(databases.runStep('make-role', aLogin('x')), {
    code: 'LOCKSTEP_POSTGRES_REFUSED',
    message: /making role .*may not do that/,
  });
  const wrong = { role: 'weak', password: Sensitive.fromText('another') };
  await t.rejects(openDatabaseServer(targetOf(server, 'postgres'), wrong, WAIT), {
    code: 'LOCKSTEP_POSTGRES_LOGIN',
    message: /refuses role weak/,
  });
});
