import pg from 'pg';
import t from 'tap';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import { aPgProxy } from '../../helpers/postgres/pg-proxy.ts';
import { canLogIn, onEachMajor, rolesOn } from '../../helpers/postgres/role-servers.ts';
import type { Postgres } from '../../testbed/postgres/postgres.ts';

const APP = { role: 'app', password: 'one' };
/** The state of a change that has created no alternate before. */
const NEW = { oid: undefined, mark: 'made-1' };
const ALT = { role: 'app_alt', password: 'two' };

/** A database that belongs to app, and an administrator with only the rights for alternating users. */
async function aShop(server: Postgres): Promise<void> {
  await server.sql(`CREATE ROLE app LOGIN PASSWORD 'one'; CREATE ROLE adm LOGIN CREATEROLE PASSWORD 'p'`);
  await server.sql('CREATE DATABASE shop OWNER app');
  const least = server.version >= 16 ? 'WITH ADMIN TRUE, INHERIT FALSE, SET FALSE' : '';
  if (least !== '') await server.sql(`GRANT app TO adm ${least}`);
}

const rolesOfAdmin = (t: Parameters<typeof rolesOn>[0], server: Postgres) =>
  rolesOn(t, server, { role: 'adm', password: 'p', database: 'shop' });

/** The known facts of the alternate from then on. */
async function makePair(t: Parameters<typeof rolesOn>[0], server: Postgres) {
  const admin = await rolesOfAdmin(t, server);
  const oid = await admin.makeAlternate('app', 'app_alt', NEW);
  await admin.setPassword('app_alt', Sensitive.fromText(ALT.password), 'm', undefined, oid);
  return { oid, mark: 'made-2' };
}

onEachMajor(t, {}, (on) => {
  on('shares objects between owner and alternate', async (t, server) => {
    await aShop(server);
    await makePair(t, server);
    const as = (login: typeof APP) => (sql: string) => server.sql(sql, { as: login, database: 'shop' });
    const [app, alt] = [as(APP), as(ALT)];
    await app(`CREATE SCHEMA own; CREATE TABLE own.a (n serial, who text DEFAULT current_user); INSERT INTO own.a DEFAULT VALUES;
      ALTER DEFAULT PRIVILEGES IN SCHEMA own GRANT SELECT ON TABLES TO PUBLIC;
      ALTER TABLE own.a ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY mine ON own.a USING (who = current_user)`);

    await alt(
      `CREATE TABLE own.b (n serial); INSERT INTO own.b DEFAULT VALUES; INSERT INTO own.a DEFAULT VALUES; ALTER TABLE own.a ADD extra int`,
    );
    await app(`ALTER TABLE own.b ADD extra int; INSERT INTO own.b DEFAULT VALUES`);
    t.same(await alt('SELECT n, who FROM own.a ORDER BY n'), [
      { n: 1, who: 'app' },
      { n: 2, who: 'app' },
    ]);
    const [b] = await app(
      `SELECT tableowner::text AS owner, has_table_privilege('public', 'own.b', 'SELECT') AS granted FROM pg_tables WHERE tablename = 'b'`,
    );
    t.same(b, { owner: 'app', granted: true }, 'default privileges are those of the owner');
    await alt('DROP TABLE own.a');
    await app('DROP SCHEMA own CASCADE');
  });

  on('makes each session of the alternate one of the owner', async (t, server) => {
    await aShop(server);
    await makePair(t, server);
    const who = async (before: string) => {
      const as = { as: ALT, database: 'shop' };
      const sql = `${before}; SELECT session_user::text AS session, current_user::text AS current`;
      return (await server.sql(sql, as))[0];
    };
    const isOwner = { session: 'app_alt', current: 'app' };
    t.same(await who('RESET ROLE'), isOwner);
    t.same(await who('RESET ALL'), isOwner);
    t.same(await who('SET ROLE NONE; SET SESSION AUTHORIZATION DEFAULT; RESET ROLE'), isOwner);
    t.same(await who('SET ROLE app'), isOwner);
    const { host, port } = server;
    const pooled = new pg.Client({ host, port, user: ALT.role, password: ALT.password, database: 'shop' });
    await pooled.connect();
    await pooled.query('DISCARD ALL');
    const { rows } = await pooled.query(
      'SELECT session_user::text AS session, current_user::text AS current',
    );
    await pooled.end();
    t.same(rows, [isOwner], 'what a pooler sends between two of its clients');
  });

  on('changes nothing when it runs again, and keeps the password', async (t, server) => {
    await aShop(server);
    const known = await makePair(t, server);
    const xmin = `SELECT xmin::text FROM pg_authid WHERE rolname = 'app_alt'`;
    const before = await server.sql(xmin);
    const admin = await rolesOfAdmin(t, server);
    await admin.makeAlternate('app', 'app_alt', known);
    t.same(await server.sql(xmin), before);
    t.ok(await canLogIn(server, ALT.role, ALT.password));
    t.match(await admin.role('app_alt'), { memberOf: ['app'], mayLogin: true, mark: 'm' });
  });

  on('creates a whole alternate or none if the connection breaks', async (t, server) => {
    await aShop(server);
    const proxy = await aPgProxy(t, server);
    const through = () => rolesOn(t, server, { role: 'adm', password: 'p', database: 'shop' }, proxy);
    proxy.cutBefore('GRANT');
    await t.rejects((await through()).makeAlternate('app', 'app_alt', NEW), {
      code: 'LOCKSTEP_POSTGRES_CONNECTION_FAILURE',
    });
    proxy.cutBefore('COMMIT');
    await t.rejects((await through()).makeAlternate('app', 'app_alt', NEW), {
      code: 'LOCKSTEP_POSTGRES_COMMIT_UNKNOWN',
    });
    t.equal(await (await rolesOfAdmin(t, server)).role('app_alt'), undefined);
    proxy.cutAfter('COMMIT');
    await t.rejects((await through()).makeAlternate('app', 'app_alt', NEW), {
      code: 'LOCKSTEP_POSTGRES_COMMIT_UNKNOWN',
    });
    await makePair(t, server);
    t.match(await server.sql('SELECT current_user::text AS me', { as: ALT, database: 'shop' }), [
      { me: 'app' },
    ]);
  });

  on('copies settings, connection limit and end of validity of the owner, also later', async (t, server) => {
    await aShop(server);
    await server.sql(`
      ALTER ROLE app SET search_path = "$user", "a ""b, c", public; ALTER ROLE app SET statement_timeout = '7s';
      ALTER ROLE app SET my.own = 'it''s \\ "so"'; ALTER ROLE app SET "DateStyle" = 'ISO, DMY';
      ALTER ROLE app IN DATABASE shop SET work_mem = '9MB'; ALTER ROLE app CONNECTION LIMIT 40 VALID UNTIL '2040-01-01 00:00:00+00'`);
    // A setting that PostgreSQL does not know needs a superuser, or this right.
    await server.sql('GRANT SET ON PARAMETER my.own TO adm');
    const known = await makePair(t, server);
    const settings = (role: string) =>
      server.sql(`
        SELECT coalesce(d.datname, '')::text AS database, s.setting FROM pg_db_role_setting r
          LEFT JOIN pg_database d ON d.oid = r.setdatabase, unnest(r.setconfig) AS s (setting)
         WHERE r.setrole = '${role}'::regrole AND s.setting <> 'role=app' ORDER BY 1, 2`);
    const attributes = (role: string) =>
      server.sql(`SELECT rolconnlimit, rolvaliduntil::text FROM pg_roles WHERE rolname = '${role}'`);
    t.same(await settings('app_alt'), await settings('app'));
    t.equal((await settings('app')).length, 5);
    t.same(await attributes('app_alt'), await attributes('app'));

    await server.sql(`ALTER ROLE app RESET ALL; ALTER ROLE app IN DATABASE shop RESET ALL; ALTER ROLE app SET lock_timeout = '3s';
      ALTER ROLE app CONNECTION LIMIT -1 VALID UNTIL 'infinity'`);
    await (await rolesOfAdmin(t, server)).makeAlternate('app', 'app_alt', known);
    t.same(await settings('app_alt'), [{ database: '', setting: 'lock_timeout=3s' }]);
    t.same(await attributes('app_alt'), [{ rolconnlimit: -1, rolvaliduntil: 'infinity' }]);
  });

  on('copies the default role of the owner in each database', async (t, server) => {
    await aShop(server);
    await server.sql('CREATE DATABASE other OWNER app');
    await server.sql(
      `CREATE ROLE team; CREATE ROLE team_other; GRANT team, team_other TO app; ALTER DATABASE other SET role = 'team_other'`,
    );
    const become = async (database: string) =>
      (await server.sql('SELECT current_user::text AS me', { as: ALT, database }))[0]?.me;
    const known = await makePair(t, server);
    t.same([await become('shop'), await become('other')], ['app', 'team_other']);

    await server.sql(`ALTER DATABASE other RESET ALL; ALTER ROLE app SET role = 'team'`);
    await (await rolesOfAdmin(t, server)).makeAlternate('app', 'app_alt', known);
    t.same([await become('shop'), await become('other')], ['team', 'team']);

    await server.sql(`ALTER ROLE app RESET role; ALTER ROLE app IN DATABASE shop SET role = 'team'`);
    await (await rolesOfAdmin(t, server)).makeAlternate('app', 'app_alt', known);
    t.same([await become('shop'), await become('other')], ['team', 'app']);
  });

  on('gives the alternate the memberships of the owner', async (t, server) => {
    await aShop(server);
    await server.sql(
      `CREATE ROLE readers; GRANT readers TO app; ALTER ROLE app CREATEDB BYPASSRLS; GRANT pg_monitor TO app`,
    );
    await makePair(t, server);
    const [rights] = await server.sql(
      `SELECT pg_has_role('readers', 'USAGE') AS inherits, pg_has_role(session_user, 'pg_monitor', 'MEMBER') AS monitors`,
      { as: ALT, database: 'shop' },
    );
    t.same(rights, { inherits: true, monitors: true });
    await server.sql('CREATE DATABASE made_by_alt', { as: ALT, database: 'shop' });
    const [made] = await server.sql(
      `SELECT pg_get_userbyid(datdba)::text AS owner FROM pg_database WHERE datname = 'made_by_alt'`,
    );
    t.equal(made?.owner, 'app');
  });

  on('creates the alternate of a superuser in the same way', async (t, server) => {
    await server.sql(`CREATE ROLE app LOGIN SUPERUSER PASSWORD 'one'`);
    const admin = await rolesOn(t, server);
    await admin.makeAlternate('app', 'app_alt', NEW);
    await admin.setPassword('app_alt', Sensitive.fromText(ALT.password), 'm');
    const [is] = await server.sql(`SELECT current_setting('is_superuser') AS superuser`, { as: ALT });
    t.equal(is?.superuser, 'on');
  });

  on(
    'refuses a role of that name that lockstep did not create, whatever its comment is',
    async (t, server) => {
      await aShop(server);
      await server.sql(`CREATE ROLE app_alt LOGIN PASSWORD 'theirs' IN ROLE app`);
      const admin = await rolesOfAdmin(t, server);
      const refusal = {
        code: 'LOCKSTEP_POSTGRES_REFUSED',
        message: /role app_alt that lockstep did not make.* drop it/,
      };
      await t.rejects(admin.makeAlternate('app', 'app_alt', NEW), refusal);
      // All comments that lockstep writes, with the mark of an earlier change.
      await server.sql(
        `COMMENT ON ROLE app_alt IS 'second login of app, kept by lockstep [lockstep made-0]'`,
      );
      await t.rejects(admin.makeAlternate('app', 'app_alt', NEW), refusal);
      await t.rejects(admin.makeAlternate('app', 'app_alt', { ...NEW, oid: '1' }), refusal);
      t.ok(await canLogIn(server, 'app_alt', 'theirs'));
    },
  );

  on(
    'grants nothing to a role that an attacker prepared, even with its oid in the record',
    async (t, server) => {
      await aShop(server);
      // The attacker has created the role, reads comments, and is a member of it.
      await server.sql(`CREATE ROLE mallory LOGIN CREATEROLE PASSWORD 'm'`);
      await server.sql(`CREATE ROLE app_alt LOGIN PASSWORD 'known'; GRANT app_alt TO mallory`, {
        as: { role: 'mallory', password: 'm' },
      });
      const [row] = await server.sql(`SELECT oid::text AS oid FROM pg_roles WHERE rolname = 'app_alt'`);
      const admin = await rolesOn(t, server);
      const forged = { oid: String(row?.oid), mark: 'made-1' };
      await t.rejects(admin.makeAlternate('app', 'app_alt', forged), {
        code: 'LOCKSTEP_POSTGRES_REFUSED',
        message: /members of the role app_alt.*REVOKE app_alt FROM mallory/,
      });
      const [may] = await server.sql(
        `SELECT pg_has_role('mallory', 'app', 'MEMBER') AS app, pg_has_role('app_alt', 'app', 'MEMBER') AS alt`,
      );
      t.same(may, { app: false, alt: false });
      t.ok(await canLogIn(server, 'app_alt', 'known'), 'nothing was changed');
    },
  );

  on('names and refuses memberships and attributes that lockstep did not grant', async (t, server) => {
    await aShop(server);
    const known = await makePair(t, server);
    const admin = await rolesOn(t, server);
    const adm = server.version >= 16 ? 'adm' : undefined;
    if (adm !== undefined) {
      await t.rejects(admin.makeAlternate('app', 'app_alt', known), { message: /REVOKE app_alt FROM adm/ });
      await server.sql('REVOKE app_alt FROM adm');
    }
    await server.sql('CREATE ROLE readers; GRANT readers TO app_alt');
    await t.rejects(admin.makeAlternate('app', 'app_alt', known), { message: /REVOKE readers FROM app_alt/ });
    await server.sql('REVOKE readers FROM app_alt; ALTER ROLE app_alt CREATEDB');
    await t.rejects(admin.makeAlternate('app', 'app_alt', known), { message: /app_alt has CREATEDB/ });
    await server.sql('ALTER ROLE app_alt NOCREATEDB');
    t.equal(await admin.makeAlternate('app', 'app_alt', known), known.oid);
  });

  on('detects its own role by the mark, before the record holds its oid', async (t, server) => {
    await aShop(server);
    const admin = await rolesOfAdmin(t, server);
    const oid = await admin.makeAlternate('app', 'app_alt', NEW);
    t.equal(await admin.makeAlternate('app', 'app_alt', NEW), oid);
    await t.rejects(admin.makeAlternate('app', 'app_alt', { oid: undefined, mark: 'made-2' }), {
      message: /did not make/,
    });
  });

  on('refuses a role that another client dropped and created again', async (t, server) => {
    await aShop(server);
    const { oid } = await makePair(t, server);
    await server.sql(`DROP ROLE app_alt; CREATE ROLE app_alt LOGIN PASSWORD 'theirs'`);
    const admin = await rolesOn(t, server);
    await t.rejects(admin.setPassword('app_alt', Sensitive.fromText('new'), 'm', undefined, oid), {
      code: 'LOCKSTEP_POSTGRES_REFUSED',
    });
    t.ok(await canLogIn(server, 'app_alt', 'theirs'));
  });

  on('creates nothing if an attribute or setting can’t be copied', async (t, server) => {
    await aShop(server);
    await server.sql(`ALTER ROLE app SET log_statement = 'none'`);
    const admin = await rolesOfAdmin(t, server);
    const error = await admin.makeAlternate('app', 'app_alt', NEW).catch((error) => error);
    t.match(error, {
      code: 'LOCKSTEP_POSTGRES_REFUSED',
      message: /giving role app_alt the setting log_statement.*42501/,
    });
    t.equal(await admin.role('app_alt'), undefined);

    await server.sql('ALTER ROLE app RESET log_statement; ALTER ROLE app REPLICATION');
    await t.rejects(admin.makeAlternate('app', 'app_alt', NEW), { code: 'LOCKSTEP_POSTGRES_REFUSED' });
    t.equal(await admin.role('app_alt'), undefined);
    await (await rolesOn(t, server)).makeAlternate('app', 'app_alt', NEW);
    const [alt] = await server.sql(`SELECT rolreplication FROM pg_roles WHERE rolname = 'app_alt'`);
    t.equal(alt?.rolreplication, true);
  });

  on('creates nothing without the right to it', async (t, server) => {
    await aShop(server);
    await server.sql(server.version >= 16 ? 'REVOKE app FROM adm' : 'ALTER ROLE adm NOCREATEROLE');
    const admin = await rolesOfAdmin(t, server);
    await t.rejects(admin.makeAlternate('app', 'app_alt', NEW), {
      code: 'LOCKSTEP_POSTGRES_REFUSED',
      message: /42501/,
    });
    t.equal(await admin.role('app_alt'), undefined);
    const mayChange = ['nobody', 'nobody_alt'];
    const other = await rolesOn(t, server, { mayChange });
    await t.rejects(other.makeAlternate('nobody', 'nobody_alt', NEW), { message: /there is no role nobody/ });
  });
});
